#!/usr/bin/python3
"""Measures lmqttd, Debian's mosquitto and the relay side by side, in one run.

    bench/compare.py [--rounds 5] [--seconds 2] [--only batched] [--check]
    bench/compare.py --rounds 7 --update docs/performance.md

Every cell has a broker freshly started. A round runs every shape, and in it every broker, one
after the other, in an order that changes from round to round, so that a busy minute hits all of
them. Costs are medians over the rounds; a ratio is the median of the rounds' own ratios. A broker
that is not built or not installed is left out. --check fails when a target is missed or when a
message to or from lmqttd was lost, duplicated, reordered or corrupted.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
import brokers  # noqa: E402

FAULTS = ("lost", "duplicated", "reordered", "corrupted", "unacknowledged", "violations")
MESSAGE = ("cpu_us_per_message", "CPU us/message")
CONNECTION = ("cpu_us_per_connection", "CPU us/connection")
MEMORY = ("rss_bytes_per_connection", "RSS B/connection")

# name, what is compared, the generator's arguments
MEASURES = (
    ("sparse QoS 0", MESSAGE, "--shape sparse --qos 0"),
    ("sparse QoS 1", MESSAGE, "--shape sparse --qos 1"),
    ("sparse QoS 2", MESSAGE, "--shape sparse --qos 2"),
    ("batched QoS 0", MESSAGE, "--shape batched --qos 0"),
    ("batched QoS 1", MESSAGE, "--shape batched --qos 1"),
    ("batched QoS 2", MESSAGE, "--shape batched --qos 2"),
    ("fan-out QoS 0", MESSAGE, "--shape fan-out --qos 0"),
    ("fan-in QoS 0", MESSAGE, "--shape fan-in --qos 0"),
    ("paced 10k/s QoS 0", MESSAGE, "--shape paced --qos 0"),
    ("storm", CONNECTION, "--shape storm"),
    ("idle", MEMORY, "--shape idle"),
    ("idle, 1 subscription", MEMORY, "--shape idle --subscribe"),
)

MARKERS = ("<!-- compare.py: begin -->", "<!-- compare.py: end -->")

# lmqttd's cost as a share of mosquitto's, at most
TARGETS = {
    "batched QoS 0": 0.15,
    "batched QoS 1": 0.20,
    "batched QoS 2": 0.20,
    "paced 10k/s QoS 0": 1.0,
    "idle": 2.0,
    "idle, 1 subscription": 2.0,
}

STARTERS = {"lmqttd": brokers.lmqttd, "mosquitto": brokers.mosquitto, "relay": brokers.relay}
RATIOS = (("lmqttd", "mosquitto"), ("lmqttd", "relay"), ("mosquitto", "relay"))


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", default="build/release", help="the folder of the build")
    parser.add_argument("--lmqttd", help="default: lmqttd in the build folder")
    parser.add_argument("--mosquitto", default="/usr/sbin/mosquitto")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="measured per cell")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before it, per cell")
    parser.add_argument("--connections", type=int, default=5000, help="idle connections")
    parser.add_argument("--only", nargs="*", default=[], help="shapes whose name contains a word")
    parser.add_argument("--without", nargs="*", default=[], choices=list(STARTERS))
    parser.add_argument("--protocol", type=int, default=4, choices=(4, 5))
    parser.add_argument("--payload", type=int, default=64)
    parser.add_argument("--cores", default="0,1", help="of broker and generator; 'any' pins nothing")
    parser.add_argument("--markdown", action="store_true", help="tables for docs/performance.md")
    parser.add_argument("--update", metavar="FILE", help="put the tables between its markers")
    parser.add_argument("--json", metavar="FILE", help="keep every single report")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    chosen = parser.parse_args()
    chosen.markdown = chosen.markdown or chosen.update is not None
    chosen.lmqttd = chosen.lmqttd or os.path.join(chosen.build, "lmqttd")
    chosen.relay = os.path.join(chosen.build, "bench", "relay")
    chosen.generator = os.path.join(chosen.build, "bench", "end_to_end")
    pinned = chosen.cores != "any"
    chosen.cores = [int(core) for core in chosen.cores.split(",")] if pinned else [None, None]
    return chosen


def run_cell(chosen, name, arguments, start=None):
    """Starts one broker, loads it once and returns the generator's report."""
    broker_core, generator_core = chosen.cores
    command = [os.path.abspath(chosen.generator), *arguments.split(), "--json"]
    command += ["--seconds", str(chosen.seconds), "--warm-up", str(chosen.warm_up)]
    command += ["--payload", str(chosen.payload), "--version", str(chosen.protocol)]
    if "idle" in arguments:
        command += ["--connections", str(chosen.connections)]
    if generator_core is not None:
        command += ["--core", str(generator_core)]
    with (start or STARTERS[name])(getattr(chosen, name), core=broker_core) as broker:
        command += ["--port", str(broker.port), "--pid", str(broker.pid)]
        finished = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if finished.returncode not in (0, 1):
        raise RuntimeError(f"no result for {name}: {arguments}\n{broker.output}")
    return json.loads(finished.stdout)


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:60}\r", end="", file=sys.stderr, flush=True)


