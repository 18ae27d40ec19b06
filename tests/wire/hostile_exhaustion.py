"""Hostile amounts (groups A13 to A15, B01 to B06, B11, B12 of the reliability plan): memory,
descriptors and time stay bounded, a canary pair of clients does not notice.

HOSTILE_SCALE multiplies the counts. Memory figures are skipped on sanitizer builds.
"""

import itertools
import random
import signal
import socket
import threading
import time

import pytest

from hostile_decoder import MIB, SCALE, Canary, assert_memory, close
from mqtt_wire import packets, samples
from mqtt_wire.broker import CONTROL, is_for_debugging, is_sanitized, until
from mqtt_wire.client import PATIENCE, Closed, unique
from mqtt_wire.packets import Will, frame, text, u16, varint
from mqtt_wire.stream import CHUNK
from mqtt_wire.tables import (CONNACK, DISCONNECT, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, V5,
                              V31, V311)
from mqtt_wire.transports import open_stream

MANY_PENDING = {"max_pending_handshakes": "unlimited",
                "max_pending_handshakes_per_address": "unlimited"}


def scaled(count):
    return max(1, int(count * SCALE))


def gives_back_descriptors(broker, before, canary):
    """The broker closes its own ends a moment after its peers."""
    until(lambda: broker.descriptors() <= before or canary.check(), 5, "descriptors are kept")


def drain(client):
    """Everything the broker has for this client up to the answer of a PINGREQ."""
    client.send(packets.pingreq())
    got = []
    while True:
        packet = client.receive()
        if packet.type == PINGRESP:
            return got
        got.append(packet)


# ---- A13

def test_a13_takeover_storm(own_broker):
    """A13 [MQTT-3.1.4-3] 5 ids, 40 connections at a time, connecting, subscribing, publishing,
    resetting at random; nobody reads for long."""
    broker = own_broker(mqtt={"session_expiry": "5s"}).start()
    canary = Canary(broker)
    seed = random.randrange(1 << 32)
    chance, streams = random.Random(seed), []
    before = broker.rss()
    for turn in range(scaled(6000)):
        roll = chance.random()
        if roll < 0.35 or not streams:
            version = chance.choice((V31, V311, V5))
            stream = open_stream(broker.address)
            properties = [("session_expiry_interval", 5)] if chance.random() < 0.5 else []
            stream.send(packets.connect(version, f"storm{chance.randrange(5)}",
                                        clean=chance.random() < 0.5, properties=properties,
                                        will=Will("storm/will") if chance.random() < 0.3 else None))
            streams.append((version, stream))
        elif roll < 0.5 or len(streams) > 40:
            streams.pop(chance.randrange(len(streams)))[1].close(reset=chance.random() < 0.5)
        else:
            version, stream = chance.choice(streams)
            stream.send(_storm_packet(chance, version))
        if turn % 500 == 0:
            canary.check()
    for _, stream in streams:
        stream.close(reset=True)
    canary.check()
    assert_memory(broker, before, 16 * MIB, f"after the storm (seed {seed})")


def _storm_packet(chance, version):
    name, qos = f"storm/{chance.randrange(3)}", chance.randrange(3)
    packet_id = chance.randint(1, 30)
    made = [
        packets.subscribe(version, packet_id, [(chance.choice((name, "storm/#")), qos)]),
        packets.unsubscribe(version, packet_id, [name]),
        packets.publish(version, name, b"x" * chance.randrange(2000), qos=qos,
                        packet_id=packet_id if qos else None),
        packets.puback(packet_id), packets.pubrec(packet_id), packets.pubrel(packet_id),
        packets.pubcomp(packet_id), packets.pingreq(), packets.disconnect(version),
    ]
    return chance.choice(made)


# ---- A14

