"""MQTT over WebSocket (MQTT 5.0, 6): the upgrade, frames of any split, and what is refused.

Rows A17, A18 and B13 of the list of attacks. tests/net checks the filter byte by byte; here it is the
whole broker, with and without TLS. The rules of frames, one by one, are in test_54_websocket_framing.py.
"""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import until
from mqtt_wire.websocket_door import WebSocketDoor, websocket_listener
from mqtt_wire.tables import CONNACK, PINGRESP, V5
from mqtt_wire.transports import WebSocketStream

frame = WebSocketStream.frame


@pytest.fixture(params=["ws", "wss"])
def websocket(request, own_broker):
    """websocket(path=...): a broker with one listener over WebSocket, plain and over TLS."""
    def make(limits=None, **options):
        sections = {"listener": websocket_listener(request.param == "wss", **options),
                    "transport": "tcp"}  # and what `listener` adds to it
        if limits:
            sections["limits"] = limits
        return WebSocketDoor(own_broker(**sections).start(), request.param == "wss")
    return make


def read_all(stream, within=5):
    got = b""
    while True:
        data = stream.receive(within)
        if not data:
            return got
        got += data


def test_a_client_does_everything_over_it(websocket, any_version):
    client = websocket().connect(any_version)
    client.subscribe("t", qos=2)
    for qos in (0, 1, 2):
        client.publish("t", b"%d" % qos + b"x" * 70_000, qos=qos)
        assert client.expect_publish("t").payload[:1] == b"%d" % qos
    client.disconnect()


@pytest.mark.parametrize("protocol", ["mqtt", "mqttv3.1", "mqttv3.1, mqtt"])
def test_both_sub_protocols_are_spoken(websocket, protocol):
    """[MQTT-6.0.0-3] [MQTT-6.0.0-4]"""
    stream = websocket().stream(protocol=protocol)
    chosen = "mqttv3.1" if protocol == "mqttv3.1" else "mqtt"
    assert f"Sec-WebSocket-Protocol: {chosen}\r\n" in stream.response + "\r\n"


def test_what_is_no_request_for_mqtt_is_refused(websocket):
    door = websocket(origins=["https://example.org"])
    assert door.status(path="/") == "404"
    assert door.status(path="/mqtt/") == "404"
    assert door.status(protocol=None) == "400"
    assert door.status(protocol="soap") == "400"
    assert door.status(headers=["Origin: https://evil.example"]) == "403"
    assert door.status(headers=["Content-Length: 3"]) == "400"
    door.stream(headers=["Origin: https://example.org"])
    door.stream(path="/mqtt?x=1")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a17_packets_may_be_split_over_frames_anywhere(websocket, size):
    """[MQTT-6.0.0-2]"""
    client = websocket().connect(frame_size=size)
    client.subscribe("t")
    client.publish("t", b"abc", qos=1)
    assert client.expect_publish("t").payload == b"abc"


def test_a17_many_packets_may_share_a_frame_or_a_message(websocket):
    client = websocket().open()
    connect = packets.connect(V5, "together")
    raw = client.stream.lower
    raw.send(frame(2, connect + packets.pingreq(), fin=False) + frame(9, b"now") +
             frame(0, b"", fin=False) + frame(0, packets.pingreq()))
    client.expect(CONNACK)
    client.expect(PINGRESP)
    client.expect(PINGRESP)
    assert client.stream.pongs == [b"now"]


def test_a17_the_will_is_published_when_the_frames_break(websocket, topic):
    door = websocket()
    reader = door.connect()
    reader.subscribe(topic)
    broken = door.open()
    broken.connect(will=packets.Will(topic, b"gone"))
    broken.stream.lower.send(frame(1, b"text"))
    assert reader.expect_publish(topic).payload == b"gone"


def test_a_disconnect_of_the_broker_is_followed_by_a_close(websocket):
    door = websocket()
    client = door.connect()
    client.send(packets.connect(V5, "again"))
    client.expect_disconnect(0x82)
    assert client.stream.close_code == 1000


def test_b07_pings_that_nobody_reads_the_answers_of_end(websocket):
    door = websocket(limits={"max_output_bytes": "64KiB", "output_stall": "1s"})
    client = door.connect()
    raw = client.stream.lower
    pings = frame(9, b"x" * 125) * 1000
    deadline = time.monotonic() + 20
    while raw.send(pings):
        assert time.monotonic() < deadline, "it goes on answering"
    door.connect().ping()


@pytest.mark.parametrize("said", [
    b"G", b"GET /mqtt HTTP/1.1\r\nHost: a\r\n", b"", b"GET /mqtt HTTP/1.1\r\nX: " + b"a" * 4000])
def test_a18_a_request_that_does_not_end_is_closed_in_time(websocket, said):
    door = websocket(limits={"handshake_timeout": "500ms"})
    slow = door.bare()
    slow.send(said)
    assert read_all(slow) == b""


def test_a18_a_request_that_is_too_long_is_answered_and_closed(websocket):
    door = websocket()
    long = door.bare()
    long.send(b"GET /mqtt HTTP/1.1\r\nX: " + b"a" * 9000)
    assert read_all(long).startswith(b"HTTP/1.1 431 ")


FOREIGN = ["https://evil.example", "http://localhost.evil.example", "null"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_c20_a_page_of_another_host_is_no_program_of_this_machine(websocket, any_version, origin):
    """C20: a page that somebody has open here, or what a name server makes of its host, is not
    anonymous by default; with a name of its own, or where the listener says so, it may come."""
    door = websocket()
    page = door.open(any_version, headers=[f"Origin: {origin}"])
    page.send_connect()
    assert page.expect(CONNACK).code == (0x87 if any_version == V5 else 5)
    page.expect_closed()
    door.connect(any_version, headers=["Origin: http://localhost:3000"]).ping()
    door.connect(any_version).ping()


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_host_may_come_where_somebody_says_so(own_broker, websocket, origin):
    websocket(origins=[origin]).connect(headers=[f"Origin: {origin}"]).ping()
    listener = {**websocket_listener(False), "allow_anonymous": True}
    broker = own_broker(listener=listener, transport="tcp").start()
    WebSocketDoor(broker, False).connect(headers=[f"Origin: {origin}"]).ping()


def test_b13_no_extension_is_agreed_on(websocket):
    stream = websocket().stream(headers=["Sec-WebSocket-Extensions: permessage-deflate"])
    assert "extensions" not in stream.response.lower()


def test_the_address_is_who_a_trusted_proxy_says(websocket):
    door = websocket(trusted_proxies=["127.0.0.0/8"])
    door.connect(headers=["X-Forwarded-For: 203.0.113.9"]).ping()
    until(lambda: "203.0.113.9" in door.broker.log(), 5, "the log names the client")


def test_nobody_else_says_who_it_is(websocket):
    door = websocket(trusted_proxies=["192.0.2.1"])
    door.connect(headers=["X-Forwarded-For: 203.0.113.9"]).ping()
    assert "203.0.113.9" not in door.broker.log()


def test_b09_one_address_behind_a_proxy_is_limited_and_the_others_are_not(websocket):
    door = websocket(limits={"max_connections_per_address": 2}, trusted_proxies=["127.0.0.1"])
    kept = [door.connect(headers=["X-Forwarded-For: 203.0.113.9"]) for _ in range(2)]
    third = door.open(headers=["X-Forwarded-For: 203.0.113.9"])
    third.send_connect()
    third.expect_closed()
    others = [door.connect(headers=[f"X-Forwarded-For: 203.0.113.{n}"]) for n in range(10, 15)]
    for client in kept + others:
        client.ping()
