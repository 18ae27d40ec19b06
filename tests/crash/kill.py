#!/usr/bin/python3
"""Kills the broker with SIGKILL at random moments under mixed load, and holds what comes back against
the clients' journals.

    tests/crash/kill.py [--cycles 50] [--seed N] [--workers N] [--control]

LMQTTD names the program (default build/release/lmqttd). The load: publishers at QoS 0, 1 and 2 and of
retained messages, lasting sessions that come and go or are taken over, subscriptions that come and go,
wills, and a shared subscription whose members end. --control does the same to Debian's mosquitto with
its persistence on, which has to show its losses: else this test sees nothing.
"""

import argparse
import collections
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
LOAD, SHARED = ("load/1", "load/2"), ("shared/1", "shared/2")
PATIENCE = 3 if OPTIONS.control else 20
if OPTIONS.control:
    os.environ["WIRE_CONTROL"] = "mosquitto"

from mqtt_wire import packets  # noqa: E402
from mqtt_wire.broker import Broker  # noqa: E402
from mqtt_wire.client import Silence  # noqa: E402
from mqtt_wire.tables import PUBACK, PUBLISH, V5, V311  # noqa: E402
from journal import (Mourned, Publisher, RestlessPublisher, Retained, Subscriber, Worker,  # noqa: E402
                     greet)
from receivers import Member, Receiver, Usurper  # noqa: E402


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


class Cast:
    """Who takes part."""

    def __init__(self, chance):
        versions = (V5, V311)
        self.publishers = [
            make(f"p{n}", versions[n % 2], window, chance.random(), LOAD + SHARED)
            for n, (make, window) in enumerate(((Publisher, 1), (Publisher, 5), (Publisher, 20),
                                                (Publisher, 60), (RestlessPublisher, 20),
                                                (RestlessPublisher, 5)))]
        self.keepers = [Retained(f"k{n}", V5) for n in range(2)]
        self.receivers = [make(f"r{n}", versions[n % 2], chance.random())
                          for n, make in enumerate((Receiver, Receiver, Receiver, Usurper, Usurper))]
        self.members = [Member(f"g{n}", versions[n % 2], chance.random(), ends=n > 0) for n in range(3)]
        self.subscribers = [Subscriber(f"s{n}", V5, chance.random()) for n in range(2)]
        self.mourned = [Mourned(f"m{n}", V5) for n in range(2)]

    def all(self):
        return [*self.publishers, *self.keepers, *self.receivers, *self.members, *self.subscribers,
                *self.mourned]

    def acknowledged(self, *kinds):
        return set().union(*(each.acknowledged[kind] for each in self.publishers for kind in kinds))

    def left_to_the_group(self):
        """What was acknowledged, and no member has."""
        return self.acknowledged(*SHARED).difference(
            *(each.received[kind] for each in self.members for kind in SHARED))


def act(broker, cast, seconds):
    """Everybody does what they do, until the plug is pulled."""
    workers = [Worker(broker.address, each.work) for each in cast.all()]
    for each in workers:
        each.start()
    threading.Event().wait(seconds)
    kill(broker)
    for each in workers:
        each.join()
        if each.broken is not None and not OPTIONS.control:
            raise SystemExit(f"a client saw what must not be: {each.broken!r}")


def retained_now(address, wanted):
    """The retained counters: of these topics, and of all others that come meanwhile."""
    client = greet(address, V5, "reader", clean=True)
    client.send(packets.subscribe(V5, client.new_id(), [("kept/+", 0)]))
    found = {}
    try:
        while not wanted <= found.keys():
            packet = client.receive(1 if OPTIONS.control else PATIENCE)
            if packet.type == PUBLISH:
                found[packet.topic] = int(packet.payload)
    except Silence:
        pass  # what is missing is counted
    client.drop()
    return found


