"""The PROXY protocol, versions 1 and 2: who may say whose connection it is, and what is said wrongly.

Row A16 of the list of attacks; tests/net checks the header byte by byte.
"""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import until
from mqtt_wire.certificates import shared_server
from mqtt_wire.client import PATIENCE, Client, unique
from mqtt_wire.proxy import (ADDRESSES, ADDRESSES_6, LOCAL, PEER, PEER_6, SIGNATURE, UNSPEC, V1, V1_6, V2, V2_6,
                             v2)
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import V5
from mqtt_wire.transports import Refused, RefusedStream, TlsStream, WebSocketStream

HEADERS = [(V1, f"{PEER}:49153"), (V2, f"{PEER}:49153"), (V1_6, f"[{PEER_6}]:49153"), (V2_6, f"[{PEER_6}]:49153")]


@pytest.fixture(params=["tcp", "tls", "ws", "wss"])
def behind(request, own_broker):
    """behind(trusted=[...]): a broker that expects the header, under every transport."""
    def make(trusted=("127.0.0.1",), limits=None):
        listener = {"proxy_protocol": True, "proxy_trusted": list(trusted)}
        if request.param in ("tls", "wss"):
            _, certificate, key = shared_server()
            listener["tls"] = {"cert_file": str(certificate), "key_file": str(key)}
        if request.param in ("ws", "wss"):
            listener["websocket"] = {"path": "/"}
        sections = {"listener": listener, "transport": "tcp", "limits": limits or {}}
        return Behind(own_broker(**sections).start(), request.param)
    return make


class Behind:
    def __init__(self, broker, kind):
        self.broker = broker
        self.kind = kind

    def open(self, header):
        return self.go_on(TcpStream(self.broker.address), header)

    def go_on(self, stream, header):
        stream.send(header)
        client = Client(self.dress(stream), V5, unique("proxied"))
        self.broker.clients.append(client)
        return client

    def dress(self, bare):
        stream = bare
        try:
            if self.kind in ("tls", "wss"):
                stream = TlsStream(stream)
            if self.kind in ("ws", "wss"):
                stream = WebSocketStream(stream)
        except Refused:
            return RefusedStream(bare)
        return stream

    def connect(self, header):
        client = self.open(header)
        client.connect()
        return client


@pytest.mark.parametrize("header, peer", HEADERS, ids=["v1", "v2", "v1 of IPv6", "v2 of IPv6"])
def test_a16_the_peer_is_whom_the_header_names(behind, header, peer):
    """A16: of IPv4 and IPv6."""
    door = behind()
    door.connect(header).ping()
    until(lambda: peer in door.broker.log(), 5, "the log names the client")


def come_over_unix(doors, header):
    bare = doors.bare("unix")
    bare.send(header)
    client = doors.go_on("unix", bare)
    client.connect()
    client.ping()


@pytest.mark.parametrize("header, peer", HEADERS, ids=["v1", "v2", "v1 of IPv6", "v2 of IPv6"])
def test_a16_whoever_may_open_a_unix_socket_may_name_the_peer(own_doors, header, peer):
    """A16: there its mode says who is trusted, and nobody gets in without a header."""
    doors = own_doors(of_each={"proxy_protocol": True, "proxy_trusted": ["192.0.2.1"]})
    come_over_unix(doors, header)
    until(lambda: peer in doors.broker.log(), 5, "the log names the client")
    silent = doors.bare("unix")
    silent.send(packets.connect(V5, "bare"))
    assert is_closed(silent)


@pytest.mark.parametrize("header", [V1, V2])
def test_b09_a_chain_of_proxies_takes_no_places_of_its_own(own_broker, header):
    """B09: who is named by both is counted once, and not for the proxy in between."""
    listener = {"proxy_protocol": True, "proxy_trusted": ["127.0.0.1"],
                "websocket": {"path": "/", "trusted_proxies": ["203.0.113.9"]}}
    broker = own_broker(listener=listener, transport="tcp",
                        limits={"max_connections_per_address": 2}).start()
    for number in range(8):
        bare = TcpStream(broker.address)
        bare.send(header)
        time.sleep(0.05)  # in another segment than the request
        client = Client(WebSocketStream(bare, headers=[f"X-Forwarded-For: 10.0.0.{number}"]), V5,
                        unique("proxied"))
        broker.clients.append(client)
        client.connect()
        client.ping()


# Without addresses, and with some that do not count: what is behind them is the first packet.
OF_ITSELF = {
    "unknown": b"PROXY UNKNOWN\r\n",
    "unknown with more": b"PROXY UNKNOWN 203.0.113.9 198.51.100.1 1 2\r\n",
    "local": LOCAL, "local with addresses": v2(0x20, 0x11, ADDRESSES),
    "local with those of IPv6": v2(0x20, 0x21, ADDRESSES_6), "unspecified": UNSPEC,
    "unspecified with an extension": v2(0x21, 0x00, b"\x04\x00\x03abc"), "local and unspecified": v2(0x20, 0x00, b"x" * 100)}
of_itself = pytest.mark.parametrize("header", OF_ITSELF.values(), ids=OF_ITSELF)


