"""PINGREQ, DISCONNECT, keep alive (sections 3.12 to 3.14)."""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import PATIENCE, unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import (CONNACK, DISCONNECT, NAMES, PINGREQ, PINGRESP, SUBACK, UNSUBACK, V5,
                              V31, V311)


def test_pingreq_is_answered(broker, any_version):
    """[MQTT-3.12.4-1]"""
    client = broker.connect(any_version)
    for _ in range(3):
        client.send(packets.pingreq())
        client.expect(PINGRESP)


def test_a_pingreq_with_a_body_is_malformed(broker, any_version):
    """[MQTT-3.12.4-1] [MQTT-4.13.1-1]"""
    client = broker.connect(any_version)
    client.send(packets.plain(PINGREQ, b"\0"))
    client.expect_disconnect(0x81)


# ---- keep alive

@pytest.mark.slow
@pytest.mark.parametrize("version", [V31, V311, V5])
def test_a_silent_client_is_closed_after_one_and_a_half_keep_alives(broker, version):
    """[MQTT-3.1.2-22] [MQTT-3.2.2-22] [MQTT311-3.1.2-24] not before, and 5.0 is told why."""
    client = broker.connect(version, keep_alive=2)
    start = time.monotonic()
    client.expect_disconnect(0x8D, within=8)
    assert 2.9 <= time.monotonic() - start <= 5.5


@pytest.mark.slow
def test_a_client_that_pings_is_not_closed(broker, version):
    """[MQTT-3.1.2-22] three seconds with a keep alive of one."""
    client = broker.connect(version, keep_alive=1)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        client.ping()
        with pytest.raises(AssertionError, match="nothing came"):
            client.receive(within=0.5)
    client.ping()


@pytest.mark.slow
def test_any_packet_keeps_the_connection_alive(broker, version, topic):
    """[MQTT-3.1.2-22]"""
    client = broker.connect(version, keep_alive=1)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        client.publish(topic, b"x")
        with pytest.raises(AssertionError, match="nothing came"):
            client.receive(within=0.5)
    client.ping()


@pytest.mark.slow
def test_a_partial_packet_does_not_keep_the_connection_alive(broker, version):
    """[MQTT-3.1.2-22] one byte of a long PUBLISH every 0.3 s is no packet."""
    client = broker.connect(version, keep_alive=1)
    start = time.monotonic()
    client.send(b"\x30\x64")
    closed = False
    while not closed and time.monotonic() < start + 6:
        client.send(b"\0")
        try:
            client.expect_disconnect(0x8D, within=0.3)
            closed = True
        except AssertionError as failure:
            assert "nothing came" in str(failure) or "did not close" in str(failure)
    assert closed and time.monotonic() - start < 5


@pytest.mark.slow
def test_deliveries_do_not_keep_the_connection_alive(broker, version, topic):
    """[MQTT-3.1.2-22] what the broker sends is no packet of the client."""
    client, publisher = broker.connect(version, keep_alive=1), broker.connect(version)
    client.subscribe(topic)
    start, closed = time.monotonic(), False
    while not closed and time.monotonic() < start + 6:
        publisher.publish(topic, b"x")
        try:
            packet = client.receive(within=0.2)
            closed = packet.type == DISCONNECT and packet.code == 0x8D
        except AssertionError:
            closed = client.closed
    assert closed and time.monotonic() - start < 5


@pytest.mark.slow
def test_the_servers_keep_alive_is_enforced(broker_with):
    """[MQTT-3.2.2-22] max_keepalive 1: a client that asked for an hour is closed after 1.5 s."""
    broker = broker_with(mqtt={"max_keepalive": 1})
    for asked in (3600, 0, 65535):
        client = broker.connect(V5, keep_alive=asked)
        assert client.connack.properties["server_keep_alive"] == 1
        start = time.monotonic()
        client.expect_disconnect(0x8D, within=5)
        assert 1.4 <= time.monotonic() - start <= 4


