"""B09: the limits on what the broker keeps and sends: the window towards a client, queues, retained
messages, sessions, aliases, output. Each at its value, one above, and at ten times as much.

All transports are those of one broker; WIRE_TRANSPORT changes nothing here.
"""

import signal
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import PATIENCE, Closed, unique
from mqtt_wire.doors import KINDS
from mqtt_wire.stream import CHUNK
from mqtt_wire.tables import CONNACK, PINGRESP, PUBACK, PUBLISH, PUBREL, V5, V311

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

KIB = 1024
LASTING = {"clean": False, "properties": [("session_expiry_interval", 600)]}


def lasting(version):
    return LASTING if version == V5 else {"clean": False}


# ---- the window

def acknowledge(client, packet):
    """Of QoS 2 PUBREC is not the end: nothing comes for it but PUBREL."""
    if packet.qos == 1:
        client.send(packets.puback(packet.packet_id))
        return
    client.send(packets.pubrec(packet.packet_id))
    client.expect(PUBREL, packet_id=packet.packet_id)
    client.expect_nothing()
    client.send(packets.pubcomp(packet.packet_id))


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_b09_the_window_towards_a_client(own_doors, kind, qos):
    """B09 [MQTT-4.9.0-1]: mqtt.max_inflight, or the client's own Receive Maximum if that is lower,
    are sent; each one that is acknowledged is followed by one, of forty that wait."""
    doors = own_doors(mqtt={"max_inflight": 4})
    publisher = doors.connect(kind)
    clients = [(V311, None, 4), (V5, None, 4), (V5, 3, 3), (V5, 4, 4), (V5, 5, 4), (V5, 40, 4)]
    for version, own, window in clients:
        topic = unique("window")
        properties = [("receive_maximum", own)] if own else []
        client = doors.connect(kind, version, properties=properties)
        client.subscribe(topic, qos=qos)
        for number in range(40):
            publisher.publish(topic, b"%d" % number, qos=qos)
        sent = [client.expect_publish(topic, b"%d" % i, answer=False, qos=qos)
                for i in range(window)]
        client.expect_nothing()
        for number in range(window, 40):
            acknowledge(client, sent.pop(0))
            sent.append(client.expect_publish(topic, b"%d" % number, answer=False, qos=qos))
            client.expect_nothing()


@pytest.mark.parametrize("kind", KINDS)
def test_b09_the_aliases_of_the_broker(own_doors, kind):
    """B09: mqtt.topic_alias_maximum holds for both directions, however many a client would take."""
    doors = own_doors(mqtt={"topic_alias_maximum": 3})
    publisher = doors.connect(kind)
    for own, used in ((2, {1, 2}), (3, {1, 2, 3}), (4, {1, 2, 3}), (30, {1, 2, 3})):
        topic = unique("alias")
        client = doors.connect(kind, properties=[("topic_alias_maximum", own)])
        client.subscribe(f"{topic}/#")
        seen = set()
        for number in range(40):
            publisher.publish(f"{topic}/{number % 20}", b"x", qos=1)
            seen.add(client.expect_publish(f"{topic}/{number % 20}").properties.get("topic_alias"))
        assert seen - {None} == used


# ---- bytes of messages

LIMIT = 16 * KIB
TOPIC = "bytes/%d"  # as long as any of its kind


def messages_to(client):
    """All that was on its way to it, acknowledged."""
    found = []
    for _ in range(2):  # what the first PINGREQ found ready comes before the second answer
        client.send(packets.pingreq())
        while (packet := client.receive()).type != PINGRESP:
            client.answer(packet)
            found.append(packet)
    return found


class Kept:
    """Whoever publishes, how it is told, and what one message of no payload counts."""

    def __init__(self, doors, kind, version):
        self.doors, self.kind, self.version = doors, kind, version
        self.own = 0
        low, high = 0, 256  # LIMIT less `high` is taken, LIMIT is not: a message is not for nothing
        while high - low > 1:
            middle = (low + high) // 2
            taken = self.all_taken([LIMIT - middle])
            low, high = (low, middle) if taken else (middle, high)
        assert self.all_taken([LIMIT - high]) and not self.all_taken([LIMIT - high + 1])
        self.own = high

    def publish(self, number, size, **how):
        """False if it is refused; a 3.x client is told by the end of its connection."""
        client = self.doors.connect(self.kind, self.version, "publisher")
        client.send(packets.publish(self.version, TOPIC % number, b"%d" % number + b"x" * (size - 1),
                                    qos=1, packet_id=1, **how))
        try:
            code = client.expect(PUBACK, packet_id=1).code or 0
        except Closed:
            assert self.version != V5
            return False
        client.disconnect()
        assert code in (0, 0x10, 0x97)
        return code < 0x80


