#!/usr/bin/python3
"""What access rules cost: lmqttd, and Debian's mosquitto with the same rules in its acl_file, in one run.

    bench/rules.py [--rounds 5] [--seconds 2] [--only batched] [--update docs/performance.md]

One rule allows what the load does; the others have placeholders and are about other topics. It stands in the
middle, because mosquitto goes through its list until one allows. As in compare.py every cell has a broker freshly
started, and the order changes from round to round; what counts is the ratio to the same broker without rules.
"""

import statistics
import sys

sys.dont_write_bytecode = True
import brokers  # noqa: E402
import compare  # noqa: E402

COUNTS = (0, 10, 1000)
LOADS = ("sparse QoS 0", "batched QoS 0", "batched QoS 1", "fan-out QoS 0")
STARTERS = {"lmqttd": brokers.lmqttd, "mosquitto": brokers.mosquitto}
MARKS = ("<!-- rules.py: begin -->", "<!-- rules.py: end -->")


def rules_of(count):
    """Topics, with names in them, of which the one in the middle is that of every load."""
    if count == 0:
        return []
    others = [f"site/{number}/%c/+/value" if number % 2 else f"home/%u/{number}/#" for number in range(count - 1)]
    return others[:count // 2] + ["dev/+/state"] + others[count // 2:]


def measure(chosen, measures):
    """{(load, broker, rules): [cost of each round]}, and the memory likewise."""
    costs, memory = {}, {}
    cells = [(name, count) for name in STARTERS for count in COUNTS]
    for number in range(chosen.rounds):
        for title, _, arguments in measures:
            for name, count in cells[number % len(cells):] + cells[:number % len(cells)]:
                compare.show_progress(f"round {number + 1}: {title}, {name}, {count} rules")
                start = lambda path, core, who=name, rules=count: STARTERS[who](path, core, rules_of(rules))  # noqa: E731
                report = compare.run_cell(chosen, name, arguments, start)
                if not report["flawless"]:
                    raise SystemExit(f"{title}, {name}, {count} rules: {report}")
                costs.setdefault((title, name, count), []).append(report["cpu_us_per_message"])
                memory.setdefault((title, name, count), []).append(report["rss_bytes"])
    compare.show_progress("")
    return costs, memory


def table_of(measures, costs, memory):
    head = ["load", "rules"]
    for name in STARTERS:
        head += [f"{name}: CPU us/message", "to none", "RSS MiB"]
    head.append("lmqttd/mosquitto")
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for title, _, _ in measures:
        for count in COUNTS:
            row = [title, str(count)]
            for name in STARTERS:
                own, none = costs[title, name, count], costs[title, name, 0]
                row += [compare.shown(statistics.median(own)), shown_ratio(own, none),
                        compare.shown(statistics.median(memory[title, name, count]) / 2**20)]
            row.append(shown_ratio(costs[title, "lmqttd", count], costs[title, "mosquitto", count]))
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def shown_ratio(above, below):
    return f"{statistics.median(a / b for a, b in zip(above, below)):.2f}"


def main():
    chosen = compare.read_arguments()
    wanted = [row for row in compare.MEASURES if row[0] in LOADS]
    measures = [row for row in wanted if not chosen.only or any(word in row[0] for word in chosen.only)]
    table = table_of(measures, *measure(chosen, measures))
    print(table)
    if chosen.update:
        brokers.replace_between(chosen.update, MARKS, table)


if __name__ == "__main__":
    main()
