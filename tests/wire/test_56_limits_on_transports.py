"""B09: each limit at its value, one above and at ten times as much, on each transport: what is
within is taken, what is beyond is refused as stated and has no effect.

All transports are those of one broker; WIRE_TRANSPORT changes nothing here.
"""

import select
import ssl
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, Broker, until
from mqtt_wire.client import PATIENCE, Closed, unique
from mqtt_wire.doors import KINDS, OVER_IP, Doors
from mqtt_wire.packets import Will
from mqtt_wire.passwords import line_of
from mqtt_wire.tables import CONNACK, DISCONNECT, NAMES, PINGRESP, V5, V311
from mqtt_wire.stream import TcpStream
from mqtt_wire.tokens import SECRET, token_of
from mqtt_wire.transports import Refused, TlsStream, client_context

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

CONFIG = {
    "mqtt": {"max_packet_size": 8192, "server_receive_maximum": 7, "max_keepalive": 60,
             "topic_alias_maximum": 3, "session_expiry": "100s", "max_inflight": 6,
             "max_queued_messages": 6, "overflow": "reject"},
    "limits": {"max_connect_packet": 4096, "max_clientid_bytes": 40, "max_username_bytes": 30,
               "max_password_bytes": 50, "max_topic_bytes": 200, "max_topic_levels": 7,
               "max_filters_per_subscribe": 5, "max_subscriptions_per_session": 9,
               "max_user_properties": 4, "max_property_bytes": 400, "max_retained_messages": 6,
               "connect_rate_per_address": "unlimited"},
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    made = Doors(Broker(tmp_path_factory.mktemp("broker"), transport="tcp", **CONFIG)).start()
    yield made
    made.broker.stop()
    made.remove()


@pytest.fixture
def watcher(doors):
    """Sees whatever anybody has published, and nobody else is left when the test is over."""
    client = doors.connect("tcp")
    client.subscribe("#")
    yield client
    doors.broker.forget_clients()
    doors.broker.assert_alive()


class Door:
    """One transport, spoken to in one version; each `asked_` says what the broker answers."""

    def __init__(self, doors, kind, version):
        self.doors, self.kind, self.version = doors, kind, version

    def connect(self, **how):
        return self.doors.connect(self.kind, self.version, **how)

    def told(self, client, request):
        client.send(request)
        return self.answer_to(client)

    @staticmethod
    def answer_to(client):
        """The next packet: its name and the last of its codes; "closed" if there is none."""
        try:
            packet = client.receive()
        except Closed:
            return "closed"
        code = packet.codes[-1] if packet.codes else packet.code or 0
        if packet.type == DISCONNECT or packet.type == CONNACK and code:
            client.expect_closed()
        return f"{NAMES[packet.type]} {code:#04x}"

    def connecting(self, client_id=None, **how):
        client = self.doors.open(self.kind, self.version, client_id)
        client.send_connect(**how)
        said = self.answer_to(client)
        if said == "CONNACK 0x00":
            client.disconnect()
        return said

    def publishing(self, topic, payload=b"x", **how):
        request = packets.publish(self.version, topic, payload, qos=1, packet_id=1, **how)
        return self.told(self.connect(), request)

    def subscribing(self, *filters, **how):
        request = packets.subscribe(self.version, 1, [(each, 0) for each in filters], **how)
        return self.told(self.connect(), request)

    def unsubscribing(self, *filters, **how):
        return self.told(self.connect(), packets.unsubscribe(self.version, 1, filters, **how))

    def disconnecting(self, properties):
        return self.told(self.connect(), packets.disconnect(self.version, 0, properties))


# ---- what is asked for, `n` of it

def connect_packet(door, n):
    """A will fills it up."""
    empty = len(packets.connect(door.version, "c", will=Will("will", b"x" * 1000)))
    return door.connecting("c", will=Will("will", b"x" * (n - empty + 1000)))


def client_id(door, n):
    return door.connecting("x" * n)


def user_name(door, n):
    return door.connecting(username="x" * n)


def password(door, n):
    return door.connecting(username="x", password=b"x" * n)


def will_topic_bytes(door, n):
    return door.connecting(will=Will("x" * n))


def will_topic_levels(door, n):
    return door.connecting(will=Will("/".join("x" * n)))


def packet(door, n):
    """The largest is one of exactly so many bytes, its header counted."""
    empty = len(packets.publish(door.version, "t", b"x" * 8000, qos=1, packet_id=1))
    return door.publishing("t", b"x" * (n - empty + 8000))


def declared_packet(door, n):
    """The length alone is enough to be refused."""
    client = door.connect()
    body = packets.varint(n - 3)
    start = b"\x32" + body + b"\0\1t\0\1" + (b"\0" if door.version == V5 else b"")
    client.send(start)
    if n <= 8192:
        client.send(b"x" * (n - len(start)))
    return door.answer_to(client)


def topic_bytes(door, n):
    return door.publishing("x" * n)


def topic_levels(door, n):
    return door.publishing("/".join("x" * n))


def filter_bytes(door, n):
    return door.subscribing("x" * n)


def filter_levels(door, n):
    return door.subscribing("/".join("+" * n))


def shared_filter_levels(door, n):
    """Those of its share name are none."""
    return door.subscribing("$share/g/" + "/".join("+" * n))


def filters_of_subscribe(door, n):
    return door.subscribing(*[f"none/{i}" for i in range(n)])


def filters_of_unsubscribe(door, n):
    return door.unsubscribing(*[f"none/{i}" for i in range(n)])


def subscriptions(door, n):
    client = door.connect()
    for i in range(n):
        said = door.told(client, packets.subscribe(door.version, i + 1, [(f"none/{i}", 0)]))
    return said


def pairs(n):
    return [("user_property", ("k", "v"))] * n


def user_properties_of_connect(door, n):
    return door.connecting(properties=pairs(n))


def user_properties_of_a_will(door, n):
    return door.connecting(will=Will("t", properties=tuple(pairs(n))))


def user_properties_of_publish(door, n):
    return door.publishing("t", properties=pairs(n))


def user_properties_of_subscribe(door, n):
    return door.subscribing("none", properties=pairs(n))


def user_properties_of_unsubscribe(door, n):
    return door.unsubscribing("none", properties=pairs(n))


def user_properties_of_disconnect(door, n):
    return door.disconnecting(pairs(n))


def filling(n):
    return [("user_property", ("k", "v" * (n - 6)))]


def property_bytes_of_connect(door, n):
    return door.connecting(properties=filling(n))


def property_bytes_of_publish(door, n):
    return door.publishing("t", properties=filling(n))


def property_bytes_of_subscribe(door, n):
    return door.subscribing("none", properties=filling(n))


def property_bytes_of_a_will(door, n):
    return door.connecting(will=Will("t", properties=tuple(filling(n))))


def property_bytes_of_unsubscribe(door, n):
    return door.unsubscribing("none", properties=filling(n))


def property_bytes_of_disconnect(door, n):
    return door.disconnecting(filling(n))


def topic_aliases(door, n):
    return door.publishing("t", properties=[("topic_alias", n)])


def receive_maximum(door, n):
    """Exchanges of QoS 2 that were begun and never released."""
    client = door.connect()
    client.send(*[packets.publish(V5, "t", b"", qos=2, packet_id=i + 1) for i in range(n)])
    answers = [door.answer_to(client)]
    while answers[-1] == "PUBREC 0x00" and len(answers) < n:
        answers.append(door.answer_to(client))
    assert answers.count("PUBREC 0x00") <= 7
    return answers[-1]


def queue(door, n):
    """One message more than a session may hold is told to its publisher."""
    name, topic = unique("c"), unique("queue")
    lasting = {"clean": False}
    if door.version == V5:
        lasting["properties"] = [("session_expiry_interval", 60)]
    absent = door.connect(client_id=name, **lasting)
    absent.subscribe(topic, qos=1)
    absent.disconnect()
    publisher = door.connect()
    for i in range(n):
        said = door.told(publisher, packets.publish(door.version, topic, b"%d" % i, qos=1,
                                                    packet_id=i + 1))
        if said == "closed":
            break
    back = door.connect(client_id=name, **lasting)
    for i in range(6):
        back.expect_publish(topic, b"%d" % i)
    back.expect_nothing()
    door.connect(client_id=name, clean=True).disconnect()
    return said


def retained_messages(door, n):
    """None of those that were refused is kept."""
    prefix, client, kept = unique("kept"), door.connect(), []
    for i in range(n):
        said = door.told(client, packets.publish(door.version, f"{prefix}/{i}", b"x", qos=1,
                                                 packet_id=i + 1, retain=True))
        if said == "closed":
            break
    reader = door.connect()
    reader.subscribe(f"{prefix}/#")
    for _ in range(6):
        kept.append(reader.expect_publish(retain=True).topic)
    reader.expect_nothing()
    assert sorted(kept) == [f"{prefix}/{i}" for i in range(6)]
    for each in kept:
        reader.publish(each, b"", qos=1, retain=True)
    return said


def session_expiry(door, n):
    client = door.connect(properties=[("session_expiry_interval", n)])
    return f"{client.connack.properties.get('session_expiry_interval', n)} s"


def keep_alive(door, n):
    client = door.connect(keep_alive=n)
    return f"{client.connack.properties.get('server_keep_alive', n)} s"


# what, its limit, what it is answered within; beyond it by 5.0, and by 3.1.1 if that knows it
ROWS = [
    (connect_packet, 4096, "CONNACK 0x00", "closed", "closed"),
    (client_id, 40, "CONNACK 0x00", "CONNACK 0x85", "CONNACK 0x02"),
    (user_name, 30, "CONNACK 0x00", "CONNACK 0x86", "CONNACK 0x04"),
    (password, 50, "CONNACK 0x00", "CONNACK 0x86", "CONNACK 0x04"),
    (will_topic_bytes, 200, "CONNACK 0x00", "CONNACK 0x90", "closed"),
    (will_topic_levels, 7, "CONNACK 0x00", "CONNACK 0x90", "closed"),
    (packet, 8192, "PUBACK 0x00", "DISCONNECT 0x95", "closed"),
    (declared_packet, 8192, "PUBACK 0x00", "DISCONNECT 0x95", "closed"),
    (topic_bytes, 200, "PUBACK 0x00", "DISCONNECT 0x90", "closed"),
    (topic_levels, 7, "PUBACK 0x00", "DISCONNECT 0x90", "closed"),
    (filter_bytes, 200, "SUBACK 0x00", "SUBACK 0x8f", "SUBACK 0x80"),
    (filter_levels, 7, "SUBACK 0x00", "SUBACK 0x8f", "SUBACK 0x80"),
    (shared_filter_levels, 7, "SUBACK 0x00", "SUBACK 0x8f", "SUBACK 0x80"),
    (filters_of_subscribe, 5, "SUBACK 0x00", "DISCONNECT 0x97", "closed"),
    (filters_of_unsubscribe, 5, "UNSUBACK 0x11", "DISCONNECT 0x97", "closed"),
    (subscriptions, 9, "SUBACK 0x00", "SUBACK 0x97", "SUBACK 0x80"),
    (user_properties_of_connect, 4, "CONNACK 0x00", "closed", None),
    (user_properties_of_a_will, 4, "CONNACK 0x00", "closed", None),
    (user_properties_of_publish, 4, "PUBACK 0x00", "DISCONNECT 0x97", None),
    (user_properties_of_subscribe, 4, "SUBACK 0x00", "DISCONNECT 0x97", None),
    (user_properties_of_unsubscribe, 4, "UNSUBACK 0x11", "DISCONNECT 0x97", None),
    (user_properties_of_disconnect, 4, "closed", "DISCONNECT 0x97", None),
    (property_bytes_of_connect, 400, "CONNACK 0x00", "closed", None),
    (property_bytes_of_publish, 400, "PUBACK 0x00", "DISCONNECT 0x95", None),
    (property_bytes_of_subscribe, 400, "SUBACK 0x00", "DISCONNECT 0x95", None),
    (property_bytes_of_a_will, 400, "CONNACK 0x00", "closed", None),
    (property_bytes_of_unsubscribe, 400, "UNSUBACK 0x11", "DISCONNECT 0x95", None),
    (property_bytes_of_disconnect, 400, "closed", "DISCONNECT 0x95", None),
    (topic_aliases, 3, "PUBACK 0x00", "DISCONNECT 0x94", None),
    (receive_maximum, 7, "PUBREC 0x00", "DISCONNECT 0x93", None),
    (queue, 6, "PUBACK 0x00", "PUBACK 0x97", "closed"),
    (retained_messages, 6, "PUBACK 0x00", "PUBACK 0x97", "closed"),
    (session_expiry, 100, "100 s", "100 s", None),
    (keep_alive, 60, "60 s", "60 s", None),
]


CASES = [(row, version) for row in ROWS for version in (V5, V311)
         if version == V5 or row[4] is not None]


def messages_to(client):
    """How many have come since it was last asked."""
    client.send(packets.pingreq(), packets.pingreq())
    pongs = messages = 0
    while pongs < 2:
        is_pong = client.receive().type == PINGRESP
        pongs, messages = pongs + is_pong, messages + (not is_pong)
    return messages


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row, version", CASES, ids=[f"{r[0].__name__}-{v}" for r, v in CASES])
def test_b09_a_limit_is_kept_to_the_byte(doors, watcher, row, kind, version):
    """B09: taken at the limit; one above and ten times as much is refused, and nobody gets it."""
    asked, limit, taken, refused_5, refused_3 = row
    door, said, effects = Door(doors, kind, version), [], []
    for n in (limit, limit + 1, 10 * limit):
        said.append(asked(door, n))
        effects.append(messages_to(watcher))
    if asked in (queue, receive_maximum):
        # With several workers others have delivered before one refuses, or deliver later.
        effects = [0, 0, 0]
    if version == V5:
        assert said == [taken, refused_5, refused_5]
    else:
        assert said == [taken.replace("0x11", "0x00"), refused_3, refused_3]
    assert effects[1] == effects[2] and effects[1] in (0, effects[0])


# ---- what needs a broker of its own

def is_served(doors, kind, version=V5, source=None):
    """None if this client is turned away; it may be told why."""
    client = doors.open(kind, version, source=source)
    client.send_connect()
    try:
        answer = client.receive()
    except Closed:
        client.stream.close()
        return None
    return client if answer.code == 0 else None


def let_in(doors, kind):
    """A client that is served as soon as the broker has seen earlier ones go."""
    found = []

    def served():
        found[:] = [is_served(doors, kind)]
        return found[0] is not None

    until(served, PATIENCE, "no place became free")
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["all", "listener", "address"])
def test_b09_connections(own_doors, where, kind):
    """B09: of the broker, of one listener, of one address: three, and none of thirty more; a place
    becomes free when a client leaves, and other listeners or addresses are as they were."""
    if where == "listener":
        doors = own_doors(of_each={"max_connections": 3})
    else:
        key = "max_connections" if where == "all" else "max_connections_per_address"
        doors = own_doors(limits={key: 3})
    has_no_address = where == "address" and kind == "unix"
    clients = [let_in(doors, kind) for _ in range(3)]
    more = [is_served(doors, kind) for _ in range(30)]
    assert sum(each is not None for each in more) == (30 if has_no_address else 0)
    for client in clients:
        client.ping()
    if where == "all":
        assert not any(is_served(doors, each) for each in KINDS)
    elif where == "listener":
        assert all(is_served(doors, each) for each in KINDS if each != kind)
    else:
        assert all(is_served(doors, each, source="127.0.0.9") for each in ("tcp", "tls", "wss"))
    clients.pop().disconnect()
    let_in(doors, kind).ping()
    for client in clients:
        client.ping()


