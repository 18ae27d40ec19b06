"""Hostile bytes (groups A01 to A12 of the reliability plan): every answer is judged by an oracle of
our own, and a canary pair of clients must not notice anything.

HOSTILE_SCALE multiplies the counts: 1 is what CI runs, 0.1 a quick look, 100 a night.
"""

import os
import random
import resource

import pytest

from mqtt_wire import packets, samples
from mqtt_wire.broker import is_sanitized
from mqtt_wire.client import PATIENCE, Closed, Silence, unique
from mqtt_wire.judge import EITHER, TAKE, WAIT, judge
from mqtt_wire.packets import Will, frame, plain, text, u16, varint
from mqtt_wire.tables import (CONNACK, CONNECT, DISCONNECT, FLAGS, NAMES, PUBACK, PUBLISH, SUBACK,
                              UNSUBACK, V5, V31, V311)

SCALE = float(os.environ.get("HOSTILE_SCALE", "1"))
SLOW = is_sanitized()
MARKER = 0xF00D  # the packet id of the request that shows how far the broker has read


MIB = 1 << 20


def assert_memory(broker, before, allowed, what):
    if not is_sanitized():
        grown = broker.rss() - before
        assert grown <= allowed, f"{what}: {grown / MIB:.1f} MiB more"


class Canary:
    """A publisher and a subscriber that see each other, whatever else happens."""

    def __init__(self, broker):
        self.broker = broker
        self.topic = unique("canary")
        self.subscriber, self.publisher = broker.connect(V5), broker.connect(V311)
        self.subscriber.subscribe(self.topic, qos=1)
        self.count = 0

    def check(self):
        self.broker.assert_alive()
        self.count += 1
        payload = b"%d" % self.count
        self.publisher.publish(self.topic, payload, qos=1)
        # A second is the promise; sanitizers may take longer for what others send meanwhile.
        self.subscriber.expect_publish(self.topic, payload, within=PATIENCE if SLOW else 1)
        assert not self.subscriber._inbox


@pytest.fixture
def canary(broker):
    pair = Canary(broker)
    yield pair
    pair.check()


@pytest.fixture(scope="module", autouse=True)
def memory_comes_back(_default_broker):
    """Whatever was sent, and refused, leaves nothing behind: A01 to A10, A12."""
    for version in (V31, V311, V5):  # shows the allocator the sizes
        for _, packet, connected in cases(version):
            try_bytes(_default_broker, version, packet, connected)
    before = _default_broker.rss()
    yield
    _default_broker.forget_clients()
    assert_memory(_default_broker, before, MIB, "after the hostile bytes")


def close(broker, *clients):
    """Forget these connections at once: there are thousands."""
    for client in clients:
        client.stream.close()
        broker.clients.remove(client)


def speaks(version, data):
    """The bytes are no CONNECT of another version, whose answer would have another form."""
    name = b"\0\6MQIsdp\3" if version == V31 else b"\0\4MQTT" + bytes([version])
    return data[:1] != b"\x10" or name in data[:14]


def try_bytes(broker, version, data, connected):
    """Send the bytes and a request of ours behind them, and hold the answer against the oracle."""
    verdict = judge(version, data, connected)
    client = broker.connect(version, unique("h")) if connected else broker.open(version)
    marker = packets.unsubscribe(version, MARKER, ["marker"])
    client.send(data, b"" if verdict == WAIT else marker)
    if verdict in (WAIT, EITHER) or not speaks(version, data):
        client.finish()
    answered = False
    try:
        if speaks(version, data):
            while not answered:
                packet = client.receive()
                answered = packet.type == UNSUBACK and packet.packet_id == MARKER
        else:
            while client.stream.receive(PATIENCE):
                pass
    except Closed:
        pass
    except (Silence, TimeoutError):
        raise AssertionError(f"neither taken nor refused ({verdict}): {data.hex()}") from None
    close(broker, client)
    if verdict == TAKE:
        assert answered, f"refused, but it is fine: {data.hex()}"
    elif verdict != EITHER:
        assert not answered, f"taken, but it should be refused ({verdict}): {data.hex()}"


def cases(version):
    """(name, packet, sent on a connected client?) of all samples."""
    made = [(name, packet, False) for name, packet in samples.connects(version).items()]
    return made + [(name, packet, True) for name, packet in samples.others(version).items()]


def body_of(packet):
    """(first byte, body): all samples are shorter than 128 bytes or have a two byte length."""
    return packet[0], packet[2:] if packet[1] < 0x80 else packet[3:]


