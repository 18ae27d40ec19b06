"""Limits of the configuration, each at its value and one above (B09 of the exhaustion groups)."""

import select
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import until
from mqtt_wire.client import PATIENCE, Closed, unique
from mqtt_wire.packets import Will
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import CONNACK, DISCONNECT, PUBACK, SUBACK, UNSUBACK, V5
from mqtt_wire.transports import TRANSPORT

of_addresses = pytest.mark.skipif(TRANSPORT == "unix", reason="UNIX sockets have no addresses")


def refused(client, request, *kinds):
    """The broker says no: a code >= 0x80 in one of these packets, a DISCONNECT, or (3.x) it
    closes."""
    client.send(request)
    try:
        answer = client.receive()
    except AssertionError:
        assert client.closed, "no answer at all"
        return None
    codes = answer.codes if answer.codes is not None else [answer.code]
    assert answer.type in (*kinds, DISCONNECT), str(answer)
    assert all(code >= 0x80 for code in codes[-1:]), str(answer)
    return answer


def test_b09_filters_per_subscribe(broker_with, version):
    """B09: limits.max_filters_per_subscribe."""
    broker = broker_with(limits={"max_filters_per_subscribe": 5})
    prefix, client = unique("t"), broker.connect(version)
    client.subscribe(*[f"{prefix}/{i}" for i in range(5)])
    for count in (6, 50):
        client = broker.connect(version)
        filters = [(f"{prefix}/{i}", 0) for i in range(count)]
        refused(client, packets.subscribe(version, 1, filters), SUBACK)
    broker.connect(version).ping()


def test_b09_subscriptions_per_session(broker_with, version):
    """B09: limits.max_subscriptions_per_session; replacing one and ending one are no additions."""
    broker = broker_with(limits={"max_subscriptions_per_session": 5})
    prefix, client = unique("t"), broker.connect(version)
    client.subscribe(*[f"{prefix}/{i}" for i in range(5)])
    client.subscribe(f"{prefix}/0", qos=1)
    refused(client, packets.subscribe(version, 9, [(f"{prefix}/5", 0)]), SUBACK)
    if not client.closed and not client.ended:
        client.unsubscribe(f"{prefix}/1")
        client.subscribe(f"{prefix}/5")


def test_b09_subscriptions_beyond_the_limit_fail_one_by_one(broker_with):
    """B09: [MQTT-3.8.4-5] the first three of five are granted."""
    broker = broker_with(limits={"max_subscriptions_per_session": 3})
    prefix, client = unique("t"), broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [(f"{prefix}/{i}", 1) for i in range(5)]))
    client.expect(SUBACK, packet_id=1, codes=[1, 1, 1, 0x97, 0x97])


def test_b09_topic_bytes(broker_with, version):
    """B09: limits.max_topic_bytes."""
    broker = broker_with(limits={"max_topic_bytes": 50})
    name = "x" * 50
    client = broker.connect(version)
    client.subscribe(name)
    client.publish(name, b"x")
    client.expect_publish(name, b"x")
    for length in (51, 500):
        refused(broker.connect(version), packets.subscribe(version, 1, [("x" * length, 0)]), SUBACK)
    refused(broker.connect(V5), packets.publish(V5, "x" * 51, b"x", qos=1, packet_id=1), PUBACK)


def test_b09_topic_levels(broker_with, version):
    """B09: limits.max_topic_levels."""
    broker = broker_with(limits={"max_topic_levels": 5})
    client = broker.connect(version)
    client.subscribe("a/b/c/d/e")
    client.publish("a/b/c/d/e", b"x")
    client.expect_publish("a/b/c/d/e", b"x")
    for levels in (6, 60):
        name = "/".join("x" * levels)
        refused(broker.connect(version), packets.subscribe(version, 1, [(name, 0)]), SUBACK)
        refused(broker.connect(V5), packets.publish(V5, name, b"x", qos=1, packet_id=1), PUBACK)


def test_b09_the_topic_of_a_will_is_limited_too(broker_with, version):
    """B09: refused at CONNECT, before there is anything to publish."""
    broker = broker_with(limits={"max_topic_bytes": 50})
    client = broker.open(version, unique("c"))
    client.send_connect(will=Will("x" * 51))
    try:
        answer = client.receive()
    except AssertionError:
        assert client.closed
        return
    assert answer.type == CONNACK and answer.code != 0
    client.expect_closed()