class Retained(Kept):
    def publish_all(self, sizes):
        return [self.publish(number, size, retain=True) for number, size in enumerate(sizes)]

    def all_taken(self, sizes):
        taken = self.publish_all(sizes)
        assert self.take_away() == [number for number, each in enumerate(taken) if each]
        return all(taken)

    def take_away(self):
        """The numbers of those there are; none is left."""
        reader = self.doors.connect("tcp")
        reader.subscribe(TOPIC.replace("%d", "+"))
        found = [packet.topic for packet in messages_to(reader)]
        for topic in found:
            reader.publish(topic, b"", qos=1, retain=True)
        return sorted(int(topic.split("/")[1]) for topic in found)


class Queued(Kept):
    def publish_all(self, sizes):
        for clean in (True, False):
            absent = self.doors.connect("tcp", V5, "absent", clean=clean,
                                        properties=LASTING["properties"])
        absent.subscribe(TOPIC.replace("%d", "+"), qos=1)
        absent.disconnect()
        return [self.publish(number, size) for number, size in enumerate(sizes)]

    def all_taken(self, sizes):
        said = self.publish_all(sizes)
        there = self.take_away()
        return all(said) and there == list(range(len(sizes)))

    def take_away(self):
        """The numbers of those there are, in their order."""
        back = self.doors.connect("tcp", V5, "absent", **LASTING)
        found = [int(packet.topic.split("/")[1]) for packet in messages_to(back)]
        back.disconnect()
        return found