def test_the_oracle_takes_every_sample():
    """If this fails, the oracle is wrong, not the broker."""
    for version in (V31, V311, V5):
        for name, packet, connected in cases(version):
            if name not in ("disconnect", "disconnect_code", "disconnect_properties", "auth"):
                assert judge(version, packet, connected) in (TAKE, EITHER), name


def test_every_sample_is_taken(broker, canary, any_version):
    for _, packet, connected in cases(any_version):
        try_bytes(broker, any_version, packet, connected)
    canary.check()


# ---- A01

@pytest.mark.parametrize("length", [b"\x80\x80\x80\x80\x00", b"\xff\xff\xff\xff\x7f",
                                    b"\xff\xff\xff\xff\xff", b"\x80\x80\x80\x80\x80\x80\x00",
                                    b"\x85\x80\x00", b"\xe1\xff\xff\xff\x0f"], ids=bytes.hex)
def test_a01_broken_integers_smuggle_nothing(broker, canary, any_version, length, topic):
    """A01 [MQTT-1.5.5-1] in every place an integer occurs; a PUBLISH hidden behind it is never
    executed."""
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    smuggled = packets.publish(any_version, topic, b"smuggled")
    attacks = [bytes([first]) + length + smuggled for first in
               (0x30, 0x32, 0x40, 0x62, 0x82, 0xA2, 0xC0, 0xE0, 0xF0)]
    if any_version == V5:
        attacks += [frame(0x30, text("a") + length) + smuggled,
                    frame(0x82, u16(1) + length + text("a") + b"\0") + smuggled,
                    frame(0x82, u16(1) + b"\x06\x0b" + length + text("a") + b"\0") + smuggled,
                    frame(0x30, text("a") + b"\x06\x0b" + length) + smuggled,
                    frame(0x40, u16(1) + b"\0" + length) + smuggled]
    for attack in attacks:
        client = broker.connect(any_version)
        client.send(attack)
        client.expect_disconnect(0x81, 0x82, 0x95)
        close(broker, client)
    client = broker.open(any_version)
    client.send(b"\x10" + length + packets.connect(any_version, "x"), smuggled)
    client.expect_refused_connect()
    watcher.expect_nothing(canary.publisher)


# ---- A02

@pytest.mark.parametrize("first", [0x30, 0x32, 0x40, 0x62, 0x82, 0xA2, 0xE0])
def test_a02_a_length_beyond_the_data_waits_and_then_ends(broker, canary, any_version, first):
    """A02 Remaining Length 4096 and three bytes: waited for, no answer, then the peer closes."""
    client = broker.connect(any_version)
    client.send(bytes([first]) + varint(4096) + b"\0\1a")
    canary.check()
    client.finish()
    try:
        client.expect_closed()
    except AssertionError:
        assert client.ended


def test_a02_a_length_beyond_the_data_of_connect(broker, canary, any_version):
    """A02"""
    client = broker.open(any_version)
    client.send(b"\x10" + varint(4096) + packets.connect(any_version, "x")[2:])
    canary.check()
    client.finish()
    client.expect_closed()


# ---- A03

@pytest.mark.parametrize("honest", [True, False], ids=["length_adjusted", "length_kept"])
@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a03_every_packet_truncated_at_every_byte(broker, canary, version, honest):
    """A03 [MQTT-4.13.1-1] [MQTT-3.1.4-1]"""
    for _, packet, connected in cases(version):
        first, body = body_of(packet)
        for cut in range(len(body)):
            data = frame(first, body[:cut]) if honest else packet[:len(packet) - len(body) + cut]
            try_bytes(broker, version, data, connected)
        canary.check()


# ---- A04

@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a04_every_packet_grown_by_1_to_8_bytes(broker, canary, version):
    """A04 [MQTT-3.1.3-1] with zeros, and with what could be one more field."""
    for _, packet, connected in cases(version):
        first, body = body_of(packet)
        for surplus in [b"\0" * n for n in range(1, 9)] + [b"\0\1a", b"\xff" * 4, text("more")]:
            try_bytes(broker, version, frame(first, body + surplus), connected)
        canary.check()


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a04_every_byte_of_every_packet_changed(broker, canary, version):
    """A03, A10: some values at each place; a random choice of them, the seed is in the failure."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    for name, packet, connected in cases(version):
        for place in range(len(packet)):
            for value in (0, 0xFF, packet[place] ^ 1, packet[place] ^ 0x80, chance.randrange(256)):
                if chance.random() > 0.4 * SCALE:
                    continue
                data = packet[:place] + bytes([value]) + packet[place + 1:]
                try:
                    try_bytes(broker, version, data, connected)
                except AssertionError as failure:
                    raise AssertionError(f"{name}, seed {seed}: {failure}") from failure
        canary.check()


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a10_random_mutations_of_packets_in_a_row(broker, canary, version):
    """A10 [MQTT-4.13.1-1] several packets, each mutated in several ways, in one stream."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    stock = list(samples.others(version).values())
    for turn in range(int(400 * SCALE)):
        data = b"".join(mutated(chance, chance.choice(stock)) for _ in range(chance.randint(1, 4)))
        try:
            try_bytes(broker, version, data, True)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}, turn {turn}: {failure}") from failure
        if turn % 50 == 0:
            canary.check()