def said_to(doors, kind, version, password):
    """What alice's CONNACK says to it."""
    client = doors.open(kind, version)
    client.send_connect(username="alice", password=password)
    code = client.expect(CONNACK).code
    if code == 0:
        client.ping()
    else:
        client.expect_closed()
    client.stream.close()
    return code


@pytest.mark.parametrize("kind", KINDS)
def test_b09_passwords_and_tokens(own_doors, tmp_path, version, kind):
    """B09: limits.max_password_bytes and limits.max_token_bytes, each of its own; the log says which
    of them it was, since whoever has a token that is refused cannot know."""
    longest = "x" * 5000
    key, passwords = tmp_path / "token.key", tmp_path / "passwords"
    key.write_bytes(SECRET)
    passwords.write_text(line_of("alice", longest))
    doors = own_doors(
        limits={"max_password_bytes": 5000, "max_token_bytes": 6000},
        auth={"password_file": str(passwords), "backoff": False,
              "jwt": {"key_file": str(key), "algorithm": "HS256"}})
    refused = 0x86 if version == V5 else 4
    for given in (longest, token_of(6000, "alice")):
        assert said_to(doors, kind, version, given) == 0
    for given, limit in [(longest + "x", "password"), ("x" * 50_000, "password"),
                         (token_of(6001, "alice"), "token"), (token_of(60_000, "alice"), "token")]:
        before = doors.broker.log()
        assert said_to(doors, kind, version, given) == refused
        until(lambda: f"longer than limits.max_{limit}_bytes" in doors.broker.log()[len(before):],
              PATIENCE, "the log says why")
        assert given[:100] not in doors.broker.log()


