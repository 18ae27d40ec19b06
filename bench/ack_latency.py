#!/usr/bin/python3
"""How much later a PUBACK comes because it waits for the disk: lmqttd with its database, beside lmqttd
without one, at the same steady rates, in one run.

    bench/ack_latency.py [--rounds 3] [--seconds 2] [--check] [--update docs/performance.md]

50 publishers, each with a receiver whose session is persistent: online, or offline so that every
message is written. --check fails if the median acknowledgement comes more than 2 ms later on a disk
that syncs within 0.5 ms; how long this one takes is measured beside it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import brokers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "build", "release")
CELLS = [(where, rate) for where in ("offline", "online") for rate in (1000, 5000, 20000)]
PROMISED_US = 2000  # on a disk that syncs in 0.3 ms, or nearly
QUICK_DISK_US = 500
MARKS = ("<!-- ack_latency.py: begin -->", "<!-- ack_latency.py: end -->")


def measure(start, where, rate, seconds):
    generator = [os.path.join(BUILD, "bench", "end_to_end"), "--shape", "paced", "--json", "--qos", "1",
                 "--publishers", "50", "--receivers", "50", "--rate", str(rate), "--seconds", str(seconds),
                 "--lasting" if where == "online" else "--offline"]
    with start() as broker:
        done = subprocess.run([*generator, "--port", str(broker.port), "--pid", str(broker.pid)],
                              capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{where} {rate}/s: {done.stdout}{done.stderr}{broker.output}")
    return json.loads(done.stdout)


def sync_us():
    """What one small write and its sync take where databases of brokers are put."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(200):
            begin = time.perf_counter()
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    binary = os.path.join(BUILD, "lmqttd")
    sides = (lambda: brokers.durable_lmqttd(binary), lambda: brokers.lmqttd(binary))
    found = {cell: ([], []) for cell in CELLS}
    syncs = []
    for number in range(options.rounds):
        for cell in CELLS:
            syncs.append(sync_us())
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                found[cell][side].append(measure(sides[side], *cell, options.seconds))
    sync = statistics.median(syncs)
    rows = [f"A sync of this disk: {sync:.0f} us.", "",
            "| receivers | messages/s | PUBACK p50 us: database | memory | added | p99 us: database | memory |",
            "| --- | --- | --- | --- | --- | --- | --- |"]
    missed = []
    for (where, rate), (durable, memory) in found.items():
        median = lambda runs, key: statistics.median(run[key] for run in runs)  # noqa: E731
        added = median(durable, "ack_us_p50") - median(memory, "ack_us_p50")
        if added > PROMISED_US and sync <= QUICK_DISK_US:
            missed.append(f"{where} {rate}/s: {added:.0f} us")
        rows.append(f"| {where} | {rate} | {median(durable, 'ack_us_p50'):.0f} | {median(memory, 'ack_us_p50'):.0f} "
                    f"| {added:.0f} | {median(durable, 'ack_us_p99'):.0f} | {median(memory, 'ack_us_p99'):.0f} |")
    table = "\n".join(rows)
    print(table)
    if options.update:
        brokers.replace_between(options.update, MARKS, table)
    if missed and options.check:
        raise SystemExit("missed: " + "; ".join(missed))


main()
