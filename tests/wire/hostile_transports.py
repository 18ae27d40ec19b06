"""Hostile amounts on each transport (groups B07, B08, B15, B16 of the reliability plan): who does
not read, who takes all descriptors, who fills the log, who makes TLS work for nothing.

HOSTILE_SCALE multiplies the counts. Memory figures are skipped on sanitizer builds.
"""

import collections
import re
import resource
import signal
import ssl
import subprocess
import time

import pytest

from hostile_decoder import Canary
from hostile_exhaustion import MANY_PENDING, MIB, assert_memory, scaled
from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, is_for_debugging, is_sanitized, until
from mqtt_wire.client import PATIENCE, Closed
from mqtt_wire.doors import KINDS, OVER_IP
from mqtt_wire.passwords import line_of
from mqtt_wire.proxy import LOCAL
from mqtt_wire.stream import CHUNK
from mqtt_wire.tables import CONNACK, V5, V311
from mqtt_wire.transports import Refused, TlsStream, WebSocketStream, client_context

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")


# ---- B07

def messages_a_second(publisher, reader, count=100, size=10_000, at_most=None):
    """The best of three rounds, in none of which more are published; the reader gets every message,
    in order."""
    best, filling, batch = 0, b"x" * size, max(1, 100_000 // size)
    for _ in range(3):
        began = time.monotonic()
        for base in range(0, count, batch):
            numbers = range(base, base + batch)
            if at_most:
                time.sleep(max(0, began + base / at_most - time.monotonic()))
            publisher.send(*[packets.publish(V5, "flood", b"%06d" % number + filling)
                             for number in numbers])
            for number in numbers:
                assert reader.expect_publish("flood").payload[:6] == b"%06d" % number
        best = max(best, count / (time.monotonic() - began))
    return best


@pytest.mark.parametrize("kind", KINDS)
def test_b07_subscribers_that_never_read_cost_no_more_than_they_may(own_doors, kind):
    """B07 a hundred of them, and 50 MB a second, or a quarter of what this machine can do: output and
    queue are bounded, and so is memory; who reads gets every message at no less than nine tenths of
    the rate."""
    count, size = scaled(100), 100_000
    messages = 10 if CHUNK else 100  # more than anybody may have, in three rounds
    # 64 KiB of output, as much again in the clothes of its transport, and a queue.
    allowed = count * (2 * 64 + 256) * 1024
    # At 70 % of it the publisher would be slowed down, and a sanitized program is large.
    cap = (1024 if is_sanitized() else 48) * MIB + count * 256 * 1024
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "1h", "memory": cap,
                              **MANY_PENDING},
                      mqtt={"max_queued_bytes": "256KiB"})
    canary = Canary(doors.through(kind))
    reader, publisher = doors.connect(kind), doors.connect(kind)
    reader.subscribe("flood")
    offered = min(50e6 / size, messages_a_second(publisher, reader, messages, size) / 4)
    stuck = [doors.open(kind, receive_buffer=4096) for _ in range(count)]
    for client in stuck:
        client.connect()
        client.subscribe("flood", qos=1)
    before = doors.broker.rss()
    messages_a_second(publisher, reader, messages, size)  # fills what they may have
    rate = messages_a_second(publisher, reader, scaled(messages), size, offered)
    canary.check()
    assert_memory(doors.broker, before, allowed + 8 * MIB, f"{count} that do not read")
    held = doors.broker.rss()
    print(f"{kind}: {offered:.0f} messages a second offered, {rate:.0f} received; "
          f"{held / MIB:.0f} MiB of {cap / MIB:.0f}")
    assert held < cap or is_sanitized()
    if not is_for_debugging() and not CHUNK:  # byte by byte the publisher is what is slow
        assert rate >= 0.9 * offered, f"{offered:.0f} offered, {rate:.0f} received"


def send_until_closed(stream, data):
    deadline = time.monotonic() + PATIENCE
    while stream.send(data):
        assert time.monotonic() < deadline, "it goes on answering"


@pytest.mark.parametrize("what", ["pings", "publishes"])
@pytest.mark.parametrize("kind", KINDS)
def test_b07_who_reads_no_answers_is_read_from_no_more(own_doors, kind, what):
    """B07 it waits, and is closed after limits.output_stall; what it holds is bounded."""
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "1s"})
    canary = Canary(doors.through(kind))
    said = {"pings": packets.pingreq() * 20_000,
            "publishes": packets.publish(V311, "t", b"", qos=1, packet_id=1) * 5_000}
    client = doors.open(kind, V311, receive_buffer=4096)
    client.connect()
    before = doors.broker.rss()
    send_until_closed(client.stream, said[what])
    canary.check()
    assert_memory(doors.broker, before, 4 * MIB, "answers that nobody reads")