@pytest.mark.slow
def test_a_3_client_keeps_the_keep_alive_it_asked_for(broker_with, v3_version):
    """[X-KA-1] our policy: 3.x cannot be told another value, so it keeps its own; 0 means never."""
    broker = broker_with(mqtt={"max_keepalive": 1})
    for asked in (0, 60):
        client = broker.connect(v3_version, keep_alive=asked)
        with pytest.raises(AssertionError, match="nothing came"):
            client.receive(within=2.2)
        client.ping()


@pytest.mark.skipif(bool(CONTROL), reason="an option of lmqttd")
@pytest.mark.parametrize("asked, taken", [(1, True), (60, True), (61, False), (600, False),
                                          (65535, False), (0, False)])
def test_b05_a_3_client_that_would_keep_a_longer_one_may_be_refused(broker_with, v3_version, asked,
                                                                taken):
    """B05 B09: CVE-2020-13849: mqtt.refuse_long_keepalive, so that nobody stays for ever and says
    nothing; 5.0 clients are told what to keep."""
    broker = broker_with(mqtt={"max_keepalive": 60, "refuse_long_keepalive": True})
    client = broker.open(v3_version, unique("c"))
    client.send_connect(keep_alive=asked)
    if taken:
        client.expect(CONNACK, code=0)
        client.ping()
    else:
        client.expect(CONNACK, code=2)
        client.expect_closed()
        until(lambda: "its keep alive is longer than max_keepalive, or none" in broker.log(),
              PATIENCE, "the log says why")
    modern = broker.connect(V5, keep_alive=asked)
    assert modern.connack.properties.get("server_keep_alive", asked) == (asked if taken else 60)


@pytest.mark.parametrize("asked", [43690, 43691, 65535])
def test_the_largest_keep_alives_do_not_wrap(broker_with, version, asked):
    """[MQTT-3.1.2-22] 1.5 times 43 691 does not fit 16 bits; the client is not closed early."""
    broker = broker_with(mqtt={"max_keepalive": "unlimited"})
    client = broker.connect(version, keep_alive=asked)
    if version == V5:
        assert client.connack.properties.get("server_keep_alive", asked) == asked
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=1.2)
    client.ping()


# ---- DISCONNECT

def test_disconnect_is_followed_by_the_broker_closing(broker, any_version):
    """[MQTT-3.14.4-2] the client waits for it and says nothing more."""
    client = broker.connect(any_version)
    start = time.monotonic()
    client.send(packets.disconnect(any_version))
    client.expect_closed()
    assert time.monotonic() - start < 1


def test_packets_behind_disconnect_are_ignored(broker, any_version, topic):
    """[MQTT-3.14.4-1]"""
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    client = broker.connect(any_version)
    client.send(packets.disconnect(any_version), packets.publish(any_version, topic, b"late"),
                packets.pingreq())
    client.expect_closed()
    watcher.expect_nothing(broker.connect(any_version))


def test_garbage_behind_disconnect_does_not_bring_the_will_back(broker, any_version, topic):
    """[MQTT-3.14.4-1] [MQTT-3.14.4-3]"""
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    client = broker.connect(any_version, will=Will(topic))
    client.send(packets.disconnect(any_version), b"\xff\xff\xff\xff\xff")
    client.expect_closed()
    watcher.expect_nothing(broker.connect(any_version))


@pytest.mark.parametrize("form", ["empty", "code", "code_and_properties", "with_properties"])
def test_every_length_of_disconnect_is_understood(broker, topic, form):
    """[X-DISC-3] the will stays unpublished, so it was taken as a normal end."""
    code, properties = {
        "empty": (None, None), "code": (0, None), "code_and_properties": (0, []),
        "with_properties": (0, [("reason_string", "bye"), ("user_property", ("k", "v"))]),
    }[form]
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    broker.connect(V5, will=Will(topic)).disconnect(code, properties)
    watcher.expect_nothing(broker.connect(V5))