def four(kept, whole):
    """Sizes of four messages that count so much together."""
    quarter = whole // 4 - kept.own
    return [quarter, quarter, quarter, whole - 3 * (whole // 4) - kept.own]


@pytest.mark.parametrize("kind", KINDS)
def test_b09_bytes_of_retained_messages_to_the_byte(own_doors, version, kind):
    """B09: four that fill limits.max_retained_bytes are taken, one byte more is not, nor one more
    message; one that is replaced counts no more."""
    kept = Retained(own_doors(limits={"max_retained_bytes": LIMIT}), kind, version)
    sizes = four(kept, LIMIT)
    assert kept.publish_all(sizes) == [True] * 4
    assert not kept.publish(4, 1, retain=True)
    assert not kept.publish(0, sizes[0] + 1, retain=True)
    assert kept.publish(0, sizes[0] - 1, retain=True)
    assert kept.publish(1, sizes[1] + 1, retain=True)
    assert kept.take_away() == [0, 1, 2, 3]
    assert kept.publish_all(four(kept, LIMIT + 1)) == [True] * 3 + [False]
    assert kept.take_away() == [0, 1, 2]
    assert not kept.publish(0, 10 * LIMIT, retain=True)
    assert kept.take_away() == []


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest", "reject"])
@pytest.mark.parametrize("kind", KINDS)
def test_b09_bytes_of_a_queue_to_the_byte(own_doors, version, kind, overflow):
    """B09: four that fill mqtt.max_queued_bytes wait for who is away, one byte more is too much; of
    forty there are four; a message that is larger than the queue leaves the others alone."""
    doors = own_doors(mqtt={"max_queued_bytes": LIMIT, "overflow": overflow})
    kept = Queued(doors, kind, version)
    assert kept.all_taken(four(kept, LIMIT))
    told = [True] * 3 + [overflow != "reject"]
    assert kept.publish_all(four(kept, LIMIT + 1)) == told
    assert kept.take_away() == ([1, 2, 3] if overflow == "drop_oldest" else [0, 1, 2])
    size = LIMIT // 4 - kept.own
    said = kept.publish_all([size] * 10)
    assert said == [True] * 4 + [overflow != "reject"] * 6
    assert kept.take_away() == ([6, 7, 8, 9] if overflow == "drop_oldest" else [0, 1, 2, 3])
    said = kept.publish_all([size, 10 * LIMIT, size])
    assert said == [True, overflow != "reject", True]
    assert kept.take_away() == [0, 2]


# ---- sessions

@pytest.mark.parametrize("kind", KINDS)
def test_b09_sessions(own_doors, version, kind):
    """B09: limits.max_sessions with and without a connection; one more is told so, thirty more, too,
    who has one comes in, and the place of one that ends is free."""
    doors = own_doors(limits={"max_sessions": 3})
    names = ["first", "second", "third"]
    for name in names[:2]:
        doors.connect(kind, version, name, **lasting(version)).disconnect()
    third = doors.connect(kind, version, "third", **lasting(version))
    for number in range(31):
        clean = {"clean": True} if number % 2 else lasting(version)
        more = doors.open(kind, version, f"more{number}")
        more.send_connect(**clean)
        more.expect(CONNACK, code=0x97 if version == V5 else 3)
        more.expect_closed()
    third.ping()
    third.disconnect()
    for name in names:
        client = doors.connect(kind, version, name, **lasting(version))
        assert client.connack.session_present
        client.disconnect()
    doors.connect(kind, version, "first", clean=True).disconnect()
    doors.connect(kind, version, "more", clean=True).ping()


# ---- output

ONE = 1000


def readable_of_a_flood(doors, kind, version, size):
    """How many bytes of messages somebody who stopped reading finds when it reads again."""
    stuck = doors.open(kind, version, receive_buffer=4096)
    stuck.connect()
    stuck.subscribe("flood")
    publisher = doors.connect("tcp")
    for base in range(0, size // ONE, 50):
        publisher.send(*[packets.publish(V5, "flood", b"%06d" % (base + i) + b"x" * (ONE - 6))
                         for i in range(50)])
        publisher.ping()
    stuck.send(packets.pingreq())
    found = 0
    # A kernel that has found the window shut for a minute asks for it again after as long.
    while stuck.receive(within=150 if CHUNK else None).type == PUBLISH:
        found += 1
    return found * ONE


@pytest.mark.parametrize("kind", KINDS)
def test_b09_output_for_who_does_not_read_is_what_it_may_be(own_doors, version, kind):
    """B09: limits.max_output_bytes: beside what the kernel holds, so much is there for who reads
    again, and what a queue of a hundred has."""
    found = {}
    for limit in (64 * KIB, 4096 * KIB):
        doors = own_doors(limits={"max_output_bytes": limit, "output_stall": "1h"},
                          mqtt={"max_queued_messages": 100, "overflow": "drop_newest"})
        found[limit] = readable_of_a_flood(doors, kind, version, 12 << 20)
        print(f"{kind}: {found[limit]} bytes with {limit}")
    narrow, wide = found.values()
    # What the kernel holds for it is much less than that, and nearly the same each time.
    assert abs(wide - narrow - 4032 * KIB) < 512 * KIB
    assert 64 * KIB < narrow < 1024 * KIB


def subscribe_and_read_no_more(doors, kind):
    stuck = doors.open(kind, receive_buffer=4096)
    stuck.connect()
    stuck.subscribe("flood")


def is_given_up(doors):
    return "does not read what it is sent" in doors.broker.log()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_b09_who_does_not_read_has_all_of_the_time_it_may_have(own_doors, kind):
    """B09: limits.output_stall is not cut short, however much more there is for it, and ends."""
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "3s"})
    publisher = doors.connect("tcp")
    subscribe_and_read_no_more(doors, kind)
    began = time.monotonic()
    for _ in range(100):
        publisher.publish("flood", b"x" * 100_000, qos=1)
    until(lambda: is_given_up(doors), PATIENCE, "it is let be")
    assert time.monotonic() >= began + 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_b09_who_does_not_read_is_closed_while_more_is_published_to_it(own_doors, kind):
    """B09: limits.output_stall counts from the last byte the kernel took, whatever comes meanwhile."""
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "1s"})
    publisher = doors.connect("tcp")
    subscribe_and_read_no_more(doors, kind)

    def is_closed():
        publisher.publish("flood", b"x" * 100_000, qos=1)
        return is_given_up(doors)

    until(is_closed, PATIENCE, "it is let be")


# ---- what was within a limit before

@pytest.mark.parametrize("kind", KINDS)
def test_b09_what_has_become_too_long_can_be_unsubscribed(own_doors, version, kind):
    """B09: a reload that lowers limits.max_topic_bytes and limits.max_topic_levels leaves the
    subscriptions there are: they work and can be removed, but not be made again."""
    doors = own_doors(limits={"max_topic_bytes": 200, "max_topic_levels": 20})
    name = unique("c")
    client = doors.connect(kind, version, name, **lasting(version))
    filters = ["x" * 150 + "/#", "/".join("y" * 15) + "/#"]
    client.subscribe(*filters)
    doors.broker.write_config(limits={"max_topic_bytes": 20, "max_topic_levels": 5})
    doors.broker.signal(signal.SIGHUP)

    def is_applied():
        # What is agreed in a CONNECT lasts as long as its connection, these limits do not.
        probe = doors.connect(kind, version)
        probe.send(packets.subscribe(version, 1, [("x" * 21, 0)]))
        return probe.receive().codes[0] >= 0x80

    until(is_applied, PATIENCE, "the reload does nothing")
    refused = 0x8F if version == V5 else 0x80
    client.disconnect()
    client = doors.connect(kind, version, name, **lasting(version))
    assert client.connack.session_present
    for each in filters:
        client.unsubscribe(each, codes=[0])
        client.unsubscribe(each, codes=[0x11])
        client.subscribe(each, code=refused)