@of_itself
def test_a16_a_proxy_may_speak_for_itself(behind, header):
    """A16: as health checks do."""
    door = behind()
    door.connect(header).ping()
    until(lambda: "peer=127.0.0.1:" in door.broker.log(), 5, "the log names the proxy")
    assert PEER not in door.broker.log()


@of_itself
def test_a16_a_proxy_may_speak_for_itself_over_a_unix_socket(own_doors, header):
    """A16"""
    doors = own_doors(of_each={"proxy_protocol": True, "proxy_trusted": ["192.0.2.1"]})
    come_over_unix(doors, header)
    assert PEER not in doors.broker.log()


@pytest.mark.parametrize("first", [
    packets.connect(V5, "bare"), b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"])
def test_a16_without_a_header_nobody_gets_in(behind, first):
    broker = behind().broker
    stream = TcpStream(broker.address)
    stream.send(first)
    assert is_closed(stream)
    until(lambda: "PROXY header missing or malformed" in broker.log(), 5, "the log says why")


def is_closed(stream):
    """Without MQTT, TLS or HTTP in answer: the header comes first."""
    return stream.receive(PATIENCE) == b""


@pytest.mark.parametrize("header", [V1, V2])
def test_a16_a_header_that_ends_anywhere_lets_nobody_in(behind, header):
    broker = behind().broker
    for cut in range(len(header)):
        stream = TcpStream(broker.address)
        stream.send(header[:cut])
        stream.finish()
        assert is_closed(stream), f"after {cut} bytes"
        stream.close()
    broker.assert_alive()


@pytest.mark.parametrize("header", [V1, V2])
def test_a16_a_header_split_anywhere_is_whole(behind, header):
    door = behind()
    for cut in range(1, len(header)):
        stream = TcpStream(door.broker.address)
        stream.send(header[:cut])
        door.go_on(stream, header[cut:]).connect()
    until(lambda: "203.0.113.9:49153" in door.broker.log(), 5, "the log names the client")


malformed = pytest.mark.parametrize("header", [
    V1[:-2] + b" extra\r\n", b"PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n", b"PROXY " + b"x" * 200,
    V1.replace(b"TCP4", b"TCP6"), V1_6.replace(b"TCP6", b"TCP4"), V1_6.replace(b"db8::9", b"db8:::9"),
    V1_6.replace(b"49153", b"65536"), SIGNATURE + b"\x21\x11\xff\xff",
    SIGNATURE + b"\x31\x11\x00\x0c" + ADDRESSES, v2(0x22, 0x11, ADDRESSES), v2(0x21, 0x41, ADDRESSES),
    v2(0x21, 0x21, ADDRESSES), v2(0x21, 0x21, ADDRESSES_6[:-1]), v2(0x21, 0x11, ADDRESSES + b"\x04")])


@malformed
def test_a16_a_malformed_header_is_closed(behind, header):
    """A16"""
    broker = behind().broker
    stream = TcpStream(broker.address)
    stream.send(header)
    assert is_closed(stream)
    until(lambda: "PROXY header missing or malformed" in broker.log(), 5, "the log says why")


@malformed
def test_a16_a_malformed_header_is_closed_over_a_unix_socket(own_doors, header):
    """A16: who may open it is trusted to name the peer, not to say anything."""
    doors = own_doors(of_each={"proxy_protocol": True, "proxy_trusted": ["192.0.2.1"]})
    stream = doors.bare("unix")
    stream.send(header + packets.connect(V5, "behind"))
    assert is_closed(stream)
    until(lambda: "PROXY header missing or malformed" in doors.broker.log(), 5, "the log says why")


def test_a16_a_header_from_elsewhere_is_not_even_read(behind):
    broker = behind(trusted=["192.0.2.1"]).broker
    stream = TcpStream(broker.address)
    stream.send(V1)
    assert is_closed(stream)
    until(lambda: "not a trusted proxy" in broker.log(), 5, "the log says why")


def test_a16_where_none_is_expected_a_header_is_a_malformed_packet(broker):
    client = Client(TcpStream(broker.address), V5, "eager")
    client.send_raw(V1)
    client.expect_closed()


def test_a16_the_header_may_come_byte_by_byte(behind):
    door = behind()
    stream = TcpStream(door.broker.address)
    for at in range(len(V2) - 1):
        stream.send(V2[at:at + 1])
    stream.send(V2[-1:])
    if door.kind in ("tls", "wss"):
        stream = TlsStream(stream)
    if door.kind in ("ws", "wss"):
        stream = WebSocketStream(stream)
    client = Client(stream, V5, "bytes")
    client.connect()
    client.ping()


def test_b09_limits_are_those_of_the_address_that_is_named(behind):
    door = behind(limits={"max_connections_per_address": 1})
    first = door.connect(V1)
    for _ in range(10):
        second = door.open(V1)
        second.send_connect()
        second.expect_closed()
    other = door.connect(b"PROXY TCP4 203.0.113.10 198.51.100.1 49153 1883\r\n")
    first.ping()
    other.ping()
