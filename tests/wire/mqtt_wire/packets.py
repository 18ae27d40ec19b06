"""Builders: what a client may send, and what it must not. Every builder returns bytes.

Properties are a sequence of (name, value) pairs, kept in order; bytes in that sequence are copied
as they are, so that a broken property can be written between good ones.
"""

from dataclasses import dataclass

from .tables import (AUTH, CONNECT, DISCONNECT, FLAGS, IDENTIFIERS, PINGREQ, PROPERTIES, PUBACK,
                     PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE, V5, V31)


def u16(number):
    return number.to_bytes(2, "big")


def u32(number):
    return number.to_bytes(4, "big")


def varint(number, width=1):
    """The variable byte integer; a width above the needed one makes it overlong, hence broken."""
    out = bytearray()
    while True:
        digit = number & 0x7F
        number >>= 7
        more = number > 0 or len(out) + 1 < width
        out.append(digit | (0x80 if more else 0))
        if not more:
            return bytes(out)


def text(value):
    """A length-prefixed string; bytes are taken as they are, also when they are no UTF-8."""
    raw = value if isinstance(value, (bytes, bytearray)) else value.encode("utf-8")
    return u16(len(raw)) + raw


def encode_property(name, value):
    identifier = IDENTIFIERS[name]
    kind = PROPERTIES[identifier][1]
    if kind == "byte":
        body = bytes([value])
    elif kind == "u16":
        body = u16(value)
    elif kind == "u32":
        body = u32(value)
    elif kind == "varint":
        body = value if isinstance(value, bytes) else varint(value)
    elif kind == "pair":
        body = text(value[0]) + text(value[1])
    else:
        body = text(value)
    return bytes([identifier]) + body


def property_bytes(properties):
    return b"".join(p if isinstance(p, bytes) else encode_property(*p) for p in properties)


def property_block(properties):
    body = property_bytes(properties)
    return varint(len(body)) + body


def frame(first_byte, body=b"", length=None):
    """A packet from its first byte and its body; `length` lies about the Remaining Length."""
    return bytes([first_byte]) + varint(len(body) if length is None else length) + body


def plain(kind, body=b"", flags=None):
    return frame(kind << 4 | (FLAGS[kind] if flags is None else flags), body)


@dataclass
class Will:
    topic: object
    payload: bytes = b"gone"
    qos: int = 0
    retain: bool = False
    properties: tuple = ()


def connect_body(version, flags, payload, *, keep_alive=60, properties=(), name=None, level=None):
    """CONNECT from its flags and the bytes of its payload: for what does not fit together."""
    if name is None:
        name = "MQIsdp" if version == V31 else "MQTT"
    body = text(name) + bytes([version if level is None else level, flags]) + u16(keep_alive)
    if version == V5:
        body += property_block(properties)
    return frame(CONNECT << 4, body + payload)


def connect(version, client_id="", *, clean=True, keep_alive=60, will=None, username=None,
            password=None, properties=(), name=None, level=None, flip_flags=0, surplus=b""):
    flags = 0x02 if clean else 0
    payload = text(client_id)
    if will is not None:
        flags |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
        if version == V5:
            payload += property_block(will.properties)
        payload += text(will.topic) + text(will.payload)
    if username is not None:
        flags |= 0x80
        payload += text(username)
    if password is not None:
        flags |= 0x40
        payload += text(password)
    return connect_body(version, flags ^ flip_flags, payload + surplus, keep_alive=keep_alive,
                        properties=properties, name=name, level=level)


def publish(version, topic, payload=b"", *, qos=0, packet_id=None, retain=False, dup=False,
            properties=()):
    first = PUBLISH << 4 | (8 if dup else 0) | qos << 1 | (1 if retain else 0)
    body = text(topic)
    if packet_id is not None:
        body += u16(packet_id)
    if version == V5:
        body += property_block(properties)
    return frame(first, body + payload)


def acknowledgement(kind, packet_id, code=None, properties=None, flags=None):
    """PUBACK, PUBREC, PUBREL, PUBCOMP: two bytes, or with a code, or with code and properties."""
    body = u16(packet_id)
    if code is not None or properties is not None:
        body += bytes([code or 0])
    if properties is not None:
        body += property_block(properties)
    return plain(kind, body, flags)


def puback(packet_id, code=None, properties=None):
    return acknowledgement(PUBACK, packet_id, code, properties)


def pubrec(packet_id, code=None, properties=None):
    return acknowledgement(PUBREC, packet_id, code, properties)


def pubrel(packet_id, code=None, properties=None):
    return acknowledgement(PUBREL, packet_id, code, properties)


def pubcomp(packet_id, code=None, properties=None):
    return acknowledgement(PUBCOMP, packet_id, code, properties)


def options(qos=0, *, no_local=False, retain_as_published=False, retain_handling=0):
    """The options byte of one filter (3.x knows its QoS bits only)."""
    return (qos | (4 if no_local else 0) | (8 if retain_as_published else 0)
            | retain_handling << 4)


def subscribe(version, packet_id, filters, *, properties=(), flags=2):
    """`filters`: pairs of a filter and its options byte."""
    body = u16(packet_id)
    if version == V5:
        body += property_block(properties)
    for topic_filter, option_byte in filters:
        body += text(topic_filter) + bytes([option_byte])
    return plain(SUBSCRIBE, body, flags)


def unsubscribe(version, packet_id, filters, *, properties=(), flags=2):
    body = u16(packet_id)
    if version == V5:
        body += property_block(properties)
    for topic_filter in filters:
        body += text(topic_filter)
    return plain(UNSUBSCRIBE, body, flags)


def pingreq():
    return plain(PINGREQ)


def disconnect(version, code=None, properties=None):
    body = b""
    if version == V5 and (code is not None or properties is not None):
        body = bytes([code or 0])
        if properties is not None:
            body += property_block(properties)
    return plain(DISCONNECT, body)


def auth(code=None, properties=None):
    body = b""
    if code is not None or properties is not None:
        body = bytes([code or 0])
        if properties is not None:
            body += property_block(properties)
    return plain(AUTH, body)