def mutated(chance, packet):
    data = bytearray(packet)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        place = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 2 and len(data) > 2:
            del data[place]
        else:
            data.insert(place, chance.choice((0, 1, 0x7F, 0x80, 0xFF)))
    return bytes(data)


@pytest.mark.parametrize("version", [V311, V5])
def test_a10_random_bytes(broker, canary, version):
    """A10 noise, before and after CONNECT."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    for turn in range(int(150 * SCALE)):
        data = chance.randbytes(chance.randint(1, 60))
        for connected in (False, True):
            try:
                try_bytes(broker, version, data, connected)
            except AssertionError as failure:
                raise AssertionError(f"seed {seed}, turn {turn}: {failure}") from failure
    canary.check()


# ---- A05

@pytest.mark.parametrize("alias", [None, 0, 1, 10, 11, 65535])
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [False, True])
def test_a05_an_empty_topic(broker, canary, alias, qos, retain):
    """A05 [X-PUB-3] no alias, alias 0, unknown, above the maximum."""
    properties = [] if alias is None else [("topic_alias", alias)]
    client = broker.connect(V5)
    client.send(packets.publish(V5, "", b"x", qos=qos, packet_id=qos and 1 or None, retain=retain,
                                properties=properties))
    client.expect_disconnect(*((0x82,) if alias is None else (0x82, 0x94)))


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a05_an_empty_topic_in_3(broker, canary, v3_version, qos):
    """A05"""
    client = broker.connect(v3_version)
    client.send(packets.publish(v3_version, "", b"x", qos=qos, packet_id=qos and 1 or None))
    client.expect_closed()


# ---- A06, A07

@pytest.mark.parametrize("body", [b"", b"\0\1", b"\0\1\0", b"\0\0\0\0", b"\xff" * 40], ids=len)
@pytest.mark.parametrize("kind", [0, 2, 9, 11, 13], ids=lambda kind: NAMES[kind])
def test_a06_packets_of_a_server(broker, canary, any_version, kind, body):
    """A06 [X-TYPE-1] before and after CONNECT."""
    client = broker.connect(any_version)
    client.send(plain(kind, body, FLAGS[kind]))
    client.expect_disconnect(0x81, 0x82)
    client = broker.open(any_version)
    client.send(plain(kind, body, FLAGS[kind]))
    client.expect_closed()


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a07_every_packet_before_connect(broker, canary, version, topic):
    """A07 [MQTT-3.1.0-1] closed without a reply, and without effect."""
    watcher = broker.connect(version)
    watcher.subscribe(topic)
    for packet in samples.others(version).values():
        client = broker.open(version)
        client.send(packet, packets.connect(version, unique("h")),
                    packets.publish(version, topic, b"smuggled"))
        client.expect_closed()
        close(broker, client)
    watcher.expect_nothing(canary.publisher)


def test_a07_every_first_byte(broker, canary):
    """A07, B01: anything but 0x10 closes after one byte."""
    for first in range(256):
        if first != CONNECT << 4:
            client = broker.open(V5)
            client.send(bytes([first]))
            client.expect_closed()
            close(broker, client)


# ---- A08

DEPTHS = [1, 2, 127, 128, 129, 1000, 10000, 32767, 65534]


@pytest.fixture
def deep_broker(own_broker):
    """No limit on levels, and a stack of 256 KiB."""
    broker = own_broker(limits={"max_topic_bytes": 65535, "max_topic_levels": 65535,
                                "max_connect_packet": "256KiB"})
    small = None if SLOW else lambda: resource.setrlimit(
        resource.RLIMIT_STACK, (256 << 10, 256 << 10))
    broker.start(preexec=small)
    go_deep(broker, V5, 10000)
    before = broker.rss()
    yield broker
    broker.forget_clients()
    Canary(broker).check()
    assert_memory(broker, before, 8 * MIB, "after deep topics")


def go_deep(broker, version, depth):
    """All that a topic is used for, and nothing of it stays."""
    name, watcher = "/" * depth, broker.connect(version)
    watcher.subscribe(name)
    client = broker.connect(version, will=Will(name, b"will", retain=True))
    client.subscribe(name, qos=1)
    client.publish(name, b"live", qos=1, retain=True)
    client.expect_publish(name, b"live")
    client.unsubscribe(name)
    client.subscribe(name)
    client.expect_publish(name, b"live", retain=True)
    client.unsubscribe(name)
    client.drop()
    watcher.wait_for(PUBLISH, payload=b"will")
    watcher.publish(name, b"", qos=1, retain=True)
    close(broker, watcher)


@pytest.mark.parametrize("version", [V311, V5])
def test_a08_topics_of_65535_levels(deep_broker, version):
    """A08 [MQTT-4.7.3-3] publish, subscribe, unsubscribe, will and retained, deep and deeper, with
    a small stack: matching is iterative."""
    canary = Canary(deep_broker)
    for depth in DEPTHS:
        go_deep(deep_broker, version, depth)
        canary.check()


@pytest.mark.parametrize("version", [V311, V5])
def test_a08_wildcards_of_32768_levels(deep_broker, version):
    """A08 +/+/+/... against names as deep, live and retained, and # behind it."""
    canary = Canary(deep_broker)
    for depth in (1, 128, 1000, 10000, 32767):
        name = "/".join("a" * depth)
        for wild in ("/".join("+" * depth), "/".join("+" * (depth - 1) + "#"), name):
            client = deep_broker.connect(version)
            client.subscribe(wild, qos=1)
            client.publish(name, b"live", qos=1, retain=True)
            client.expect_publish(name, b"live")
            client.unsubscribe(wild)
            client.subscribe(wild)
            client.expect_publish(name, b"live", retain=True)
            client.publish(name, b"", qos=1, retain=True)
            client.expect_publish(name, b"", retain=False)
            client.disconnect()
        canary.check()


