"""What a server may send, decoded strictly: whatever it must not send raises Malformed.

Every test decodes with this, so every test also checks the server's own output: fixed flags
[MQTT-2.1.3-1], minimal integers [MQTT-1.5.5-1], strings [MQTT-1.5.4-1], explicit property lengths
[MQTT-2.2.2-1], the properties each packet may carry, and reason codes from each packet's table.
"""

from dataclasses import dataclass, field

from .reader import Properties, Reader, require
from .tables import (AUTH, CONNACK, DISCONNECT, FLAGS, NAMES, PINGRESP, PUBACK, PUBCOMP, PUBLISH,
                     PUBREC, PUBREL, SERVER_REASONS, SUBACK, UNSUBACK, V3_RETURN_CODES, V5)


@dataclass
class Packet:
    type: int
    size: int = 0
    dup: bool = False
    qos: int = 0
    retain: bool = False
    packet_id: int = None
    topic: str = None
    payload: bytes = None
    code: int = None
    codes: list = None
    session_present: bool = None
    properties: Properties = field(default_factory=Properties)

    def __str__(self):
        parts = [NAMES[self.type]]
        for name in ("packet_id", "topic", "payload", "session_present"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"{name}={value!r:.120}")
        if self.type == PUBLISH:
            parts.append(f"qos={self.qos} retain={self.retain:d} dup={self.dup:d}")
        if self.code is not None:
            parts.append(f"code={self.code:#04x}")
        if self.codes is not None:
            parts.append("codes=" + ",".join(f"{code:#04x}" for code in self.codes))
        if len(self.properties):
            parts.append(f"properties={self.properties}")
        return " ".join(parts)


def decode(version, first_byte, body, size):
    kind, flags = first_byte >> 4, first_byte & 15
    require(kind in (CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP,
                     DISCONNECT, AUTH), f"a server never sends {NAMES[kind]}")
    packet = Packet(kind, size)
    reader = Reader(body)
    if kind == PUBLISH:
        _publish(version, packet, flags, reader)
        return packet
    require(flags == FLAGS[kind], f"{NAMES[kind]} with flags {flags:#x}")
    if kind == CONNACK:
        _connack(version, packet, reader)
    elif kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        packet.packet_id = _packet_id(reader)
        packet.code = 0
        if version == V5 and reader.left():
            _code_and_properties(packet, reader)
    elif kind in (SUBACK, UNSUBACK):
        _suback(version, packet, reader)
    elif kind in (DISCONNECT, AUTH):
        require(version == V5, f"{NAMES[kind]} sent to a 3.x client")
        packet.code = 0
        if reader.left():
            _code_and_properties(packet, reader)
    reader.end()
    return packet


def _packet_id(reader):
    """[MQTT-2.2.1-4]"""
    packet_id = reader.u16()
    require(packet_id != 0, "packet identifier 0")
    return packet_id


def _check_code(packet, code):
    require(code in SERVER_REASONS[packet.type],
            f"{NAMES[packet.type]} with reason code {code:#04x}")


def _code_and_properties(packet, reader):
    packet.code = reader.byte()
    _check_code(packet, packet.code)
    if reader.left():
        # [MQTT-3.14.2-2] a server's DISCONNECT carries no Session Expiry Interval.
        forbidden = ("session_expiry_interval",) if packet.type == DISCONNECT else ()
        packet.properties = reader.properties(packet.type, forbidden)


def _connack(version, packet, reader):
    flags = reader.byte()
    require(flags in (0, 1), f"CONNACK acknowledge flags {flags:#x}")  # [MQTT-3.2.2-1]
    packet.session_present = flags == 1
    packet.code = reader.byte()
    if version == V5:
        _check_code(packet, packet.code)  # [MQTT-3.2.2-8]
        packet.properties = reader.properties(CONNACK)
    else:
        require(packet.code in V3_RETURN_CODES, f"3.x CONNACK with code {packet.code:#04x}")
    # [MQTT-3.2.2-6] [MQTT311-3.2.2-4]
    require(packet.code == 0 or not packet.session_present, "refusal with Session Present 1")


def _publish(version, packet, flags, reader):
    packet.dup, packet.qos, packet.retain = bool(flags & 8), flags >> 1 & 3, bool(flags & 1)
    require(packet.qos != 3, "PUBLISH with QoS 3")  # [MQTT-3.3.1-4]
    require(packet.qos > 0 or not packet.dup, "QoS 0 PUBLISH with DUP")  # [MQTT-3.3.1-2]
    packet.topic = reader.string()
    require("+" not in packet.topic and "#" not in packet.topic, "wildcard in a topic name")
    if packet.qos > 0:
        packet.packet_id = _packet_id(reader)
    if version == V5:
        packet.properties = reader.properties(PUBLISH)
    require(packet.topic or "topic_alias" in packet.properties, "empty topic without alias")
    response_topic = packet.properties.get("response_topic", "")
    require("+" not in response_topic and "#" not in response_topic, "wildcard in response topic")
    packet.payload = reader.take(reader.left())


def _suback(version, packet, reader):
    packet.packet_id = _packet_id(reader)
    if version == V5:
        packet.properties = reader.properties(packet.type)
    packet.codes = list(reader.take(reader.left()))
    if version == V5:
        for code in packet.codes:
            _check_code(packet, code)
    elif packet.type == SUBACK:
        for code in packet.codes:  # [MQTT311-3.9.3-2]
            require(code in (0, 1, 2, 0x80), f"3.x SUBACK with code {code:#04x}")
    else:
        require(not packet.codes, "3.x UNSUBACK with codes")
    require(version != V5 and packet.type == UNSUBACK or packet.codes, "no reason code")