def check_retained(broker, cast, lost):
    """The last acknowledged value, or a later one that was under way; never an older one."""
    owners = {f"kept/{each.name}": each for each in (*cast.publishers, *cast.keepers)}
    wanted = {topic for topic, each in owners.items() if each.retained_acknowledged >= 0}
    found = retained_now(broker.address, wanted)
    for topic, each in owners.items():
        lost["retained"] += not each.judge_retained(found.get(topic, -1))


def check_subscriptions(folder, cast, lost):
    if OPTIONS.control:
        return  # its state is not to be read
    with sqlite3.connect(f"file:{Path(folder) / 'state.db'}?mode=ro", uri=True) as connection:
        for each in cast.subscribers:
            rows = connection.execute(
                "SELECT topic_filter FROM v_subscriptions WHERE client_id=?", (each.name,))
            lost["subscriptions"] += not each.judge({row[0] for row in rows})


def drain(address, cast):
    """What is still queued, up to a message that is published last."""
    fence = b"fence 0"
    client = greet(address, V5, "fence", clean=True)
    client.send(packets.publish(V5, "load/1/fence", fence, qos=1, packet_id=1))
    client.expect(PUBACK, PATIENCE)
    client.drop()
    for each in cast.receivers:
        each.drain(address, fence, PATIENCE)
    heir, *others = cast.members
    for each in others:
        each.end(address)
    heir.drain_group(address, cast.left_to_the_group(), PATIENCE)


def main():
    chance = random.Random(OPTIONS.seed)
    print(f"seed {OPTIONS.seed}, {OPTIONS.cycles} cycles", flush=True)
    cast, lost = Cast(chance), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        broker = make_broker(folder)
        broker.start()
        for each in (*cast.receivers, *cast.members):
            each.subscribe(broker.address)
        for cycle in range(OPTIONS.cycles):
            before = lost.total()
            act(broker, cast, chance.uniform(0.02, 0.6))
            broker.start()
            check_subscriptions(folder, cast, lost)
            check_retained(broker, cast, lost)
            if lost.total() != before and not OPTIONS.control:
                print(f"cycle {cycle}: {dict(lost)} lost so far", flush=True)
        drain(broker.address, cast)
        broker.stop()
    report(cast, lost)


def report(cast, lost):
    wills = set().union(*(each.left_behind for each in cast.mourned))
    acknowledged = {kind: cast.acknowledged(kind) for kind in LOAD}
    doubled, disordered = collections.Counter(), collections.Counter()
    for each in cast.receivers:
        for kind, messages in acknowledged.items():
            lost[f"QoS {kind[-1]}"] += len(messages - each.received[kind])
        lost["wills"] += len(wills - each.received["will"])
        doubled += each.doubled
        disordered += each.disordered
    lost["shared"] = len(cast.left_to_the_group())
    takeovers = sum(each.takeovers for each in (*cast.publishers, *cast.receivers))
    print(f"acknowledged: QoS 1 {len(acknowledged['load/1'])}, QoS 2 {len(acknowledged['load/2'])}, to"
          f" {len(cast.receivers)} receivers each; shared {len(cast.acknowledged(*SHARED))};"
          f" {len(wills)} wills, {takeovers} takeovers,"
          f" {sum(each.sent_at_0 for each in cast.publishers)} at QoS 0")
    print("lost: " + ", ".join(f"{what} {lost[what]}" for what in
                               ("QoS 1", "QoS 2", "shared", "retained", "wills", "subscriptions"))
          + f"; duplicates: QoS 2 {doubled['load/2']}, QoS 0 {doubled['load/0']};"
          f" out of order {disordered.total() - disordered['will']}", flush=True)
    if OPTIONS.control:
        sys.exit(0 if lost["QoS 1"] + lost["QoS 2"] else "mosquitto lost nothing: this test is blind")
    bad = lost.total() + doubled["load/2"] + doubled["load/0"] + disordered.total() - disordered["will"]
    sys.exit(1 if bad else 0)


main()