@pytest.mark.parametrize("count", [3, 4, 30])
def test_b09_user_properties(broker_with, topic, count):
    """B09: limits.max_user_properties is 3."""
    broker = broker_with(limits={"max_user_properties": 3})
    pairs = [("user_property", ("k", "v"))] * count
    for request, kind in (
            (packets.publish(V5, topic, b"x", qos=1, packet_id=1, properties=pairs), PUBACK),
            (packets.subscribe(V5, 1, [(topic, 0)], properties=pairs), SUBACK),
            (packets.unsubscribe(V5, 1, [topic], properties=pairs), UNSUBACK)):
        client = broker.connect(V5)
        if count == 3:
            client.send(request)
            client.expect(kind, packet_id=1)
        else:
            refused(client, request, kind)


@pytest.mark.parametrize("count", [3, 4, 30])
def test_b09_user_properties_of_connect(broker_with, count):
    """B09."""
    broker = broker_with(limits={"max_user_properties": 3})
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=[("user_property", ("k", "v"))] * count)
    if count == 3:
        client.expect(CONNACK, code=0)
    else:
        client.expect_refused_connect()


def test_b09_property_bytes(broker_with, topic):
    """B09: limits.max_property_bytes."""
    broker = broker_with(limits={"max_property_bytes": 1024})
    fits = [("user_property", ("k", "v" * 900))]
    too_much = [("user_property", ("k", "v" * 1100))]
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", qos=1, packet_id=1, properties=fits))
    client.expect(PUBACK, packet_id=1)
    refused(client, packets.publish(V5, topic, b"x", qos=1, packet_id=2, properties=too_much),
            PUBACK)


def test_b09_connect_packets(broker_with, any_version):
    """B09: limits.max_connect_packet, judged by the header alone."""
    broker = broker_with(limits={"max_connect_packet": 1024})
    client = broker.open(any_version, unique("c"))
    client.connect(will=Will("t", b"x" * 800))
    client = broker.open(any_version)
    client.send(b"\x10" + packets.varint(1025))
    client.expect_refused_connect(0x95)
    client = broker.open(any_version)
    client.send(b"\x10" + packets.varint(268435455))
    client.expect_refused_connect(0x95)


@pytest.mark.parametrize("what, key", [("client_id", "max_clientid_bytes"),
                                       ("username", "max_username_bytes"),
                                       ("password", "max_password_bytes")])
def test_b09_identity_bytes(broker_with, version, what, key):
    """B09: ids, user names and passwords at the limit and one above."""
    broker = broker_with(limits={"max_clientid_bytes": 23, "max_username_bytes": 23,
                                 "max_password_bytes": 23})
    for length, accepted in ((23, True), (24, False), (200, False)):
        value = "x" * length
        client = broker.open(version, value if what == "client_id" else unique("")[-10:])
        more = {"username": "u"}
        if what != "client_id":
            more[what] = value if what == "username" else value.encode()
        client.send_connect(**more)
        answer = client.expect(CONNACK)
        assert (answer.code == 0) == accepted, f"{key}: {length} bytes, {answer}"
        if not accepted:
            client.expect_closed()


def turned_away(broker, version):
    """One more client is closed, or told so in CONNACK."""
    extra = broker.open(version, unique("c"))
    extra.send_connect()
    try:
        answer = extra.receive()
    except Closed:
        return
    assert answer.type == CONNACK and answer.code in ((0x97, 0x89) if version == V5 else (3,))
    extra.expect_closed()


def let_in(broker, version):
    """One more client is served as soon as the broker has seen an earlier one go."""
    found = []

    def served():
        client = broker.open(version, unique("c"))
        client.send_connect()
        try:
            client.expect(CONNACK, code=0)
        except Closed:
            client.stream.close()
            return False
        found.append(client)
        return True

    until(served, 5, "no place became free")
    found[0].ping()
    return found[0]


@pytest.mark.parametrize("options", [
    {"limits": {"max_connections": 3}},
    pytest.param({"limits": {"max_connections_per_address": 3}}, marks=of_addresses),
    {"listener": {"max_connections": 3}}], ids=["all", "per_address", "per_listener"])