@pytest.mark.parametrize("code", [0x01, 0x05, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x9A, 0x9C, 0x9F,
                                  0xA2, 0xFF])
def test_a_disconnect_code_that_is_not_the_clients_is_refused(broker, topic, code):
    """[MQTT-3.14.2-1] server-only and unknown codes: the connection ends as after any protocol
    error, with the will published."""
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    client = broker.connect(V5, will=Will(topic))
    client.send(packets.disconnect(V5, code))
    client.expect_disconnect(0x81, 0x82)
    watcher.expect_publish(topic, b"gone")


@pytest.mark.parametrize("body", [b"\0\5", b"\0\0\0", b"\0\x05\x11\0\0", b"\0\x02\x1f\0"],
                         ids=bytes.hex)
def test_a_broken_disconnect_is_malformed(broker, body):
    """[MQTT-4.13.1-1]"""
    client = broker.connect(V5)
    client.send(packets.plain(DISCONNECT, body))
    client.expect_disconnect(0x81)


def test_a_3_disconnect_has_no_body(broker, v3_version, topic):
    """[MQTT311-4.8.0-1] the connection ends; it was malformed, so the will is published."""
    watcher = broker.connect(v3_version)
    watcher.subscribe(topic)
    client = broker.connect(v3_version, will=Will(topic))
    client.send(packets.plain(DISCONNECT, b"\0"))
    client.expect_closed()
    watcher.expect_publish(topic, b"gone")


@pytest.mark.parametrize("name, value", [("server_reference", "x"), ("receive_maximum", 1),
                                         ("assigned_client_identifier", "x")],
                         ids=lambda value: value if isinstance(value, str) else "")
def test_a_foreign_property_in_disconnect_is_refused(broker, name, value):
    """[X-PROP-1] Server Reference is for servers."""
    client = broker.connect(V5)
    client.send(packets.disconnect(V5, 0, [(name, value)]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("name, value", [("session_expiry_interval", 1), ("reason_string", "r")],
                         ids=lambda value: value if isinstance(value, str) else "")
def test_a_disconnect_property_twice_is_refused(broker, name, value):
    """[X-PROP-2]"""
    client = broker.connect(V5, properties=[("session_expiry_interval", 5)])
    client.send(packets.disconnect(V5, 0, [(name, value), (name, value)]))
    client.expect_disconnect(0x82)


@pytest.mark.parametrize("limit", [30, 40, 60])
def test_a_disconnect_fits_the_clients_maximum_packet_size(broker, limit):
    """[MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.14.2-2]"""
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=[("maximum_packet_size", limit)])
    try:
        client.expect(CONNACK, code=0)
    except AssertionError as failure:
        assert "closed" in str(failure)
        pytest.skip(f"CONNACK does not fit {limit} bytes")
    client.send(packets.publish(V5, "#", b"x"))
    client.expect_disconnect(0x90)


def test_a_reason_of_0x80_or_more_always_closes(broker, topic):
    """[MQTT-4.13.2-1] also for a client that does not read what it was told."""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", qos=3, packet_id=1))
    client.send(*[packets.pingreq()] * 100)
    client.expect_disconnect(0x81)


# ---- packets that are not a client's

@pytest.mark.parametrize("kind", [0, CONNACK, SUBACK, UNSUBACK, PINGRESP], ids=lambda k: NAMES[k])
@pytest.mark.parametrize("length", [0, 2, 3])
def test_packet_types_of_the_server_are_refused_from_a_client(broker, any_version, kind, length):
    """[X-TYPE-1] [MQTT-4.13.1-1]"""
    client = broker.connect(any_version)
    client.send(packets.plain(kind, b"\0\1\0"[:length]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("flags", [0, 1, 2, 15])
def test_type_15_does_not_exist_in_3(broker, v3_version, flags):
    """[X-TYPE-1]"""
    client = broker.connect(v3_version)
    client.send(packets.frame(0xF0 | flags))
    client.expect_closed()