def measure(chosen, present, measures):
    """Returns {(measure, broker): [report of each round]}."""
    reports = {(row[0], name): [] for row in measures for name in present}
    for number in range(chosen.rounds):
        first = number % len(present)
        order = present[first:] + present[:first]
        for title, _, arguments in measures:
            for name in order:
                show_progress(f"round {number + 1}: {title}, {name}")
                reports[title, name].append(run_cell(chosen, name, arguments))
    show_progress("")
    return reports


def median(reports, key):
    values = [report[key] for report in reports if key in report]
    return statistics.median(values) if values else None


def ratio(reports, title, key, names):
    """The median of the rounds' ratios; nothing when one of both brokers is missing."""
    above, below = (reports.get((title, name), []) for name in names)
    pairs = [(a[key], b[key]) for a, b in zip(above, below) if b[key] > 0]
    return statistics.median(a / b for a, b in pairs) if pairs else None


def shown(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 20 else f"{value:.2f}"


def print_table(head, rows, markdown):
    if markdown:
        print("| " + " | ".join(head) + " |")
        print("|" + " --- |" * len(head))
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
        for row in [head, *rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


def print_costs(chosen, present, measures, reports):
    pairs = [pair for pair in RATIOS if set(pair) <= set(present)]
    rows = []
    for title, (key, unit), _ in measures:
        costs = [shown(median(reports[title, name], key)) for name in present]
        ratios = [shown(ratio(reports, title, key, pair)) for pair in pairs]
        rows.append([title, unit, *costs, *ratios])
    head = ["load", "median of", *present, *("/".join(pair) for pair in pairs)]
    print_table(head, rows, chosen.markdown)


def print_verdicts(chosen, present, measures, reports):
    rows = []
    for title, _, _ in measures:
        for name in present:
            cells = reports[title, name]
            per_second = median(cells, "messages_per_second")
            if per_second is None:
                per_second = median(cells, "connections_per_second")
            latencies = [median(cells, f"latency_us_{part}") for part in ("p50", "p99")]
            verdict = "-"
            if "lost" in cells[0]:
                verdict = " / ".join(str(sum(cell[kind] for cell in cells)) for kind in FAULTS)
            elif "failed" in cells[0]:
                verdict = f"{sum(cell['failed'] for cell in cells)} failed"
            rss = shown(median(cells, "rss_bytes") / 2**20)
            rows.append([title, name, shown(per_second), *map(shown, latencies), rss, verdict])
    head = ["load", "broker", "per second", "p50 us", "p99 us", "RSS MiB"]
    faults = "lost / dup. / reord. / corrupt / unack. / viol."
    print_table([*head, faults], rows, chosen.markdown)


def check(measures, reports):
    """Prints every target and returns whether all are met."""
    good = True
    for title, (key, _), _ in measures:
        if title in TARGETS:
            found = ratio(reports, title, key, ("lmqttd", "mosquitto"))
            met = found is not None and found <= TARGETS[title]
            good = good and met
            text = "met" if met else "MISSED" if found is not None else "NOT MEASURED"
            print(f"{text:8} {title}: lmqttd/mosquitto {shown(found)}, wanted {TARGETS[title]}")
        flaws = [report for report in reports.get((title, "lmqttd"), []) if not report["flawless"]]
        if flaws:
            good = False
            print(f"FLAWED   {title}: {len(flaws)} rounds, {flaws[0].get('first_violation', '')}")
    return good


def main():
    chosen = read_arguments()
    present = [
        name
        for name in STARTERS
        if os.access(getattr(chosen, name), os.X_OK) and name not in chosen.without
    ]
    if not os.access(chosen.generator, os.X_OK) or not present:
        sys.exit(f"{chosen.generator}: build it with -Dbench=true, or name its folder by --build")
    measures = [row for row in MEASURES if not chosen.only or any(w in row[0] for w in chosen.only)]
    reports = measure(chosen, present, measures)
    tables = io.StringIO()
    with contextlib.redirect_stdout(tables):
        print_costs(chosen, present, measures, reports)
        print_verdicts(chosen, present, measures, reports)
    print(tables.getvalue(), end="")
    if chosen.update:
        brokers.replace_between(chosen.update, MARKERS, tables.getvalue().strip())
    if chosen.json:
        kept = [{"load": key[0], "broker": key[1], "reports": all_} for key, all_ in reports.items()]
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
    return 0 if not chosen.check or check(measures, reports) else 1


if __name__ == "__main__":
    sys.exit(main())