# ---- A09

@pytest.mark.parametrize("name", ["$", "$x", "$/", "$SYS", "$SYS/", "$SYS/x", "$share", "$share/",
                                  "$share/g", "$share/g/t", "$queue/t", "$CONTROL/dynamic-security",
                                  "$MQTT", "$MQTT/x", "$$", "$/$"])
def test_a09_dollar_topics(broker, canary, any_version, name):
    """A09 publish, subscribe, unsubscribe, will, retained to each of them: answered by policy."""
    client = broker.connect(any_version)
    for qos in (0, 1, 2):
        for retain in (False, True):
            code = client.publish(name, b"x", qos=qos, retain=retain)
            assert code in (0, 0x10, 0x90)
            if name.startswith(("$SYS/", "$share/")) and any_version == V5 and qos:
                assert code == 0x90
    client.publish(name, b"", retain=True)
    client.ping()
    client = broker.connect(any_version)
    client.send(packets.subscribe(any_version, 1, [(name, 1)]))
    try:
        answer = client.receive()
        assert answer.type in (SUBACK, DISCONNECT)
    except AssertionError:
        assert client.closed
    client = broker.open(any_version, unique("h"))
    client.send_connect(will=Will(name, b"x", retain=True))
    try:
        if client.receive().code == 0:
            client.drop()
    except AssertionError:
        assert client.closed


# ---- A12

@pytest.mark.parametrize("password", [None, b"", b"secret"], ids=["none", "empty", "set"])
@pytest.mark.parametrize("username", [None, "", "user"], ids=["none", "empty", "set"])
def test_a12_missing_credentials(broker, canary, any_version, username, password):
    """A12 with anonymous access every combination the version allows is accepted."""
    client = broker.open(any_version, unique("h"))
    client.send_connect(username=username, password=password)
    if any_version != V5 and password is not None and username is None:
        client.expect_closed()
    else:
        client.expect(CONNACK, code=0)
        client.ping()


def test_a10_a_puback_flood_for_nothing_is_no_reason_to_stop(broker, canary, any_version):
    """A10 thousands of acknowledgements of nothing: ignored, or the connection ends."""
    client = broker.connect(any_version)
    for base in range(0, int(20000 * SCALE), 1000):
        client.send(*[packets.acknowledgement(PUBACK, (base + i) % 65535 + 1) for i in range(1000)])
        canary.check()