@pytest.mark.slow
@pytest.mark.parametrize("ending", ["wait", "reconnect", "takeover", "clean_start", "restart"])
def test_a14_will_delay_against_session_expiry(own_broker, ending):
    """A14 [MQTT-3.1.2-8] [MQTT-3.1.3-9] the grid of delays 0, 1, 5 s and expiries 0, 1, 5 s: each
    will exactly once, or never after a timely return."""
    broker = own_broker(mqtt={"session_expiry_check_interval": "1s"},
                        persistence={"type": "sqlite", "path": "state.db"}).start()
    canary = Canary(broker)
    watcher = broker.connect(V5, unique("watcher"), clean=False,
                             properties=[("session_expiry_interval", 60)])
    grid = list(itertools.product((0, 1, 5), (0, 1, 5)))
    names = {pair: unique("will") for pair in grid}
    watcher.subscribe(*names.values(), qos=1)
    expected = set()
    for delay, expiry in grid:
        properties = [("session_expiry_interval", expiry)]
        will = Will(names[delay, expiry], qos=1, properties=(("will_delay_interval", delay),))
        client = broker.connect(V5, names[delay, expiry], clean=False, properties=properties,
                                will=will)
        if ending != "takeover":
            client.drop()
        if min(delay, expiry) == 0:
            answered_will(watcher, names[delay, expiry]) if ending != "takeover" else None
        if ending not in ("wait", "restart"):
            broker.connect(V5, names[delay, expiry], clean=ending == "clean_start",
                           properties=[("session_expiry_interval", 60)])
        if ending == "takeover":
            if min(delay, expiry) == 0:
                answered_will(watcher, names[delay, expiry])
        elif ending in ("wait", "clean_start", "restart") and min(delay, expiry) > 0:
            expected.add(names[delay, expiry])
    if ending == "restart":
        watcher, early = over_a_restart(broker, watcher)
        expected -= early
        canary = Canary(broker)
    deadline = time.monotonic() + 20
    while expected:
        packet = watcher.receive(within=deadline - time.monotonic())
        watcher.answer(packet)
        expected.remove(packet.topic)  # once, and only these
    if ending in ("reconnect", "takeover"):
        with pytest.raises(AssertionError, match="nothing came"):
            watcher.receive(within=6.5)
    watcher.expect_nothing(canary.publisher)
    canary.check()


def answered_will(watcher, topic):
    watcher.answer(watcher.wait_for(PUBLISH, topic=topic))


def over_a_restart(broker, watcher):
    """The watcher's next connection, and what it was told before."""
    early = drain(watcher)
    for packet in early:
        watcher.answer(packet)
    watcher.ping()
    broker.forget_clients()
    broker.signal(signal.SIGTERM)
    assert broker.wait() == 0
    broker.start()
    again = broker.connect(V5, watcher.client_id, clean=False,
                           properties=[("session_expiry_interval", 60)])
    return again, {packet.topic for packet in early}


# ---- A15

@pytest.mark.parametrize("version", [V311, V5])
def test_a15_messages_outlive_queue_drops_and_half_done_exchanges(own_broker, version):
    """A15 one message in many queues at once: dropped here, in flight there, retained, half
    released; every copy that arrives is intact."""
    broker = own_broker(mqtt={"max_queued_messages": 5, "max_inflight": 3}).start()
    canary, topic = Canary(broker), unique("t")
    properties = [("session_expiry_interval", 60)] if version == V5 else []
    names = [unique("c") for _ in range(6)]
    for name in names:
        client = broker.connect(version, name, clean=False, properties=properties)
        client.subscribe(topic, qos=2)
        if name in names[:3]:
            client.disconnect()
    publisher = broker.connect(version)
    bodies = [bytes([i]) * 3000 for i in range(30)]
    for body in bodies:
        publisher.publish(topic, body, qos=2, retain=True)
    for name in names:
        client = broker.connect(version, name, clean=False, properties=properties)
        for _ in range(2):
            packet = client.expect_publish(topic, answer=False)
            assert packet.payload in bodies
            client.send(packets.pubrec(packet.packet_id))
        canary.check()
        client.drop(reset=True)
    for name in names:
        broker.connect(version, name, clean=True).disconnect()
    late = broker.connect(version)
    late.subscribe(topic, qos=2)
    late.expect_publish(topic, bodies[-1], retain=True)
    canary.check()


# ---- B01