@pytest.mark.parametrize("kind", KINDS)
def test_b09_a_password_that_begins_as_a_token_is_a_password_where_there_are_none(own_doors, kind):
    """B09: without auth.jwt there is one limit."""
    doors = own_doors(limits={"max_password_bytes": 50})
    for length, code in ((50, 0), (51, 0x86), (500, 0x86)):
        assert said_to(doors, kind, V5, "eyJ" + "x" * (length - 3)) == code


def closed_of(streams, at_least):
    """How many of them the broker has closed; waits for so many."""
    waiting, closed = {each.socket.fileno(): each for each in streams if each.socket}, 0
    poll = select.poll()
    for descriptor in waiting:
        poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + PATIENCE
    while closed < at_least and time.monotonic() < deadline:
        for descriptor, _ in poll.poll(100):
            if not waiting[descriptor].receive(0):
                closed += 1
                poll.unregister(descriptor)
    return closed


def is_open(stream):
    poll = select.poll()
    poll.register(stream.socket, select.POLLIN)
    return not poll.poll(0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", ["accepted", "before CONNECT"])
def test_b09_pending_handshakes(own_doors, kind, stage):
    """B09: five of one address, twelve in all, whether they have come as far as CONNECT or not;
    those who are through leave room."""
    doors = own_doors(limits={"max_pending_handshakes_per_address": 5,
                              "max_pending_handshakes": 12})
    let_in(doors, kind)

    def idle(count, source):
        begin = doors.bare if stage == "accepted" else doors.stream
        return [begin(kind, source=source) for _ in range(count)]

    first = idle(5, "127.0.0.2")
    assert is_served(doors, kind)  # 127.0.0.1
    more = idle(50, "127.0.0.2")
    if kind != "unix":
        assert closed_of(more, 50) == 50
        assert is_served(doors, kind)
        more = idle(5, "127.0.0.3") + idle(5, "127.0.0.4")
        assert closed_of(more, 3) == 3
    else:
        assert closed_of(more, 43) == 43
    assert not is_served(doors, kind)
    assert all(is_open(stream) for stream in first)
    for stream in first:
        stream.close()
    let_in(doors, kind).ping()


@pytest.mark.parametrize("kind", KINDS)
def test_b09_the_rate_of_new_connections(own_doors, kind):
    """B09: ten at once from one address, then one a second; of others, and of UNIX sockets, the
    usual."""
    doors = own_doors(limits={"connect_rate_per_address": 1, "connect_burst_per_address": 10})
    began = time.monotonic()
    served = [is_served(doors, kind, source="127.0.0.2") is not None for _ in range(100)]
    allowed = 10 + time.monotonic() - began + 1
    assert all(served[:10])
    assert sum(served) <= allowed or kind == "unix" and all(served)
    assert is_served(doors, kind, source="127.0.0.3")


@pytest.mark.parametrize("kind", KINDS)
def test_b09_bytes_of_retained_messages(own_doors, version, kind):
    """B09: what does not fit is refused, at ten times as much, too; what fits still is taken."""
    doors = own_doors(limits={"max_retained_bytes": "16KiB"})
    client, door = doors.connect(kind, version), Door(doors, kind, version)
    client.publish("kept/1", b"x" * 8000, qos=1, retain=True)
    for size in (8400, 160_000):
        said = door.publishing("kept/2", b"x" * size, retain=True)
        assert said == ("PUBACK 0x97" if version == V5 else "closed")
    client.publish("kept/3", b"x" * 7000, qos=1, retain=True)
    reader = doors.connect(kind, version)
    reader.subscribe("kept/#")
    kept = {reader.expect_publish(retain=True).topic for _ in range(2)}
    assert kept == {"kept/1", "kept/3"}
    reader.expect_nothing()


@pytest.mark.parametrize("kind", KINDS)
def test_b09_who_reads_nothing_is_closed(own_doors, version, kind):
    """B09: limits.max_output_bytes wait for a connection, and limits.output_stall for its reading;
    who reads gets everything."""
    doors = own_doors(limits={"max_output_bytes": "64KiB", "output_stall": "1s"},
                      mqtt={"max_queued_bytes": "unlimited", "max_queued_messages": "unlimited"})
    stuck, reader = doors.open(kind, version, receive_buffer=4096), doors.connect(kind, version)
    stuck.connect()
    for each in (stuck, reader):
        each.subscribe("flood")
    publisher = doors.connect("tcp")
    for number in range(200):
        publisher.send(packets.publish(V5, "flood", b"%d" % number + b"x" * 60_000))
        assert reader.expect_publish("flood").payload.startswith(b"%dx" % number)
    log = doors.broker.log
    until(lambda: "does not read what it is sent" in log(), PATIENCE, "it is let be")
    assert log().count("does not read what it is sent") == 1
    reader.ping()


# ---- B05: one deadline for all that comes before the end of CONNECT

CONNECT = b"\x10" + packets.varint(60_000) + packets.connect(V5, "slow")[2:]
UPGRADE = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 1000
PROXY = b"PROXY TCP4 203.0.113.9 198.51.100.1 49153 1883\r\n"


def client_hello():
    said = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client_context().wrap_bio(ssl.MemoryBIO(), said).do_handshake()
    return said.read()


def slow_ones(doors):
    """what -> (the stream, what it says byte by byte)"""
    hello = client_hello()
    made = {f"{kind} CONNECT": (doors.stream(kind), CONNECT) for kind in KINDS}
    made |= {f"{kind} ClientHello": (doors.bare(kind), hello) for kind in ("tls", "wss")}
    made["ws upgrade"] = (doors.bare("ws"), UPGRADE)
    made["wss upgrade"] = (TlsStream(doors.bare("wss")), UPGRADE)
    return made


class Race:
    """Streams that are still open; those that came later must not end before the others."""

    def __init__(self):
        self.poll, self.open, self.later = select.poll(), {}, {}

    def enter(self, name, stream, trickle):
        self.open[stream.socket.fileno()] = (name, stream, trickle)
        self.poll.register(stream.socket, select.POLLIN)

    def enter_later(self, stream):
        self.later[stream.socket.fileno()] = ("later", stream, b"")
        self.poll.register(stream.socket, select.POLLIN)

    def go_on(self, at):
        """Each says the byte at this place of what it has to say; then a moment passes."""
        for _, stream, trickle in self.open.values():
            stream.send(trickle[at:at + 1])
        for descriptor, _ in self.poll.poll(100):
            among = self.later if descriptor in self.later else self.open
            if not received(among[descriptor][1]):
                among.pop(descriptor)
                self.poll.unregister(descriptor)
        left = [name for name, _, _ in self.open.values()]
        assert len(self.later) in (0, 2) or not left, f"waited for too long: {left}"


def received(stream):
    """Bytes below TLS and WebSocket: alerts and the like may come before the end."""
    try:
        return stream.socket.recv(65536)
    except OSError:
        return b""


@pytest.mark.slow
def test_b05_bytes_that_trickle_in_win_no_time(own_doors, own_broker):
    """B05: a byte now and then in the ClientHello, the upgrade, the PROXY header or CONNECT, and
    phases that are passed, change nothing: whoever comes in a second later is still waited for when
    all of them are gone."""
    doors = own_doors(limits={"handshake_timeout": "2s"})
    behind = own_broker(transport="tcp", limits={"handshake_timeout": "2s"},
                        listener={"proxy_protocol": True, "proxy_trusted": ["127.0.0.1"]}).start()
    began, race, at = time.monotonic(), Race(), 0
    halfway = {kind: doors.bare(kind) for kind in ("tls", "ws", "wss")}
    for name, (stream, trickle) in slow_ones(doors).items():
        race.enter(name, stream, trickle)
    race.enter("PROXY", TcpStream(behind.address), PROXY)
    while race.open:
        assert time.monotonic() < began + PATIENCE, f"still open: {race.open}"
        if halfway and time.monotonic() > began + 1:
            for kind in list(halfway):
                bare = halfway.pop(kind)
                try:
                    race.enter(f"{kind} halfway", doors.dress(bare, kind), CONNECT)
                except Refused:
                    pass  # we were late ourselves
            race.enter_later(doors.bare("tcp"))
            race.enter_later(TcpStream(behind.address))
        race.go_on(at)
        at += 1
    assert not halfway, "closed at once"
