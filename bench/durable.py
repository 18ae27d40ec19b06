#!/usr/bin/python3
"""What durability costs: lmqttd with every acknowledgement on the disk, beside Debian's mosquitto that
keeps everything in memory, in one run.

    bench/durable.py [--rounds 5] [--seconds 2] [--check] [--update docs/performance.md]

50 publishers, each with a receiver whose session is persistent: online, or offline so that every
message has to be written. Windows 1, 20 and 100; and one publisher alone that waits for each of its
acknowledgements, and so for a sync each. A round runs every cell, one broker after the other, in an
order that changes; what counts is the ratio of acknowledged messages a second within a round. --check
fails if a promised ratio is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
import brokers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "build", "release")
# receivers, QoS, publishers, window, the ratio to mosquitto that is promised
CELLS = [("offline", 1, 1, 1, None)] + [
    (where, qos, 50, window, target)
    for where, qos in (("online", 1), ("online", 2), ("offline", 1), ("offline", 2))
    for window, target in ((1, None), (20, 2.0 if where == "online" else 1.5), (100, 1.0))]
MARKS = ("<!-- durable.py: begin -->", "<!-- durable.py: end -->")


def measure(start, cell, seconds):
    where, qos, publishers, window, _ = cell
    generator = [os.path.join(BUILD, "bench", "end_to_end"), "--shape", "batched", "--json",
                 "--publishers", str(publishers), "--receivers", str(publishers),
                 "--qos", str(qos), "--window", str(window), "--seconds", str(seconds),
                 "--lasting" if where == "online" else "--offline"]
    with start() as broker:
        done = subprocess.run([*generator, "--port", str(broker.port), "--pid", str(broker.pid)],
                              capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{cell}: {done.stdout}{done.stderr}{broker.output}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    ours = lambda: brokers.durable_lmqttd(os.path.join(BUILD, "lmqttd"))  # noqa: E731
    theirs = lambda: brokers.mosquitto("/usr/sbin/mosquitto")  # noqa: E731
    found = {cell: ([], []) for cell in CELLS}
    for number in range(options.rounds):
        for cell in CELLS:
            pair = [(0, ours), (1, theirs)]
            for side, start in pair if number % 2 == 0 else reversed(pair):
                found[cell][side].append(measure(start, cell, options.seconds))
    rows = ["| receivers | QoS | publishers | window | lmqttd msg/s | mosquitto msg/s | ratio | promised "
            "| lmqttd ack p50 us | p99 us | CPU us/msg: lmqttd | mosquitto |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    missed = []
    for cell, (own, other) in found.items():
        median = lambda runs, key: statistics.median(run[key] for run in runs)  # noqa: E731
        ratio = statistics.median(a["acknowledged_per_second"] / b["acknowledged_per_second"]
                                  for a, b in zip(own, other))
        if cell[-1] and ratio < cell[-1]:
            missed.append(f"{cell}: {ratio:.2f}")
        rows.append(f"| {cell[0]} | {cell[1]} | {cell[2]} | {cell[3]} | {median(own, 'acknowledged_per_second'):.0f} | "
                    f"{median(other, 'acknowledged_per_second'):.0f} | {ratio:.2f} | {cell[-1] or '-'} | "
                    f"{median(own, 'ack_us_p50'):.0f} | {median(own, 'ack_us_p99'):.0f} | "
                    f"{median(own, 'cpu_us_per_message'):.2f} | "
                    f"{median(other, 'cpu_us_per_message'):.2f} |")
    table = "\n".join(rows)
    print(table)
    if options.update:
        brokers.replace_between(options.update, MARKS, table)
    if missed and options.check:
        raise SystemExit("missed: " + "; ".join(missed))


main()