def test_b01_a_declared_length_takes_no_memory(own_broker):
    """B01 [MQTT-3.1.0-1] connections that declare 256 MiB in CONNECT, or the largest CONNECT we
    take, and trickle: less than 8 MiB in all."""
    broker = own_broker(limits=MANY_PENDING).start()
    canary, count = Canary(broker), min(scaled(1000), 4000)
    warm = [open_stream(broker.address) for _ in range(50)]
    for stream in warm:
        stream.close()
    canary.check()
    huge = [open_stream(broker.address) for _ in range(count // 2)]
    allowed = [open_stream(broker.address) for _ in range(count // 2)]
    canary.check()
    before = broker.rss()  # with what TLS keeps for each connection
    start = packets.connect(V5, "x")[2:]
    for stream in huge:
        stream.send(b"\x10\xff\xff\xff\x7f" + start)
    for stream in allowed:
        stream.send(b"\x10" + varint(65000) + start)
    for _ in range(3):
        for stream in allowed:
            stream.send(b"\0")
        canary.check()
    assert_memory(broker, before, 8 * MIB, f"{count} connections with declared lengths")
    for stream in huge + allowed:
        stream.close()


def test_b01_a_declared_length_takes_no_memory_after_connect_either(own_broker):
    """B01 100 clients declare 2 MiB each and send a little."""
    broker = own_broker().start()
    canary = Canary(broker)
    clients = [broker.connect(V311) for _ in range(100)]
    before = broker.rss()
    for client in clients:
        client.send(b"\x30" + varint((2 << 20) - 10) + b"\0\1t" + b"x" * 100)
    canary.check()
    assert_memory(broker, before, 8 * MIB, "100 declared lengths of 2 MiB")


# ---- B02

def malformed_connects():
    """Forty kinds and more: every sample cut at some place, and fields that contradict."""
    made = []
    for version in (V31, V311, V5):
        for packet in samples.connects(version).values():
            body = packet[2:] if packet[1] < 0x80 else packet[3:]
            for cut in (5, 9, 12, len(body) // 2, len(body) - 3, len(body) - 1):
                made.append(frame(0x10, body[:cut]))
            made.append(frame(0x10, body + b"\0"))
        will = Will("a/#", b"x" * 200)
        made.append(packets.connect(version, "x", will=will, username="u", password=b"p"))
        made.append(packets.connect(version, b"\xff", will=Will("t")))
        made.append(packets.connect(version, "x", will=Will("t", qos=3)))
        made.append(packets.connect(version, "x" * 300, will=Will("t", b"y" * 500)))
        made.append(packets.connect(version, "x", level=9, will=Will("t")))
    made.append(packets.connect(V5, "x", will=Will("t", properties=(("topic_alias", 1),)),
                                properties=[("user_property", ("k" * 100, "v" * 100))] * 5))
    return made


def test_b02_malformed_connects_leave_nothing_behind(own_broker):
    """B02 [MQTT-3.1.4-1] memory is flat over thousands of them (1 MiB), descriptors too."""
    broker = own_broker().start()
    canary, kinds = Canary(broker), malformed_connects()
    assert len(kinds) >= 40

    def round_of(count):
        for number in range(count):
            stream = open_stream(broker.address)
            stream.send(kinds[number % len(kinds)])
            stream.finish()
            while stream.receive(5):
                pass
            stream.close()

    round_of(2 * len(kinds))
    canary.check()
    before, descriptors = broker.rss(), broker.descriptors()
    for _ in range(5):
        round_of(scaled(2000))
        canary.check()
    assert_memory(broker, before, MIB, "malformed CONNECTs")
    gives_back_descriptors(broker, descriptors, canary)


@pytest.mark.parametrize("cut", (False, True), ids=("in one piece", "cut"))
def test_b02_the_memory_of_large_packets_is_given_back(own_broker, any_version, cut):
    """B02 B03: whoever once sent a large packet, and then is silent, holds no more than others."""
    broker = own_broker().start()
    canary = Canary(broker)
    large = packets.publish(any_version, unique("t"), b"x" * MIB)
    warm = broker.connect(any_version)
    warm.send(large)
    drain(warm)
    before, clients = broker.rss(), [broker.connect(any_version) for _ in range(scaled(30))]
    for client in clients:
        client.send(*([large[:1000], large[1000:]] if cut else [large]))
        drain(client)
    canary.check()
    assert_memory(broker, before, 6 * MIB, f"{len(clients)} packets of 1 MiB")


# ---- B03

def test_b03_one_qos_2_id_for_ever(own_broker, any_version):
    """B03 [MQTT-4.3.3-10] one id, never released: bounded memory, one onward delivery."""
    broker = own_broker().start()
    canary, topic = Canary(broker), unique("t")
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    client = broker.connect(any_version)
    packet = packets.publish(any_version, topic, b"x" * 100, qos=2, packet_id=7, dup=True)
    before = broker.rss()
    for _ in range(scaled(200)):
        client.send(*[packet] * 100)
        for _ in range(100):
            client.expect(PUBREC, packet_id=7)
    watcher.expect_publish(topic, b"x" * 100)
    watcher.expect_nothing(canary.publisher)
    canary.check()
    assert_memory(broker, before, 4 * MIB, "one id for ever")


def test_b03_all_qos_2_ids_at_once_in_5(own_broker):
    """B03 [MQTT-3.3.4-7] the announced Receive Maximum ends it."""
    broker = own_broker().start()
    canary, topic = Canary(broker), unique("t")
    client = broker.connect(V5)
    client.send(*[packets.publish(V5, topic, b"x", qos=2, packet_id=i) for i in range(1, 1001)])
    answer = client.receive()
    while answer.type == PUBREC and answer.packet_id <= 100:
        answer = client.receive()
    assert answer.type == DISCONNECT and answer.code == 0x93
    client.expect_closed()
    canary.check()


def test_b03_all_qos_2_ids_at_once_in_3(own_broker):
    """B03 3.x knows no Receive Maximum: all 65 535 ids may be open; 16 MiB at most."""
    broker = own_broker().start()
    canary, topic = Canary(broker), unique("t")
    client = broker.connect(V311)
    before = broker.rss()
    count = min(65535, scaled(65535))
    for base in range(1, count + 1, 500):
        ids = range(base, min(base + 500, count + 1))
        client.send(*[packets.publish(V311, topic, b"x", qos=2, packet_id=i) for i in ids])
        for packet_id in ids:
            client.expect(PUBREC, packet_id=packet_id)
    canary.check()
    assert_memory(broker, before, 16 * MIB, "all ids open")
    client.drop()
    canary.check()
    again = broker.connect(V311)
    again.publish(topic, b"x", qos=2)


# ---- B04

@pytest.mark.parametrize("place", ["connect", "will", "publish", "subscribe", "unsubscribe",
                                   "puback", "disconnect"])
def test_b04_a_storm_of_user_properties_is_refused_cheaply(own_broker, place):
    """B04 12 000 properties of 5 bytes in one packet: above limits.max_user_properties, refused;
    100 such packets take no more than 2 ms of processor time each."""
    broker = own_broker(limits={"max_property_bytes": "1MiB"}).start()
    canary = Canary(broker)
    storm = [b"\x26\0\0\0\0" * 12000]
    made = {
        "connect": packets.connect(V5, "x", properties=storm),
        "will": packets.connect(V5, "x", will=Will("t", properties=tuple(storm))),
        "publish": packets.publish(V5, "t", b"x", qos=1, packet_id=1, properties=storm),
        "subscribe": packets.subscribe(V5, 1, [("t", 0)], properties=storm),
        "unsubscribe": packets.unsubscribe(V5, 1, ["t"], properties=storm),
        "puback": packets.puback(1, 0, storm), "disconnect": packets.disconnect(V5, 0, storm),
    }
    count, spent = scaled(100), broker.cpu_seconds()
    for _ in range(count):
        if place in ("connect", "will"):
            client = broker.open(V5)
            client.send(made[place])
            client.expect_refused_connect()
        else:
            client = broker.connect(V5)
            client.send(made[place])
            try:
                packet = client.receive()
                codes = packet.codes or [packet.code]
                assert all(code >= 0x80 for code in codes), f"not refused: {packet}"
            except Closed:
                pass
        close(broker, client)
    if not is_for_debugging() and not CHUNK:  # a system call for each byte is the bytes' price
        assert broker.cpu_seconds() - spent <= 0.002 * count + 0.05
    canary.check()


# ---- B05

@pytest.mark.slow
def test_b05_slow_connects_are_gone_in_time_and_harm_nobody(own_broker):
    """B05 sockets that send a byte now and then are closed after limits.handshake_timeout (2 s);
    meanwhile others connect at once."""
    broker = own_broker(limits={"handshake_timeout": "2s", **MANY_PENDING}).start()
    canary, start = Canary(broker), time.monotonic()
    slow = [open_stream(broker.address) for _ in range(min(scaled(300), 4000))]
    trickle = packets.connect(V5, unique("slow"))
    for sent in range(4):
        for stream in slow:
            stream.send(trickle[sent:sent + 1])
        began = time.monotonic()
        broker.connect(V5).disconnect()
        assert time.monotonic() - began < 1
        canary.check()
    for stream in slow:
        left = start + 8 - time.monotonic()
        assert stream.receive(left) == b"", "a slow socket was answered"
        stream.close()
    assert time.monotonic() - start < 8


def test_b05_many_idle_sockets_do_not_keep_clients_out(own_broker):
    """B05 pending handshakes are bounded per address: clients of other addresses are served."""
    broker = own_broker().start()
    canary = Canary(broker)
    idle = [open_stream(broker.address, source="127.0.0.2") for _ in range(min(scaled(500), 4000))]
    canary.check()
    for _ in range(20):
        broker.connect(V5).ping()
    for stream in idle:
        stream.close()


# ---- B06

@pytest.mark.parametrize("refusal", ["client_id", "level", "method", "empty_id", "garbage"])
def test_b06_every_refusal_closes_within_a_second(own_broker, refusal):
    """B06 [MQTT-3.2.2-7] [MQTT-4.13.2-1] FIN from the broker, and the descriptor comes back."""
    broker = own_broker().start()
    canary = Canary(broker)
    made = {
        "client_id": packets.connect(V5, "x" * 300),
        "level": packets.connect(V5, "x", level=6),
        "method": packets.connect(V5, "x", properties=[("authentication_method", "M")]),
        "empty_id": packets.connect(V311, "", clean=False),
        "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    }
    before = broker.descriptors()
    streams = [open_stream(broker.address) for _ in range(scaled(50))]
    for stream in streams:
        stream.send(made[refusal])
        began = time.monotonic()
        while stream.receive(1):
            pass
        assert time.monotonic() - began < 1
    gives_back_descriptors(broker, before, canary)
    for stream in streams:
        stream.close()


# ---- B11

def test_b11_subscription_bomb(own_broker):
    """B11 no more than limits.max_subscriptions_per_session; the memory comes back."""
    broker = own_broker().start()
    canary = Canary(broker)
    for _ in range(2):  # the first round shows the allocator the size
        clients = [broker.connect(V5) for _ in range(20)]
        for number, client in enumerate(clients):
            for base in range(0, 1200, 200):
                filters = [(f"bomb/{number}/{base + i}/+/x/#", 1) for i in range(200)]
                client.send(packets.subscribe(V5, base + 1, filters))
                suback = client.expect(9)
                granted = sum(code < 0x80 for code in suback.codes)
                assert granted == (200 if base < 1000 else 0), f"{granted} of {base} + 200"
                assert all(code in (1, 0x97) for code in suback.codes)
        for client in clients:
            client.disconnect()
        canary.check()
        before = broker.rss()
    assert_memory(broker, before, 4 * MIB, "ended subscriptions")


def test_b11_share_bomb(own_broker):
    """B11 thousands of share groups on one filter, gone with their clients."""
    broker = own_broker().start()
    canary, topic = Canary(broker), unique("t")
    clients = [broker.connect(V5) for _ in range(10)]
    for number, client in enumerate(clients):
        for base in range(0, 1000, 200):
            client.subscribe(*[f"$share/g{number}x{base + i}/{topic}" for i in range(200)], qos=0)
    canary.publisher.publish(topic, b"x", qos=1)
    for client in clients:
        got = drain(client) + drain(client)
        assert len([packet for packet in got if packet.type == PUBLISH]) == 1000
        client.disconnect()
    assert broker.connect(V5).publish(topic, b"x", qos=1) == 0x10
    canary.check()


def test_b11_retained_bomb(own_broker):
    """B11 limits.max_retained_messages holds; deleting gives the memory back for the next ones."""
    broker = own_broker(limits={"max_retained_messages": 2000}).start()
    canary, prefix = Canary(broker), unique("t")
    client = broker.connect(V5)
    for turn in range(3):
        for base in range(0, 2500, 100):
            client.send(*[packets.publish(V5, f"{prefix}/{base + i}", b"x" * 1000, qos=1,
                                          packet_id=i + 1, retain=True) for i in range(100)])
            codes = [client.expect(PUBACK, packet_id=i + 1).code for i in range(100)]
            assert all(code < 0x80 for code in codes) if base < 2000 else 0x97 in codes
        for base in range(0, 2500, 100):
            client.send(*[packets.publish(V5, f"{prefix}/{base + i}", b"", qos=1, packet_id=i + 1,
                                          retain=True) for i in range(100)])
            for i in range(100):
                client.expect(PUBACK, packet_id=i + 1)
        canary.check()
        if turn == 0:
            before = broker.rss()
    assert_memory(broker, before, 4 * MIB, "deleted retained messages")


def test_b11_topic_alias_bomb(own_broker, topic):
    """B11 10 aliases of 4000 bytes, set a hundred times over, by 20 clients: each costs the broker
    no more than the announced ten, and that while it is there."""
    broker = own_broker(limits={"max_topic_bytes": 4096}).start()
    canary = Canary(broker)
    for _ in range(2):  # the first round shows the allocator the size
        before, clients = broker.rss(), [broker.connect(V5) for _ in range(20)]
        for client in clients:
            for turn in range(scaled(100)):
                client.send(*[packets.publish(V5, f"{turn}{topic}{'x' * 4000}", b"",
                                              properties=[("topic_alias", alias)])
                              for alias in range(1, 11)])
            client.ping()
            canary.check()
        assert_memory(broker, before, 6 * MIB, "20 clients with 10 aliases each")
        for client in clients:
            client.send(packets.publish(V5, "", b"", properties=[("topic_alias", 11)]))
            client.expect_disconnect(0x94)
            close(broker, client)
        canary.check()
    assert_memory(broker, before, MIB, "after the aliases")


def test_b11_subscribing_again_and_again_is_no_faster_than_the_store(own_broker, tmp_path):
    """B11 each SUBSCRIBE of a session that lasts is a change for the store: who sends more of them than
    it can take is read from slowly, and others are served."""
    broker = own_broker(persistence={"type": "sqlite", "path": str(tmp_path / "b11.db")}).start()
    canary, witness = Canary(broker), broker.connect(V5)
    client = broker.connect(V5, clean=False, properties=[("session_expiry_interval", 60)])
    filters = [(f"{'f' * 14}/{number:04}", 0) for number in range(256)]
    again = packets.subscribe(V5, 1, filters) * 20
    client.subscribe(filters[0][0])
    before = broker.rss()
    deadline = time.monotonic() + scaled(5)

    def storm():
        while time.monotonic() < deadline:
            client.stream.send(again)

    storming = threading.Thread(target=storm)
    storming.start()
    while storming.is_alive():
        witness.publish("t", b"x", qos=1)
    storming.join()
    assert_memory(broker, before, 64 * MIB, "subscriptions that the store has not taken")
    close(broker, client)
    canary.check()


def test_b11_will_bomb(own_broker):
    """B11 200 clients with wills of 60 000 bytes; taken over, dropped, and gone."""
    broker = own_broker().start()
    canary = Canary(broker)
    for _ in range(2):
        names = [unique("c") for _ in range(200)]
        for name in names:
            broker.connect(V5, name, will=Will("bomb/will", b"x" * 60000))
        for name in names:
            broker.connect(V5, name).disconnect()
        canary.check()
        before = broker.rss()
    assert_memory(broker, before, 8 * MIB, "wills")


# ---- B12

def test_b12_wildcards_amplify_only_by_their_matches(own_broker):
    """B12 100 clients with # and +/+/#: each message reaches each of them once; the canary's gap
    stays below a second."""
    broker = own_broker().start()
    canary, prefix = Canary(broker), unique("t")
    clients = [broker.connect(V311) for _ in range(100)]
    for number, client in enumerate(clients):
        client.subscribe(f"{prefix}/#" if number % 2 else f"{prefix}/+/+/#")
    publisher = broker.connect(V311)
    for turn in range(scaled(50)):
        publisher.publish(f"{prefix}/a/b/{turn}", b"x" * 100, qos=1)
    canary.check()
    for client in clients:
        got = drain(client) + drain(client)
        assert len(got) == scaled(50)


def test_b12_a_scan_of_many_retained_messages_stalls_nobody(own_broker):
    """B12 5000 retained messages, 20 wildcard subscriptions over all of them at once: the canary
    passes in between. How long a chunk of such a scan takes is measured by
    bench/subscription_index.cpp: docs/performance.md."""
    broker = own_broker(mqtt={"max_queued_messages": "unlimited", "max_queued_bytes": "unlimited"},
                        limits={"max_output_bytes": "unlimited"}).start()
    canary, prefix, count = Canary(broker), unique("t"), min(scaled(5000), 50000)
    publisher = broker.connect(V311)
    for base in range(0, count, 100):
        for i in range(base, min(base + 100, count)):
            publisher.send(packets.publish(V311, f"{prefix}/{i % 70}/{i}", b"x" * 50, qos=1,
                                           packet_id=i % 100 + 1, retain=True))
        for i in range(base, min(base + 100, count)):
            publisher.expect(PUBACK, packet_id=i % 100 + 1)
    clients = [broker.connect(V311) for _ in range(20)]
    for client in clients:
        client.send(packets.subscribe(V311, 1, [(f"{prefix}/+/+", 0)]))
        canary.check()
    for client in clients:
        client.expect(9, packet_id=1)
        assert len({client.expect_publish(retain=True).topic for _ in range(count)}) == count
    canary.check()


def test_b12_overlapping_filters_cost_one_message(own_broker):
    """B12 one client, 500 filters that all match: one copy, all identifiers."""
    broker = own_broker().start()
    canary = Canary(broker)
    client, levels = broker.connect(V5), 9
    name = "/".join("abcdefghi")
    filters = ["/".join(c if bits >> i & 1 else "+" for i, c in enumerate("abcdefghi"))
               for bits in range(1 << levels)][:500]
    for number, topic_filter in enumerate(filters, 1):
        client.subscribe(topic_filter, properties=[("subscription_identifier", number)])
    canary.publisher.publish(name, b"x", qos=1)
    got = client.expect_publish(name)
    assert sorted(got.properties.all("subscription_identifier")) == list(range(1, 501))
    client.expect_nothing(canary.publisher)


def test_b05_a_port_scanner_does_no_harm(own_broker):
    """B05 connect and close at once, thousands of times, with and without RST."""
    broker = own_broker().start()
    canary = Canary(broker)
    before = broker.descriptors()
    for turn in range(scaled(3000)):
        with socket.socket() as scan:
            scan.connect(broker.address)
            if turn % 2:
                scan.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if turn % 500 == 0:
            canary.check()
    gives_back_descriptors(broker, before, canary)


def test_a07_other_protocols_are_shown_the_door(own_broker):
    """A07 an HTTP request, a TLS hello, SSH, SMTP, a long line: closed without a word."""
    broker = own_broker().start()
    canary = Canary(broker)
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
                 b"SSH-2.0-OpenSSH_9\r\n", b"EHLO x\r\n", b"A" * 100000, b"\0" * 1000,
                 text("MQTT") + u16(5)):
        client = broker.open(V5)
        client.send(data)
        client.expect_closed()
    canary.check()


@pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")
def test_b05_connect_storms_are_slowed_per_address(own_broker):
    """B05 limits.connect_rate_per_address and its burst: of 300 connections at once about the burst
    is served; after it others are refused or wait, and the broker goes on."""
    broker = own_broker(limits={"connect_rate_per_address": 5, "connect_burst_per_address": 20})
    broker.start()
    served = 0
    for _ in range(60):
        client = broker.open(V5, unique("c"))
        client.send_connect()
        try:
            served += client.receive(within=0.3).code == 0
        except AssertionError:
            pass
        client.stream.close()
    assert 10 <= served < 60
    broker.assert_alive()


@pytest.mark.skipif(bool(CONTROL) or is_sanitized(), reason="the options and the figures of lmqttd")
def test_the_memory_cap_is_kept_and_left_again(own_broker):
    """limits.memory: publishers are told 0x97 before the cap is passed, the others live on, and once
    the queue has been read everything is taken again."""
    cap = 48 * MIB
    broker = own_broker(
        limits={"memory": "48MiB", "connect_rate_per_address": "unlimited"},
        mqtt={"max_queued_messages": "unlimited", "max_queued_bytes": "unlimited"},
    ).start()
    canary, topic, name = Canary(broker), unique("t"), unique("c")
    lasting = {"clean": False, "properties": [("session_expiry_interval", 600)]}
    reader = broker.connect(V5, name, **lasting)
    reader.subscribe(topic, qos=1)
    reader.drop()
    publisher, payload, sent, codes = broker.connect(V5), b"x" * 60000, 0, set()
    while not {0x97} & codes:
        publisher.send(packets.publish(V5, topic, payload, qos=1, packet_id=publisher.new_id()))
        codes.add(publisher.expect(PUBACK).code or 0)
        sent += 1
        assert sent < 2 * cap / len(payload), "everything was taken"
    assert broker.rss() < 1.1 * cap
    refused = broker.open(V5, unique("c"))
    refused.send_connect()
    refused.expect_refused_connect(0x97)
    broker.assert_alive()
    publisher.publish(topic, b"")
    until(lambda: "no more messages" in broker.log(), 10, "nothing in the log")
    canary.publisher.ping()

    def room_again():
        client = broker.open(V5, name)
        client.send_connect(**lasting)
        try:
            client.expect(CONNACK, code=0)
        except AssertionError:
            return False
        return client

    broker.write_config(limits={"memory": "512MiB", "connect_rate_per_address": "unlimited"})
    broker.signal(signal.SIGHUP)
    until(lambda: "enough memory" in broker.log(), 10, "the new cap is not obeyed")
    reader = room_again()
    assert reader, "no room after the cap was raised"
    for _ in range(sent - 1):
        reader.expect_publish(topic, payload)
    canary.check()


def short_of_memory(broker, share, word):
    """From now on the broker has so large a share of its cap; it says so."""
    told = broker.log().count(word)
    broker.write_config(limits={**broker.sections["limits"], "memory": int(broker.rss() / share)})
    broker.signal(signal.SIGHUP)
    until(lambda: broker.log().count(word) > told, PATIENCE, f"it does not say: {word}")


def hold(broker, size):
    """A client that keeps so many MiB of the broker's, since it has not sent all of its packet; and
    how it goes on."""
    client = broker.connect(V5, unique(f"holds{size}-"))
    packet = packets.publish(V5, "t", b"x" * (size + 1) * MIB)
    client.send(packet[:size * MIB])
    return client, lambda: client.send(packet[size * MIB:])


def hold_unread(broker, size):
    """The same, but it does not read what it is sent."""
    client = broker.open(V5, unique(f"holds{size}-"), receive_buffer=4096)
    client.connect()
    client.subscribe(f"for/{size}")
    publisher = broker.connect(V5)
    for _ in range(size):
        publisher.send(packets.publish(V5, f"for/{size}", b"x" * MIB))
    publisher.disconnect()
    return client, lambda: [client.expect_publish(f"for/{size}", b"x" * MIB) for _ in range(size)]


def wait_for_end_of(client):
    """It may come within a packet."""
    while client.stream.receive(PATIENCE):
        pass


GENEROUS = {"mqtt": {"max_packet_size": "64MiB", "max_queued_bytes": "unlimited"},
            "limits": {"memory": "unlimited", "max_output_bytes": "64MiB", "output_stall": "1h",
                       "connect_rate_per_address": "unlimited"}}


@pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")
def test_who_publishes_is_slowed_down_while_memory_is_short(own_broker, version):
    """limits.memory, its first stage, 70 %: publishers are read from four times a second only, all
    that they send arrives, others do not notice; later it is as before."""
    broker = own_broker(**GENEROUS).start()
    reader, publisher, witness = (broker.connect(version) for _ in range(3))
    hold(broker, 30)  # a cap has at least 16 MiB
    until(lambda: broker.rss() > 30 * MIB, PATIENCE, "it holds nothing")
    topic = unique("t")
    reader.subscribe(topic, qos=1)

    def count_for_a_second(act):
        began, count = time.monotonic(), 0
        while time.monotonic() < began + 1:
            act(count)
            count += 1
        return count

    def publish(number):
        publisher.publish(topic, b"%d" % number, qos=1)
        reader.expect_publish(topic, b"%d" % number)

    calm = count_for_a_second(publish)
    short_of_memory(broker, 0.77, "publishers are slowed down")
    slowed = count_for_a_second(publish)
    pings = count_for_a_second(lambda _: witness.ping())
    short_of_memory(broker, 0.3, "enough memory")
    again = count_for_a_second(publish)
    print(f"{calm} messages a second, then {slowed}, then {again}; {pings} pings")
    assert slowed < min(calm, pings, again) / 3


@pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")
def test_who_is_there_is_served_when_nobody_else_is_let_in(own_broker, version):
    """limits.memory, its second stage, 85 %: CONNECT is refused, what others publish is taken, kept and
    delivered; later everybody comes in."""
    broker = own_broker(**GENEROUS).start()
    reader, publisher = broker.connect(version), broker.connect(version)
    hold(broker, 40)
    until(lambda: broker.rss() > 40 * MIB, PATIENCE, "it holds nothing")
    topic = unique("t")
    reader.subscribe(topic, qos=2)
    short_of_memory(broker, 0.77, "publishers are slowed down")  # what is free is given back now
    short_of_memory(broker, 0.9, "no more clients")
    for _ in range(3):
        more = broker.open(version, unique("c"))
        more.send_connect()
        more.expect(CONNACK, code=0x97 if version == V5 else 3)
        more.expect_closed()
    for qos in (0, 1, 2):
        assert publisher.publish(topic, b"%d" % qos, qos=qos, retain=qos == 1) == 0
        reader.expect_publish(topic, b"%d" % qos, qos=qos)
    reader.unsubscribe(topic)
    reader.subscribe(topic)
    reader.expect_publish(topic, b"1", retain=True)
    assert "no more messages" not in broker.log()
    short_of_memory(broker, 0.3, "enough memory")
    broker.connect(version).ping()


@pytest.mark.skipif(bool(CONTROL) or is_sanitized(), reason="what is freed there stays resident")
@pytest.mark.parametrize("held_by", [hold, hold_unread])
def test_who_holds_most_is_closed_when_memory_ends(own_broker, held_by):
    """limits.memory, its last stage, 95 %: the connection that holds most is closed, by not reading or
    by not finishing what it sends; since that is enough, those that hold less, and the others,
    stay."""
    broker = own_broker(workers=1, **GENEROUS).start()
    canary = Canary(broker)
    small, most, little = (held_by(broker, size) for size in (4, 24, 2))
    until(lambda: broker.rss() > 30 * MIB, PATIENCE, "they hold nothing")
    short_of_memory(broker, 0.77, "publishers are slowed down")  # what is free is given back now
    short_of_memory(broker, 0.97, "no more messages")
    until(lambda: "enough memory" in broker.log(), PATIENCE, "there is no room again")
    assert broker.log().count("no memory left") == 1
    canary.check()
    wait_for_end_of(most[0])
    for client, go_on in (small, little):
        go_on()
        client.ping()


def test_a_pubcomp_flood_for_nothing(own_broker, any_version):
    """X-QOS-1 acknowledgements of nothing cost nothing."""
    broker = own_broker().start()
    canary = Canary(broker)
    client = broker.connect(any_version)
    before = broker.rss()
    for packet_id in range(1, scaled(20000), 500):
        client.send(*[packets.pubrel(packet_id % 60000 + i) for i in range(500)])
        for i in range(500):
            client.expect(PUBCOMP, packet_id=packet_id % 60000 + i)
    canary.check()
    assert_memory(broker, before, 4 * MIB, "PUBRELs of nothing")
