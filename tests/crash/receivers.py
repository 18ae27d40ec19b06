"""Clients that write down what they have received: see journal.py."""

import collections
import random

from mqtt_wire import packets
from mqtt_wire.client import Closed, Silence
from mqtt_wire.tables import DISCONNECT, PUBLISH, PUBREL, V5

from journal import greet

GROUP = "$share/group/shared/+/+"


class Receiver:
    """A lasting session that is connected some of the time, and keeps the rules of QoS 2."""

    def __init__(self, name, version, seed):
        self.name, self.version = name, version
        self.random = random.Random(seed)
        self.received = collections.defaultdict(set)  # by kind, as a publisher has them
        self.doubled = collections.Counter()          # likewise
        self.disordered = collections.Counter()       # likewise; what came for the first time
        self.newest = {}
        self.half_done = set()
        self.takeovers = 0

    def subscribe(self, address):
        client = greet(address, self.version, self.name)
        client.subscribe("load/0/+")
        client.subscribe("load/1/+", "will/+", qos=1)
        client.subscribe("load/2/+", qos=2)
        client.drop()

    def work(self, address):
        while True:
            client = greet(address, self.version, self.name)
            self.hear_some(client)
            client.drop()

    def hear_some(self, client):
        for _ in range(self.random.randrange(20, 400)):
            self.hear(client, client.receive(10))

    def hear(self, client, packet):
        if packet.type == PUBLISH:
            if packet.qos < 2 or packet.packet_id not in self.half_done:
                self.note(packet)
            if packet.qos == 1:
                client.send(packets.puback(packet.packet_id))
            elif packet.qos == 2:
                self.half_done.add(packet.packet_id)
                client.send(packets.pubrec(packet.packet_id))
        elif packet.type == PUBREL:
            self.half_done.discard(packet.packet_id)
            client.send(packets.pubcomp(packet.packet_id))

    def note(self, packet):
        kind = packet.topic.rpartition("/")[0]
        author, number = packet.payload.split()
        if packet.payload in self.received[kind]:
            self.doubled[kind] += 1
            return
        self.received[kind].add(packet.payload)
        if int(number) < self.newest.get((kind, author), -1):
            self.disordered[kind] += 1
        self.newest[kind, author] = int(number)

    def drain(self, address, fence, patience):
        """Everything there is for it, up to a message that was published last; or, where even the
        subscription is lost, until nothing comes."""
        client = greet(address, self.version, self.name)
        try:
            while fence not in self.received["load/1"]:
                self.hear(client, client.receive(patience))
        except Silence:
            pass  # what is missing is counted
        client.drop()


class Usurper(Receiver):
    """Takes its own session over, with deliveries on their way to the old connection: what it has
    not heard there, it hears on the new one."""

    def work(self, address):
        client = greet(address, self.version, self.name)
        while True:
            self.hear_some(client)
            newer = greet(address, self.version, self.name)
            self.takeovers += 1
            self.see_off(client)
            client = newer

    @staticmethod
    def see_off(client):
        """The connection that was taken over ends; in 5.0 it is told why. [MQTT-3.1.4-3]"""
        try:
            while True:
                packet = client.receive(10)
                assert packet.type != DISCONNECT or packet.code == 0x8E, packet
        except Closed:
            client.drop()


class Member(Receiver):
    """Of a shared subscription. One that ends its session now and then leaves what it has not
    acknowledged to the others."""

    def __init__(self, name, version, seed, ends):
        super().__init__(name, version, seed)
        self.ends = ends
        self.joined = False  # for certain

    def subscribe(self, address):
        self.join(address).drop()

    def join(self, address):
        client = greet(address, self.version, self.name)
        client.subscribe(GROUP, qos=1)
        self.joined = True
        return client

    def end(self, address):
        self.joined = False
        greet(address, self.version, self.name, clean=True).drop()

    def fade(self, address):
        """Resumes its session once more, to end it with the connection, or with the crash."""
        self.joined = False
        client = greet(address, self.version, self.name, lasts=False)
        self.hear_a_few(client)
        client.drop()

    def hear_a_few(self, client):
        for _ in range(self.random.randrange(5, 60)):
            self.hear(client, client.receive(10))

    def work(self, address):
        while True:
            if self.ends and self.random.random() < 0.4:
                can_fade = self.joined and self.version == V5
                (self.fade if can_fade and self.random.random() < 0.5 else self.end)(address)
            client = self.join(address)
            self.hear_a_few(client)
            client.drop()

    def drain_group(self, address, missing, patience):
        """The others have ended: what is missing is for this one."""
        client = self.join(address)
        try:
            while missing:
                packet = client.receive(patience)
                self.hear(client, packet)
                missing.discard(packet.payload)
        except Silence:
            pass  # what is missing is counted
        client.drop()