def test_b09_connections(broker_with, version, options):
    """B09: limits.max_connections and its like; a place becomes free when a client leaves."""
    broker = broker_with(**options)
    clients = [let_in(broker, version) for _ in range(3)]
    turned_away(broker, version)
    for client in clients:
        client.ping()
    clients.pop().disconnect()
    clients.append(let_in(broker, version))
    turned_away(broker, version)
    for client in clients:
        client.disconnect()


def test_b09_retained_messages(broker_with, version):
    """B09: limits.max_retained_messages; replacing and deleting still work, and so do plain
    messages."""
    broker = broker_with(limits={"max_retained_messages": 3})
    prefix, client = unique("t"), broker.connect(V5)
    for i in range(3):
        client.publish(f"{prefix}/{i}", b"x", qos=1, retain=True)
    code = client.publish(f"{prefix}/3", b"x", qos=1, retain=True)
    assert code >= 0x80
    client.publish(f"{prefix}/0", b"replaced", qos=1, retain=True)
    watcher = broker.connect(version)
    watcher.subscribe(f"{prefix}/#")
    got = {packet.topic: packet.payload for packet in
           (watcher.expect_publish(retain=True) for _ in range(3))}
    assert got == {f"{prefix}/0": b"replaced", f"{prefix}/1": b"x", f"{prefix}/2": b"x"}
    for i in range(3):
        client.publish(f"{prefix}/{i}", b"", qos=1, retain=True)
    assert client.publish(f"{prefix}/3", b"x", qos=1, retain=True) < 0x80
    client.publish(f"{prefix}/3", b"", qos=1, retain=True)


def test_b09_sessions(broker_with):
    """B09: limits.max_sessions counts stored ones; an existing session is always resumed."""
    broker = broker_with(limits={"max_sessions": 3})
    expiry = [("session_expiry_interval", 60)]
    names = [unique("c") for _ in range(3)]
    for name in names:
        broker.connect(V5, name, clean=False, properties=expiry).disconnect()
    extra = broker.open(V5, unique("c"))
    extra.send_connect(clean=False, properties=expiry)
    extra.expect(CONNACK, code=0x97)
    extra.expect_closed()
    again = broker.connect(V5, names[0], clean=False, properties=expiry)
    assert again.connack.session_present
    for name in names:
        broker.connect(V5, name, clean=True).disconnect()


def closed_ones(streams, count):
    """How many of these the broker closes; waits for at least so many."""
    poll, closed = select.poll(), set()
    for stream in streams:
        poll.register(stream.socket, select.POLLIN)
    deadline = time.monotonic() + PATIENCE
    while len(closed) < count and time.monotonic() < deadline:
        for descriptor, _ in poll.poll(100):
            closed.add(descriptor)
            poll.unregister(descriptor)
    return len(closed)


@of_addresses
def test_b09_pending_handshakes_per_address(broker_with):
    """B09: limits.max_pending_handshakes_per_address: idle sockets of one address keep nobody of
    another address out."""
    broker = broker_with(limits={"max_pending_handshakes_per_address": 5})
    idle = [TcpStream(broker.address, source="127.0.0.2") for _ in range(20)]
    broker.connect(V5).ping()
    assert closed_ones(idle, 15) == 15
    for stream in idle:
        stream.close()


@of_addresses
def test_b09_pending_handshakes_of_all(broker_with):
    """B09: limits.max_pending_handshakes."""
    broker = broker_with(limits={"max_pending_handshakes": 5})
    let_in(broker, V5)  # the connection that found the broker listening is gone by now
    idle = [TcpStream(broker.address, source=f"127.0.0.{10 + i}") for i in range(20)]
    assert closed_ones(idle, 15) == 15
    for stream in idle:
        stream.close()
    let_in(broker, V5)


@pytest.mark.slow
def test_a_connection_without_connect_is_closed(broker_with):
    """Row 48: limits.handshake_timeout is 1 s; nothing, or half a CONNECT, in that time."""
    broker = broker_with(limits={"handshake_timeout": "1s"})
    idle, partial = broker.open(V5), broker.open(V5)
    partial.send(packets.connect(V5, "half")[:-2])
    idle.expect_closed(within=4)
    partial.expect_closed(within=4)
    stays = broker.connect(V5)
    with pytest.raises(AssertionError, match="nothing came"):
        stays.receive(within=1.5)
    stays.ping()
