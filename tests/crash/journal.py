"""Clients that write down what they were told, so that a crash can be held against it.

A journal says what was acknowledged to its client; it is the oracle, with what the receivers of
receivers.py have got: whatever was acknowledged must arrive, and at QoS 2 only once.
"""

import itertools
import random
import threading

from mqtt_wire import packets
from mqtt_wire.client import Client, Closed
from mqtt_wire.packets import Will
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import CONNACK, PUBACK, PUBCOMP, PUBREC, SUBACK, UNSUBACK, V5


def greet(address, version, name, clean=False, will=None, lasts=True):
    client = Client(TcpStream(address), version, name)
    lasting = [("session_expiry_interval", 3600)] if version == V5 and lasts and not clean else []
    client.send_connect(clean=clean, will=will, properties=lasting)
    client.expect(CONNACK, 10, code=0)
    return client


def is_the_kill(failure):
    """What a client sees of it; all else that goes wrong is the broker's fault."""
    return isinstance(failure, (Closed, OSError)) or "closed within a packet" in str(failure)


class Worker(threading.Thread):
    """Something a client does until the broker is gone."""

    def __init__(self, address, work):
        super().__init__(daemon=True)
        self.address, self.work, self.broken = address, work, None

    def run(self):
        try:
            self.work(self.address)
        except Exception as failure:  # pylint: disable=broad-except
            self.broken = None if is_the_kill(failure) else failure


class Retained:
    """A retained counter: each value is said when the one before it has been acknowledged."""

    PACKET_ID = 65535

    def __init__(self, name, version):
        self.name, self.version = name, version
        self.retained_said = self.retained_acknowledged = -1

    def work(self, address):
        client = greet(address, self.version, self.name, clean=True)
        self.say_retained(client)
        while True:
            self.hear_retained(client, client.receive(10))

    def say_retained(self, client):
        self.retained_said += 1
        client.send(packets.publish(self.version, f"kept/{self.name}", b"%d" % self.retained_said,
                                    qos=1, packet_id=self.PACKET_ID, retain=True))

    def hear_retained(self, client, packet):
        assert packet.type == PUBACK and packet.packet_id == self.PACKET_ID, packet
        self.retained_acknowledged = self.retained_said
        self.say_retained(client)

    def judge_retained(self, found):
        """Whether the value a restart brought back, -1 for none, is not one that was lost; it is
        the oldest that the next restart may bring."""
        if not self.retained_acknowledged <= found <= self.retained_said:
            return False
        self.retained_acknowledged = found
        return True


class Publisher(Retained):
    """Keeps a window of messages of these kinds going, with a few at QoS 0 between them, and a
    retained counter. A kind is the topic before the name, and ends in its QoS."""

    def __init__(self, name, version, window, seed, kinds):
        super().__init__(name, version)
        self.window, self.kinds = window, kinds
        self.random = random.Random(seed)
        self.numbers = itertools.count()
        self.ids = itertools.count()
        self.sent_at_0 = self.takeovers = 0
        self.acknowledged = {kind: set() for kind in kinds}
        self.unfinished = {}  # packet id -> (kind, payload, PUBREC seen), to be sent again

    def work(self, address):
        self.keep_going(self.resume(address))

    def resume(self, address):
        """[MQTT-4.4.0-1] what is unfinished, in its order."""
        client = greet(address, self.version, self.name)
        for packet_id in list(self.unfinished):
            self._send(client, packet_id, True)
        self.say_retained(client)
        return client

    def keep_going(self, client, packets_heard=None):
        for _ in itertools.count() if packets_heard is None else range(packets_heard):
            while len(self.unfinished) < self.window:
                self._next(client)
            self._hear(client, client.receive(10))

    def _send(self, client, packet_id, dup):
        kind, payload, received = self.unfinished[packet_id]
        if received:
            client.send(packets.pubrel(packet_id))
            return
        client.send(packets.publish(self.version, f"{kind}/{self.name}", payload, qos=int(kind[-1]),
                                    packet_id=packet_id, dup=dup))

    def _next(self, client):
        payload = b"%s %d" % (self.name.encode(), next(self.numbers))
        if self.random.random() < 0.2:
            self.sent_at_0 += 1
            client.send(packets.publish(self.version, f"load/0/{self.name}", payload))
            return
        packet_id = next(self.ids) % 60000 + 1
        while packet_id in self.unfinished:
            packet_id = next(self.ids) % 60000 + 1
        self.unfinished[packet_id] = (self.random.choice(self.kinds), payload, False)
        self._send(client, packet_id, False)

    def _hear(self, client, packet):
        if packet.packet_id == self.PACKET_ID:
            self.hear_retained(client, packet)
            return
        kind, payload, _ = self.unfinished[packet.packet_id]
        if packet.type == PUBREC and packet.code < 0x80:
            self.acknowledged[kind].add(payload)
            self.unfinished[packet.packet_id] = (kind, payload, True)
            client.send(packets.pubrel(packet.packet_id))
        elif packet.type in (PUBACK, PUBCOMP):
            if packet.type == PUBACK:
                self.acknowledged[kind].add(payload)
            del self.unfinished[packet.packet_id]


class RestlessPublisher(Publisher):
    """Takes its own session over with its window full: what was on its way to the old connection is
    not heard, and is sent again on the new one."""

    def work(self, address):
        client = self.resume(address)
        while True:
            self.keep_going(client, self.random.randrange(20, 200))
            newer = self.resume(address)
            self.takeovers += 1
            client.drop()
            client = newer


class Subscriber:
    """Subscribes and unsubscribes at random; knows what must hold and what may."""

    def __init__(self, name, version, seed):
        self.name, self.version, self.random = name, version, random.Random(seed)
        self.held, self.unsure = set(), set()

    def work(self, address):
        client = greet(address, self.version, self.name)
        while True:
            topic_filter = f"sub/{self.random.randrange(40)}/+"
            self.unsure.add(topic_filter)
            packet_id = client.new_id()
            if topic_filter in self.held:
                client.send(packets.unsubscribe(self.version, packet_id, [topic_filter]))
                client.expect(UNSUBACK, 10)
                self.held.discard(topic_filter)
            else:
                client.send(packets.subscribe(self.version, packet_id, [(topic_filter, 1)]))
                client.expect(SUBACK, 10)
                self.held.add(topic_filter)
            self.unsure.discard(topic_filter)

    def judge(self, found):
        """Whether the subscriptions a restart brought back are those it must have brought."""
        if found - self.unsure != self.held - self.unsure:
            return False
        self.held, self.unsure = found, set()
        return True


class Mourned:
    """Connects with a will and stays: the crash ends its connection too."""

    def __init__(self, name, version):
        self.name, self.version = name, version
        self.numbers = itertools.count()
        self.left_behind = set()

    def work(self, address):
        payload = b"%s %d" % (self.name.encode(), next(self.numbers))
        client = greet(address, self.version, self.name, will=Will(f"will/{self.name}", payload, qos=1))
        self.left_behind.add(payload)
        while True:
            client.receive(30)