@pytest.mark.parametrize("kind", ["ws", "wss"])
def test_b07_pings_before_connect_are_answered_only_if_read(own_doors, kind):
    """B07 frames that are no MQTT need no CONNECT; nor do they get memory without one."""
    doors = own_doors(limits={"handshake_timeout": "1h"})
    canary = Canary(doors.through(kind))
    before = doors.broker.rss()
    send_until_closed(doors.stream(kind, receive_buffer=4096).lower,
                      WebSocketStream.frame(9, b"x" * 125) * 1000)
    canary.check()
    assert_memory(doors.broker, before, 4 * MIB, "pongs that nobody reads")


@pytest.mark.parametrize("kind", KINDS)
def test_b07_output_that_was_full_goes_on_when_it_is_written(own_doors, kind):
    """B07 a reader is not kept waiting because more came at once than limits.max_output_bytes."""
    narrow, wide = ({"max_output_bytes": size} for size in ("64KiB", "1MiB"))
    rates = []
    for limits in (narrow, wide):
        doors = own_doors(limits=limits)
        reader, publisher = doors.connect(kind), doors.connect(kind)
        reader.subscribe("flood")
        rates.append(messages_a_second(publisher, reader, 50))
    assert rates[0] > rates[1] / 10, f"{rates[0]:.0f} a second, but could be {rates[1]:.0f}"


# ---- B08

def tell(client, **how):
    """The code of its CONNACK, or None: in any case it is not left waiting."""
    client.send_connect(**how)
    try:
        return client.receive().code
    except Closed:
        client.stream.close()
        return None


def cpu_share(broker, seconds=3.0):
    before, began = broker.cpu_seconds(), time.monotonic()
    time.sleep(seconds)  # nothing happens: that is what is measured
    return (broker.cpu_seconds() - before) / (time.monotonic() - began)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["from the start", "later"])
def test_b08_all_descriptors_taken(own_doors, when, tmp_path):
    """B08 500 clients, 256 descriptors: the surplus is turned away at once, nothing spins, what is
    acknowledged is stored, a reload takes all of the file or nothing, and on each transport a place
    that becomes free is taken within a second."""
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

    doors = own_doors(preexec=few if when == "from the start" else None, limits=MANY_PENDING,
                      persistence={"type": "sqlite", "path": str(tmp_path / "b08.db")})
    broker = doors.broker
    canary, changed = Canary(doors.through("wss")), {"mqtt": {"max_keepalive": 77}}
    if when == "later":
        subprocess.run(["prlimit", f"--pid={broker.process.pid}", "--nofile=256:"], check=True)
    begun = [(kind, doors.bare(kind)) for kind in KINDS * 100]
    clients = [doors.go_on(kind, bare) for kind, bare in begun]
    served = [client for client in clients if tell(client) == 0]
    assert 100 < len(served) < 256
    canary.check()
    share = cpu_share(broker)
    assert share < 0.05, f"{share:.0%} of a processor for nothing"
    assert served[0].publish("kept", b"x", qos=1, retain=True) < 0x80
    broker.write_config(**changed)
    broker.signal(signal.SIGHUP)
    until(lambda: "reloaded" in broker.log(), PATIENCE, "nothing is said about the reload")
    left = served[:]
    for kind in KINDS:
        assert tell(doors.open(kind)) != 0, "there is a place"
        left.pop().drop()
        until(lambda: tell(doors.open(kind)) == 0,  # noqa: B023
              PATIENCE if is_for_debugging() else 1, f"{kind}: no place became free")
    for client in left[::2]:
        client.drop()
    # The signal does not wait for what the shards have still to read.
    until(lambda: broker.descriptors() < 240, PATIENCE, "who has gone keeps a descriptor")
    broker.signal(signal.SIGHUP)

    def is_changed():
        client = doors.open("tls")
        told = tell(client, keep_alive=0)
        client.drop()
        return told == 0 and client.connack.properties["server_keep_alive"] == 77

    until(is_changed, PATIENCE, "the reload is forgotten")
    for client in left[1::2]:
        client.ping()
    canary.check()


