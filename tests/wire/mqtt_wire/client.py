"""A small client: it says exactly what a test tells it to say, and audits what it hears.

Besides decoding strictly, it checks on every connection, without being asked:
CONNACK first and once, nothing after DISCONNECT, no packet above the client's Maximum Packet Size,
no more unacknowledged deliveries than its Receive Maximum, no packet id used twice, no re-sending
on a living connection, no alias above its Topic Alias Maximum, no problem or response information
it did not ask for.
"""

import collections
import itertools
import os
import time

from . import packets
from .decode import decode
from .reader import require, split_frame
from .stream import CHUNK
from .tables import (AUTH, CONNACK, DISCONNECT, NAMES, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC,
                     PUBREL, SUBACK, UNSUBACK, V5)

PATIENCE = float(os.environ.get("WIRE_TIMEOUT", "20"))
KEEP_ALIVE = 300 if CHUNK else 60  # byte by byte a large packet takes more than a minute
_names = itertools.count(1)


def unique(prefix):
    """A name no other test of this run uses."""
    return f"{prefix}-{os.getpid():x}-{next(_names)}"


class Silence(AssertionError):
    """Nothing came although something had to."""


class Closed(AssertionError):
    """The broker closed although something had to come."""


class Client:
    def __init__(self, stream, version, client_id=None):
        self.stream = stream
        self.version = version
        self.client_id = client_id
        self.connack = None
        self.maximum_packet_size = 268435460
        self.receive_maximum = 65535
        self.topic_alias_maximum = 0
        self.wants_problems = True
        self.wants_response_information = False
        self.in_flight = {}      # id -> "publish" or "pubrel": deliveries of the broker to us
        self.aliases = {}
        self.ended = False       # a DISCONNECT came
        self.closed = False
        self._buffer = bytearray()
        self._inbox = collections.deque()
        self._next_id = 0

    # ---- saying

    def send(self, *pieces):
        """All pieces in one write. Acknowledgements among them are noted for the audit."""
        for piece in pieces:
            self._note_acknowledgement(piece)
        return self.stream.send(b"".join(pieces))

    send_raw = send

    def _note_acknowledgement(self, piece):
        kind = piece[0] >> 4 if piece else 0
        if kind not in (PUBACK, PUBREC, PUBCOMP) or len(piece) < 4:
            return
        packet_id = int.from_bytes(piece[2:4], "big")
        refused = len(piece) > 4 and piece[4] >= 0x80
        if kind != PUBREC or refused:
            self.in_flight.pop(packet_id, None)
        elif packet_id in self.in_flight:
            self.in_flight[packet_id] = "pubrel"

    def new_id(self):
        self._next_id = self._next_id % 65535 + 1
        return self._next_id

    def connect(self, *, clean=True, keep_alive=KEEP_ALIVE, will=None, properties=(), code=0, **more):
        """CONNECT, and CONNACK with this code."""
        self.send_connect(clean=clean, keep_alive=keep_alive, will=will, properties=properties,
                          **more)
        return self.expect(CONNACK, code=code)

    def send_connect(self, *, properties=(), **more):
        self.note_connect_properties(properties)
        self.send(packets.connect(self.version, self.client_id or "", properties=properties,
                                  **more))

    def note_connect_properties(self, properties):
        for name, value in (p for p in properties if not isinstance(p, bytes)):
            if name in ("maximum_packet_size", "receive_maximum", "topic_alias_maximum"):
                setattr(self, name, value)
            elif name == "request_problem_information":
                self.wants_problems = value == 1
            elif name == "request_response_information":
                self.wants_response_information = value == 1

    def subscribe(self, *filters, qos=0, properties=(), code=None, **option_bits):
        """One SUBSCRIBE for these filters, all with the same options; returns the SUBACK."""
        packet_id = self.new_id()
        byte = packets.options(qos, **option_bits)
        self.send(packets.subscribe(self.version, packet_id, [(f, byte) for f in filters],
                                    properties=properties))
        suback = self.wait_for(SUBACK, packet_id=packet_id)
        expected = [qos if code is None else code] * len(filters)
        assert suback.codes == expected, f"{suback}, expected codes {expected}"
        return suback

    def unsubscribe(self, *filters, codes=None):
        packet_id = self.new_id()
        self.send(packets.unsubscribe(self.version, packet_id, filters))
        unsuback = self.wait_for(UNSUBACK, packet_id=packet_id)
        if self.version == V5:
            expected = [0] * len(filters) if codes is None else codes
            assert unsuback.codes == expected, f"{unsuback}, expected codes {expected}"
        return unsuback

    def publish(self, topic, payload=b"", *, qos=0, retain=False, properties=()):
        """The whole exchange of this QoS; returns the reason code of PUBACK or PUBREC."""
        packet_id = self.new_id() if qos else None
        self.send(packets.publish(self.version, topic, payload, qos=qos, packet_id=packet_id,
                                  retain=retain, properties=properties))
        if qos == 0:
            return 0
        if qos == 1:
            return self.wait_for(PUBACK, packet_id=packet_id).code
        code = self.wait_for(PUBREC, packet_id=packet_id).code
        if code < 0x80:
            self.send(packets.pubrel(packet_id))
            self.wait_for(PUBCOMP, packet_id=packet_id, code=0)
        return code

    def ping(self):
        self.send(packets.pingreq())
        self.wait_for(PINGRESP)

    def disconnect(self, code=None, properties=None):
        """DISCONNECT, then the broker must close: [MQTT-3.14.4-2] seen from the other side."""
        self.send(packets.disconnect(self.version, code, properties))
        self.expect_closed()
        self.stream.close()

    def drop(self, reset=False):
        """End the connection without DISCONNECT."""
        self.stream.close(reset)
        self.closed = True

    def finish(self):
        self.stream.finish()

    # ---- hearing

    def receive(self, within=None):
        if self._inbox:
            return self._inbox.popleft()
        return self._read(within)

    def expect(self, kind, within=None, **fields):
        """The very next packet is of this type and has these fields."""
        packet = self.receive(within)
        _compare(packet, kind, fields)
        return packet

    def wait_for(self, kind, within=None, **fields):
        """The next packet with this type and these fields; others stay in order for later."""
        for packet in self._inbox:
            if _matches(packet, kind, fields):
                self._inbox.remove(packet)
                return packet
        deadline = time.monotonic() + (PATIENCE if within is None else within)
        while True:
            packet = self._read(deadline - time.monotonic())
            if packet.type == kind:
                if _matches(packet, kind, fields):
                    return packet
                if kind not in (PUBLISH, PUBREL, PUBACK, PUBREC, PUBCOMP):
                    _compare(packet, kind, fields)
                if "packet_id" in fields and packet.packet_id == fields["packet_id"]:
                    _compare(packet, kind, fields)
            self._inbox.append(packet)

    def expect_publish(self, topic=None, payload=None, *, within=None, answer=True, **fields):
        """The next packet is this PUBLISH; its handshake is completed unless answer=False."""
        if topic is not None:
            fields["topic"] = topic
        if payload is not None:
            fields["payload"] = payload
        packet = self.expect(PUBLISH, within, **fields)
        if answer:
            self.answer(packet)
        return packet

    def answer(self, packet):
        if packet.qos == 1:
            self.send(packets.puback(packet.packet_id))
        elif packet.qos == 2:
            self.send(packets.pubrec(packet.packet_id))
            self.wait_for(PUBREL, packet_id=packet.packet_id, code=0)
            self.send(packets.pubcomp(packet.packet_id))

    def expect_nothing(self, publisher=None):
        """Nothing was on its way to us: not before the answer to a PINGREQ and, when somebody may
        have published, not before a canary message of that publisher, either."""
        if publisher is not None:
            fence = unique("fence")
            self.subscribe(fence)
            publisher.send(packets.publish(publisher.version, fence, b"fence"))
            self.expect_publish(fence, b"fence")
            self.unsubscribe(fence)
        for _ in range(2):  # what the first PINGREQ found ready comes before the second answer
            self.send(packets.pingreq())
            self.expect(PINGRESP)

    def expect_closed(self, within=None):
        """The broker closes, and says nothing more before it does."""
        assert not self._inbox, f"unexpected {self._inbox[0]}"
        try:
            packet = self._read(within)
        except Closed:
            return
        except Silence:
            raise Silence("the broker did not close the connection") from None
        raise AssertionError(f"the broker should close, but sent {packet}")

    def expect_disconnect(self, *codes, within=None):
        """5.0: DISCONNECT with one of these codes, then closed. 3.x: closed, no packet."""
        if self.version == V5:
            packet = self.expect(DISCONNECT, within)
            said = ", ".join(f"{code:#04x}" for code in codes)
            assert packet.code in codes, f"{packet}, expected code {said}"
        self.expect_closed(within)

    def expect_refused_connect(self, *codes, within=None):
        """A CONNECT that cannot be accepted: closed. A 5.0 client may get a CONNACK >= 0x80
        before that (one of `codes`, if given); a 3.x client gets nothing."""
        if self.version != V5:
            self.expect_closed(within)
            return
        try:
            packet = self.receive(within)
        except Closed:
            return
        assert packet.type == CONNACK and packet.code >= 0x80, f"unexpected {packet}"
        assert not codes or packet.code in codes, f"unexpected {packet}"
        self.expect_closed(within)

    def _read(self, within):
        deadline = time.monotonic() + (PATIENCE if within is None else within)
        while True:
            whole = split_frame(self._buffer)
            if whole is not None:
                first_byte, body, used = whole
                del self._buffer[:used]
                packet = decode(self.version, first_byte, body, used)
                self._audit(packet)
                return packet
            try:
                data = self.stream.receive(deadline - time.monotonic())
            except TimeoutError:
                raise Silence("nothing came from the broker in time") from None
            if not data:
                self.closed = True
                require(not self._buffer, f"closed within a packet: {bytes(self._buffer)!r}")
                raise Closed("the broker closed the connection")
            self._buffer += data

    # ---- the audit

    def _audit(self, packet):
        require(not self.ended, f"{packet} after DISCONNECT")  # [MQTT-3.14.4-1]
        require(packet.size <= self.maximum_packet_size,  # [MQTT-3.1.2-24]
                f"{packet} has {packet.size} bytes, we take {self.maximum_packet_size}")
        if packet.type == CONNACK:
            require(self.connack is None, "second CONNACK")  # [MQTT-3.2.0-2]
            require(self.wants_response_information  # [MQTT-3.1.2-28]
                    or "response_information" not in packet.properties,
                    "Response Information nobody asked for")
            self.connack = packet
            return
        if packet.type != AUTH:  # [MQTT-3.2.0-1] [MQTT-3.14.0-1]
            require(self.connack is not None and self.connack.code == 0,
                    f"{packet} before a successful CONNACK")
        if packet.type == DISCONNECT:
            self.ended = True
        elif packet.type == PUBLISH:
            self._audit_publish(packet)
        elif packet.type == PUBREL and packet.packet_id not in self.in_flight:
            if packet.code == 0:  # 0x92 answers a PUBREC of ours that belongs to nothing
                self.in_flight[packet.packet_id] = "pubrel"  # re-sent after a resume
        if not self.wants_problems and packet.type != DISCONNECT and packet.type != PUBLISH:
            require("reason_string" not in packet.properties  # [MQTT-3.1.2-29]
                    and "user_property" not in packet.properties,
                    f"{packet} carries problem information nobody asked for")

    def _audit_publish(self, packet):
        alias = packet.properties.get("topic_alias")
        if alias is not None:
            require(alias <= self.topic_alias_maximum,  # [MQTT-3.1.2-26] [MQTT-3.1.2-27]
                    f"topic alias {alias}, we take {self.topic_alias_maximum}")
            if packet.topic:
                self.aliases[alias] = packet.topic
            else:
                require(alias in self.aliases, f"topic alias {alias} was never set")
                packet.topic = self.aliases[alias]
        if packet.qos == 0:
            return
        require(packet.packet_id not in self.in_flight,  # [MQTT-2.2.1-4] [MQTT-4.4.0-1]
                f"{packet}: this packet id is in use")
        require(not packet.dup or self.connack.session_present,  # [MQTT-4.3.2-2] [MQTT-4.3.3-2]
                f"{packet}: DUP in a new session")
        self.in_flight[packet.packet_id] = "publish"
        # A PUBREL re-sent after a resume takes no part of the quota: its PUBLISH was not sent here.
        require(len(self.in_flight) <= self.receive_maximum,  # [MQTT-3.3.4-9]
                f"{len(self.in_flight)} deliveries in flight, we take {self.receive_maximum}")


def _matches(packet, kind, fields):
    return packet.type == kind and all(getattr(packet, k) == v for k, v in fields.items())


def _compare(packet, kind, fields):
    assert packet.type == kind, f"expected {NAMES[kind]} {fields or ''}, got {packet}"
    for name, value in fields.items():
        got = getattr(packet, name)
        assert got == value, f"expected {name}={value!r:.200}, got {packet}"
