#!/usr/bin/python3
"""Kills the broker with SIGKILL at random moments under mixed load, and holds what comes back against
the clients' journals.

    tests/crash/kill.py [--cycles 50] [--seed N] [--workers N] [--control]

LMQTTD names the program (default build/release/lmqttd). --control does the same to Debian's mosquitto
with its persistence on, which has to show its losses: else this test sees nothing.
"""

import argparse
import os
import random
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "wire")]
ARGUMENTS = argparse.ArgumentParser(description=__doc__.splitlines()[0])
ARGUMENTS.add_argument("--cycles", type=int, default=50)
ARGUMENTS.add_argument("--seed", type=int, default=random.randrange(1 << 32))
ARGUMENTS.add_argument("--workers", type=int, default=1)
ARGUMENTS.add_argument("--control", action="store_true")
OPTIONS = ARGUMENTS.parse_args()
if OPTIONS.control:
    os.environ["WIRE_CONTROL"] = "mosquitto"

from mqtt_wire import packets  # noqa: E402
from mqtt_wire.broker import Broker  # noqa: E402
from mqtt_wire.tables import PUBACK, V5, V311  # noqa: E402
from journal import (Mourned, Publisher, Receiver, RetainedOnly, Subscriber, Worker,  # noqa: E402
                     greet)


class Mosquitto(Broker):
    def write_config(self, **_):
        self.config_file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n"
            f"persistence_location {self.folder}/\nmax_queued_messages 0\nautosave_interval 1\n")


def make_broker(folder):
    if OPTIONS.control:
        return Mosquitto(folder)
    return Broker(
        folder,
        workers=OPTIONS.workers,
        persistence={"type": "sqlite", "path": "state.db"},
        mqtt={"max_queued_messages": "unlimited", "max_queued_bytes": "unlimited"},
        log={"level": "error"},
    )


def kill(broker):
    broker.process.kill()
    broker.process.wait()


def publish_fence(address, text):
    client = greet(address, V5, "fence", clean=True)
    client.send(packets.publish(V5, "load/1/fence", text, qos=1, packet_id=1))
    client.expect(PUBACK, 20)
    client.drop()


def subscriptions_in(database, name):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT topic_filter FROM v_subscriptions WHERE client_id=?", (name,))
        return {row[0] for row in rows}


def retained_of(address, name):
    client = greet(address, V5, "reader", clean=True)
    client.subscribe(f"kept/{name}")
    client.send(packets.pingreq())
    packet = client.receive(10)
    client.drop()
    return int(packet.payload) if packet.topic else -1


def main():
    chance = random.Random(OPTIONS.seed)
    print(f"seed {OPTIONS.seed}, {OPTIONS.cycles} cycles", flush=True)
    publishers = [Publisher(f"p{n}", (V5, V311)[n % 2], (1, 5, 20, 60)[n % 4], chance.random())
                  for n in range(4)]
    keepers = [RetainedOnly(f"k{n}", V5, 1, chance.random()) for n in range(2)]
    receivers = [Receiver(f"r{n}", (V5, V311)[n % 2], chance.random()) for n in range(3)]
    subscribers = [Subscriber(f"s{n}", V5, chance.random()) for n in range(2)]
    mourned = [Mourned(f"m{n}", V5) for n in range(2)]
    with tempfile.TemporaryDirectory() as folder:
        broker = make_broker(folder)
        broker.start()
        for receiver in receivers:
            receiver.subscribe(broker.address)
        for cycle in range(OPTIONS.cycles):
            doers = [*publishers, *keepers, *receivers, *subscribers, *mourned]
            workers = [Worker(broker.address, each.work) for each in doers]
            for each in workers:
                each.start()
            threading.Event().wait(chance.uniform(0.02, 0.6))
            kill(broker)
            for each in workers:
                each.join()
                assert each.broken is None, each.broken
            broker.start()
            if not OPTIONS.control:
                for each in subscribers:
                    found = subscriptions_in(Path(folder) / "state.db", each.name)
                    assert found - each.unsure == each.held - each.unsure, f"cycle {cycle}: {each.name}"
                    each.held, each.unsure = found, set()
        fence = b"fence"
        publish_fence(broker.address, fence)
        for receiver in receivers:
            receiver.drain(broker.address, fence, patience=3 if OPTIONS.control else 20)
        lost_retained = sum(retained_of(broker.address, each.name) < each.retained_acknowledged
                            for each in keepers)
        broker.stop()
    report(publishers, receivers, mourned, lost_retained)


def report(publishers, receivers, mourned, lost_retained):
    acknowledged = {qos: set().union(*(each.acknowledged[qos] for each in publishers)) for qos in (1, 2)}
    wills = set().union(*(each.left_behind for each in mourned))
    lost = {1: 0, 2: 0}
    doubled = lost_wills = 0
    for each in receivers:
        for qos in (1, 2):
            lost[qos] += len(acknowledged[qos] - set(each.received[qos]))
        doubled += len(each.received[2]) - len(set(each.received[2]))
        lost_wills += len(wills - each.wills)
    print(f"acknowledged: QoS 1 {len(acknowledged[1])}, QoS 2 {len(acknowledged[2])}, to {len(receivers)}"
          f" receivers each; {len(wills)} wills")
    print(f"lost: QoS 1 {lost[1]}, QoS 2 {lost[2]}, retained {lost_retained}, wills {lost_wills};"
          f" QoS 2 duplicates {doubled}", flush=True)
    bad = lost[1] + lost[2] + lost_retained + lost_wills + doubled
    if OPTIONS.control:
        sys.exit(0 if lost[1] + lost[2] else "mosquitto lost nothing: this test is blind")
    sys.exit(1 if bad else 0)


main()
