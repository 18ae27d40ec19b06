#!/usr/bin/python3
"""What durability costs: lmqttd with every acknowledgement on the disk, beside Debian's mosquitto that
keeps everything in memory, in one run.

    bench/durable.py [--rounds 5] [--seconds 2] [--check] [--update docs/performance.md]

50 publishers, each with a receiver whose session is persistent: online, or offline so that every
message has to be written. Windows 1, 20 and 100. A round runs every cell, one broker after the other,
in an order that changes; what counts is the ratio of acknowledged messages a second within a round.
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
# receivers, QoS, window, the ratio to mosquitto that is promised
CELLS = [(where, qos, window, target)
         for where, qos, window, target in (
             ("online", 1, 1, None), ("online", 1, 20, 2.0), ("online", 1, 100, 1.0),
             ("online", 2, 1, None), ("online", 2, 20, 1.0), ("online", 2, 100, 1.0),
             ("offline", 1, 1, None), ("offline", 1, 20, 1.5), ("offline", 1, 100, 1.0),
             ("offline", 2, 20, 1.0))]
MARKS = ("<!-- durable.py: begin -->", "<!-- durable.py: end -->")


def measure(start, where, qos, window, seconds):
    generator = [os.path.join(BUILD, "bench", "end_to_end"), "--shape", "batched", "--json",
                 "--publishers", "50", "--receivers", "50", "--qos", str(qos),
                 "--window", str(window), "--seconds", str(seconds),
                 "--lasting" if where == "online" else "--offline"]
    with start() as broker:
        done = subprocess.run([*generator, "--port", str(broker.port), "--pid", str(broker.pid)],
                              capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{where} QoS {qos} window {window}: {done.stdout}{done.stderr}{broker.output}")
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
                found[cell][side].append(measure(start, *cell[:3], options.seconds))
    rows = ["| receivers | QoS | window | lmqttd msg/s | mosquitto msg/s | ratio | promised "
            "| lmqttd ack p50 us | p99 us | CPU us/msg: lmqttd | mosquitto |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    missed = []
    for cell, (own, other) in found.items():
        median = lambda runs, key: statistics.median(run[key] for run in runs)  # noqa: E731
        ratio = statistics.median(a["acknowledged_per_second"] / b["acknowledged_per_second"]
                                  for a, b in zip(own, other))
        if cell[3] and ratio < cell[3]:
            missed.append(f"{cell}: {ratio:.2f}")
        rows.append(f"| {cell[0]} | {cell[1]} | {cell[2]} | {median(own, 'acknowledged_per_second'):.0f} | "
                    f"{median(other, 'acknowledged_per_second'):.0f} | {ratio:.2f} | {cell[3] or '-'} | "
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