# ---- B15

def causes(log):
    """How often each cause was told: a line without its time and its fields. That some of a cause
    were left out is told for many."""
    lines = [re.sub(r"^\S+ +| \w+=.*", "", line) for line in log.splitlines()]
    return collections.Counter(line for line in lines if not line.endswith(" suppressed"))


@pytest.mark.parametrize("most", [3, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_b15_bad_connections_do_not_fill_the_log(own_doors, kind, most):
    """B15 hundreds in a row: log.max_lines_per_cause lines of a cause a second, ten unless it says
    something else, and one of them says how many more."""
    log = {"max_lines_per_cause": most} if most != 10 else {}
    doors = own_doors(limits=MANY_PENDING, log=log)
    canary = Canary(doors.through(kind))
    began = time.monotonic()
    for number in range(scaled(400)):
        client = doors.open(kind, V311)
        client.send(packets.connect(V311, "x" * 300) if number % 2 else b"\xff\xff\xff")
        client.expect_closed() if number % 2 == 0 else client.receive()
        client.stream.close()
        doors.broker.clients.remove(client)
        if number % 500 == 0:
            canary.check()
    passed = time.monotonic() - began
    canary.check()
    told = causes(doors.broker.log())
    assert max(told.values()) <= most * (passed + 2), told.most_common(3)
    until(lambda: "suppressed" in doors.broker.log(), PATIENCE, "nothing says how many more")


def without_tls(doors, kind, number):
    """Garbage, HTTP, and a ClientHello that is none."""
    stream = doors.bare(kind)
    stream.send([b"\xff" * 100, b"GET / HTTP/1.1\r\n\r\n",
                 b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"][number % 3])
    return stream


def with_no_suite_of_ours(doors, kind, number):
    stream, context = doors.bare(kind), client_context(version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the certificate has another kind of key
    with pytest.raises(Refused):
        TlsStream(stream, context)
    return stream


def with_a_bad_upgrade(doors, kind, number):
    stream = doors.bare(kind)
    with pytest.raises(Refused):
        WebSocketStream(TlsStream(stream) if kind == "wss" else stream, path=f"/{number}")
    return stream


def without_a_proxy_header(doors, kind, number):
    stream = doors.bare(kind)
    stream.send(b"PROXY nonsense\r\n" if number % 2 else packets.connect(V5, "bare"))
    return stream


def with_a_wrong_password(doors, kind, number):
    client = doors.open(kind, V5)
    doors.broker.clients.remove(client)
    client.send_connect(username="alice", password=f"wrong-{number}")
    assert client.expect(CONNACK).code in (0x86, 0x9F)  # looked at, or one too many
    return client.stream


FLOODS = [*[(flood, kind) for flood in (without_tls, with_no_suite_of_ours) for kind in ("tls", "wss")],
          (with_a_bad_upgrade, "ws"), (with_a_bad_upgrade, "wss"),
          *[(flood, kind) for flood in (without_a_proxy_header, with_a_wrong_password) for kind in KINDS]]


class Proxied:
    """For a Canary, where a header is expected."""

    def __init__(self, doors):
        self.doors, self.assert_alive = doors, doors.broker.assert_alive

    def connect(self, version):
        bare = self.doors.bare("tcp")
        bare.send(LOCAL)
        client = self.doors.go_on("tcp", bare, version)
        client.connect()
        return client


def refusals_in(log):
    """Those that have a line, and those that were counted instead."""
    lines = len(re.findall(r" connection refused ", log))
    counted = [int(lines) for lines in re.findall(r' suppressed lines=(\d+) cause="connection refused"', log)]
    return lines, sum(counted)


@pytest.mark.parametrize("flood, kind", FLOODS, ids=[f"{flood.__name__}-{kind}" for flood, kind in FLOODS])
def test_b15_nobody_fills_the_log_from_before_mqtt(own_doors, tmp_path, flood, kind):
    """B15 handshakes of TLS that fail, requests that are none, headers that are missing, wrong passwords: so
    many lines of a cause a second, and those that were left out are counted, each one."""
    passwords, proxied = tmp_path / "passwords", flood is without_a_proxy_header
    passwords.write_text(line_of("alice", "secret"))
    header = {"proxy_protocol": True, "proxy_trusted": ["127.0.0.1"]} if proxied else {}
    doors = own_doors(limits=MANY_PENDING, auth={"password_file": str(passwords)},
                      of_each={"allow_anonymous": True, **header}, log={"max_lines_per_cause": 3})
    canary = Canary(Proxied(doors) if proxied else doors.through("tcp"))
    count, began = scaled(200), time.monotonic()
    for number in range(count):
        stream = flood(doors, kind, number)
        while stream.receive(PATIENCE):
            pass  # an alert, or a page; then it is closed
        stream.close()
    passed = time.monotonic() - began
    canary.check()
    assert refusals_in(doors.broker.log())[0] <= 3 * (passed + 2)
    until(lambda: sum(refusals_in(doors.broker.log())) == count, PATIENCE, "some are not counted")
    assert refusals_in(doors.broker.log())[1] > 0


def test_b15_a_full_disk_costs_lines_and_nothing_else(own_doors):
    """B15 /dev/full takes none."""
    doors = own_doors(log={"destination": "/dev/full"})
    canary = Canary(doors.through("tcp"))
    for _ in range(scaled(200)):
        tell(doors.open("tcp", V311, "x" * 300))
    canary.check()


# ---- B16

@pytest.mark.parametrize("kind", ["tls", "wss"])
def test_b16_handshakes_that_are_left_half_done_cost_the_others_nothing(own_doors, kind):
    """B16 hundreds that say ClientHello, get the certificate and say no more, or leave."""
    doors = own_doors(limits=MANY_PENDING)
    canary, before = Canary(doors.through(kind)), doors.broker.rss()
    descriptors, held = doors.broker.descriptors(), []
    for number in range(scaled(300)):
        said, heard = ssl.MemoryBIO(), ssl.MemoryBIO()
        with pytest.raises(ssl.SSLWantReadError):
            client_context().wrap_bio(heard, said).do_handshake()
        stream = doors.bare(kind)
        stream.send(said.read())
        if number % 2:
            assert stream.receive(PATIENCE)
        held.append(stream)
        if number % 100 == 0:
            canary.check()
    canary.check()
    assert_memory(doors.broker, before, len(held) * 128 * 1024, "half a handshake each")
    for stream in held:
        stream.close()
    until(lambda: doors.broker.descriptors() <= descriptors or canary.check(), PATIENCE,
          "descriptors are kept")


def test_b16_a_handshake_is_done_once(own_doors):
    """B16 renegotiation, which TLS 1.2 has and openssl asks for at a line with R, is refused."""
    doors = own_doors()
    canary = Canary(doors.through("tls"))
    asked = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{doors.ports['tls']}"],
        input=b"R\n", capture_output=True, timeout=PATIENCE, check=False)
    said = asked.stdout + asked.stderr
    assert b"RENEGOTIATING" in said and b"no renegotiation" in said, said
    canary.check()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_b16_no_session_is_resumed(own_doors, version):
    """B16 there are no tickets to hoard, and none comes in by an old handshake."""
    doors = own_doors()
    context = client_context(version=version)
    first = TlsStream(doors.bare("tls"), context)
    client = packets.connect(V5, "first")
    first.send(client)
    assert first.receive(PATIENCE)
    offered = first.tls.session
    assert offered is None or not offered.has_ticket
    if offered is not None:
        again = TlsStream(doors.bare("tls"), context, session=offered)
        assert not again.tls.session_reused


# ---- a mixed crowd

@pytest.mark.parametrize("kind", OVER_IP)
def test_b07_a_reader_that_stops_is_closed_and_its_session_kept(own_doors, kind):
    """B07 what it did not read it gets when it comes again."""
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "1s"},
                      mqtt={"max_queued_bytes": "unlimited", "max_queued_messages": "unlimited"})
    lasting = {"clean": False, "properties": [("session_expiry_interval", 600)]}
    stuck = doors.open(kind, V5, "stuck", receive_buffer=4096)
    stuck.connect(**lasting)
    stuck.subscribe("flood", qos=1)
    publisher = doors.connect("tcp")
    for number in range(100):
        publisher.publish("flood", b"%d" % number + b"x" * 60_000, qos=1)
    until(lambda: "does not read what it is sent" in doors.broker.log(), PATIENCE, "it is let be")
    again = doors.connect(kind, V5, "stuck", **lasting)
    for number in range(100):
        assert again.expect_publish("flood").payload.startswith(b"%dx" % number)
    again.expect_nothing()
