"""Clients that write down what they were told, so that a crash can be held against it.

A journal says what was acknowledged to its client and what its client has received; it is the
oracle: whatever was acknowledged must arrive, and at QoS 2 only once.
"""

import itertools
import random
import threading

from mqtt_wire import packets
from mqtt_wire.client import Client, Silence
from mqtt_wire.packets import Will
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import CONNACK, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, UNSUBACK, V5

GONE = (AssertionError, OSError)


def greet(address, version, name, clean=False, will=None, within=10):
    client = Client(TcpStream(address), version, name)
    lasting = [("session_expiry_interval", 3600)] if version == V5 and not clean else []
    client.send_connect(clean=clean, will=will, properties=lasting)
    client.expect(CONNACK, within, code=0)
    return client


class Worker(threading.Thread):
    """Something a client does until the broker is gone."""

    def __init__(self, address, work):
        super().__init__(daemon=True)
        self.address, self.work, self.broken = address, work, None

    def run(self):
        try:
            self.work(self.address)
        except GONE:
            pass  # the broker was killed under it, which is the point
        except Exception as failure:  # pylint: disable=broad-except
            self.broken = failure


class Publisher:
    """Keeps a window of QoS 1 and 2 messages going, and one retained counter."""

    def __init__(self, name, version, window, seed):
        self.name, self.version, self.window = name, version, window
        self.random = random.Random(seed)
        self.numbers = itertools.count()
        self.ids = itertools.count()
        self.acknowledged = {1: set(), 2: set()}
        self.unfinished = {}  # packet id -> (qos, payload, PUBREC seen), to be sent again
        self.retained_said = self.retained_acknowledged = -1

    def _send(self, client, packet_id, dup):
        qos, payload, received = self.unfinished[packet_id]
        if received:
            client.send(packets.pubrel(packet_id))
            return
        client.send(packets.publish(self.version, f"load/{qos}/{self.name}", payload, qos=qos,
                                    packet_id=packet_id, dup=dup))

    def _next(self, client):
        qos, number = self.random.choice((1, 2)), next(self.numbers)
        packet_id = next(self.ids) % 60000 + 1
        while packet_id in self.unfinished:
            packet_id = next(self.ids) % 60000 + 1
        self.unfinished[packet_id] = (qos, b"%s %d" % (self.name.encode(), number), False)
        self._send(client, packet_id, False)

    def work(self, address):
        client = greet(address, self.version, self.name)
        for packet_id in list(self.unfinished):  # [MQTT-4.4.0-1], in order
            self._send(client, packet_id, True)
        while True:
            while len(self.unfinished) < self.window:
                self._next(client)
            self._hear(client, client.receive(10))

    def _hear(self, client, packet):
        if packet.packet_id == 65535:
            assert packet.type == PUBACK
            self.retained_acknowledged = self.retained_said
            self._say_retained(client)
            return
        qos, payload, _ = self.unfinished[packet.packet_id]
        if packet.type == PUBREC and packet.code < 0x80:
            self.acknowledged[2].add(payload)
            self.unfinished[packet.packet_id] = (qos, payload, True)
            client.send(packets.pubrel(packet.packet_id))
        elif packet.type in (PUBACK, PUBCOMP):
            if packet.type == PUBACK:
                self.acknowledged[1].add(payload)
            del self.unfinished[packet.packet_id]
        if self.retained_said < 0:
            self._say_retained(client)

    def _say_retained(self, client):
        self.retained_said += 1
        client.send(packets.publish(self.version, f"kept/{self.name}", b"%d" % self.retained_said,
                                    qos=1, packet_id=65535, retain=True))


class RetainedOnly(Publisher):
    """Starts its retained counter again on every connection."""

    def work(self, address):
        client = greet(address, self.version, self.name, clean=True)
        self._say_retained(client)
        while True:
            self._hear(client, client.receive(10))


class Receiver:
    """A lasting session that is connected some of the time, and keeps the rules of QoS 2."""

    def __init__(self, name, version, seed):
        self.name, self.version = name, version
        self.random = random.Random(seed)
        self.received = {1: set(), 2: []}
        self.half_done = set()
        self.wills = set()

    def subscribe(self, address):
        client = greet(address, self.version, self.name)
        client.subscribe("load/1/+", "will/+", qos=1)
        client.subscribe("load/2/+", qos=2)
        client.drop()

    def work(self, address):
        while True:
            client = greet(address, self.version, self.name)
            for _ in range(self.random.randrange(20, 400)):
                self.hear(client, client.receive(10))
            client.drop()

    def hear(self, client, packet):
        if packet.type == PUBLISH:
            if packet.topic.startswith("will/"):
                self.wills.add(packet.payload)
            elif packet.qos == 1:
                self.received[1].add(packet.payload)
            elif packet.packet_id not in self.half_done:
                self.half_done.add(packet.packet_id)
                self.received[2].append(packet.payload)
            client.send(packets.puback(packet.packet_id) if packet.qos == 1
                        else packets.pubrec(packet.packet_id))
        elif packet.type == PUBREL:
            self.half_done.discard(packet.packet_id)
            client.send(packets.pubcomp(packet.packet_id))

    def drain(self, address, fence, patience):
        """Everything there is for it, up to a message that was published last; or, where even the
        subscription is lost, until nothing comes."""
        client = greet(address, self.version, self.name)
        try:
            while fence not in self.received[1]:
                self.hear(client, client.receive(patience))
        except Silence:
            pass  # what is missing is counted
        client.drop()


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
