#!/usr/bin/python3
"""How long a slow disk keeps others waiting: pings of one client, while another's messages wait for a
disk that takes 300 ms for each sync.

    bench/slow_disk.py [--seconds 5] [--sync-ms 300] [--check] [--update docs/performance.md]

A publisher keeps 20 messages at QoS 1 on their way to a session that is offline, so every one of them is
written. Beside it the same with a disk as it is, and without a database: what of a ping's time is the
machine's. --check fails if a ping takes more than 50 ms.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "wire"))
import brokers  # noqa: E402
from mqtt_wire import packets  # noqa: E402
from mqtt_wire.client import Client  # noqa: E402
from mqtt_wire.stream import TcpStream  # noqa: E402
from mqtt_wire.syncs import Syncs  # noqa: E402
from mqtt_wire.tables import PUBACK, V311  # noqa: E402

BINARY = str(ROOT / "build" / "release" / "lmqttd")
WINDOW = 20
PROMISED_MS = 50
MARKS = ("<!-- slow_disk.py: begin -->", "<!-- slow_disk.py: end -->")


def connect(port, name, clean=True):
    client = Client(TcpStream(("127.0.0.1", port)), V311, name)
    client.connect(clean=clean)
    return client


class Publisher(threading.Thread):
    """Keeps its window full until it is told to stop."""

    def __init__(self, port):
        super().__init__()
        self.client = connect(port, "publisher")
        self.stopping = threading.Event()
        self.acknowledged = 0

    def send(self, packet_id):
        self.client.send(packets.publish(V311, "slow", b"x" * 64, qos=1, packet_id=packet_id))

    def run(self):
        for packet_id in range(1, WINDOW + 1):
            self.send(packet_id)
        while not self.stopping.is_set():
            self.send(self.client.expect(PUBACK).packet_id)
            self.acknowledged += 1


def measure(start, syncs, seconds, sync_ms):
    """Milliseconds a ping took; acknowledged messages; syncs of the log."""
    with syncs.preloaded(sync_ms), start() as broker:
        away = connect(broker.port, "away", clean=False)
        away.subscribe("slow", qos=1)
        away.disconnect()
        pinger = connect(broker.port, "pinger")
        publisher = Publisher(broker.port)
        before = syncs.count()
        publisher.start()
        took, end = [], time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            pinger.ping()
            took.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.001)
        counted = syncs.count() - before
        publisher.stopping.set()
        publisher.join()
    return took, publisher.acknowledged, counted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--sync-ms", type=int, default=300)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    rows = ["| state | syncs | acknowledged | pings | ping ms: p50 | p99 | longest |",
            "| --- | --- | --- | --- | --- | --- | --- |"]
    longest = {}
    for name, start, sync_ms in (
            (f"a disk that syncs in {options.sync_ms} ms", brokers.durable_lmqttd, options.sync_ms),
            ("the disk as it is", brokers.durable_lmqttd, None),
            ("in memory", brokers.lmqttd, None)):
        with tempfile.TemporaryDirectory() as folder:
            took, acknowledged, counted = measure(
                lambda: start(BINARY), Syncs(folder), options.seconds, sync_ms)  # noqa: B023
        longest[name] = max(took)
        rows.append(f"| {name} | {counted} | {acknowledged} | {len(took)} | {statistics.median(took):.2f} | "
                    f"{statistics.quantiles(took, n=100)[98]:.2f} | {max(took):.2f} |")
    table = "\n".join(rows)
    print(table)
    if options.update:
        brokers.replace_between(options.update, MARKS, table)
    slow = next(iter(longest.values()))
    if options.check and slow > PROMISED_MS:
        raise SystemExit(f"missed: a ping took {slow:.0f} ms")


main()
