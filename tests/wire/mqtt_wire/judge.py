"""An oracle: must a broker refuse these bytes of a client, or take them?

It reads client packets by the standard, strictly, and knows no state but "connected or not".
Where state or policy decides (an acknowledgement of nothing, DISCONNECT, AUTH), it says so.
"""

from .packets import varint
from .reader import Malformed, Reader, require, split_frame
from .tables import (AUTH, CLIENT_REASONS, CONNECT, DISCONNECT, FLAGS, NAMES, PINGREQ, PUBACK,
                     PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBSCRIBE, UNSUBSCRIBE, V5, V31, V311, WILL)

TAKE, REFUSE, EITHER, WAIT = "take", "refuse", "either", "wait"

LARGEST = 2 << 20            # our default max_packet_size
LARGEST_CONNECT = 64 << 10   # our default limits.max_connect_packet
ALIASES = 10                 # our default topic_alias_maximum


def judge(version, data, connected=True):
    """The verdict on a stream of bytes: TAKE all of it, REFUSE it, EITHER is right, or WAIT for the
    rest of an unfinished packet."""
    verdict = TAKE
    while data:
        if not connected and data[0] != CONNECT << 4:
            return REFUSE
        try:
            whole = split_frame(data)
        except Malformed:
            return REFUSE
        if too_long(data, connected):
            return REFUSE
        if whole is None:
            # A broker may refuse on the first byte, or when the packet is complete.
            return verdict if verdict == EITHER else WAIT if plausible(version, data) else EITHER
        first, body, used = whole
        try:
            packet_verdict = packet(version, first, body, connected)
        except Malformed:
            return REFUSE
        if packet_verdict == EITHER:
            verdict = EITHER
        if first >> 4 == CONNECT:
            connected = True
        data = data[used:]
    return verdict


def too_long(data, connected):
    length = 0
    for position, digit in enumerate(data[1:5]):
        length |= (digit & 0x7F) << 7 * position
        if not digit & 0x80:
            break
    else:
        return False
    size = 1 + len(varint(length)) + length
    return size > (LARGEST if connected else LARGEST_CONNECT)


def plausible(version, data):
    """Nothing is wrong with the first byte."""
    kind, flags = data[0] >> 4, data[0] & 15
    if kind == PUBLISH:
        return flags & 6 != 6 and flags & 14 != 8
    return kind in CLIENT_PACKETS and fixed(version, kind, flags) and (kind != AUTH or version == V5)


def fixed(version, kind, flags):
    """The flags this type has to have; 3.1 repeats its requests with DUP."""
    repeated = version == V31 and kind in (PUBREL, SUBSCRIBE, UNSUBSCRIBE) and flags == FLAGS[kind] | 8
    return flags == FLAGS[kind] or repeated


CLIENT_PACKETS = {CONNECT, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE,
                  PINGREQ, DISCONNECT, AUTH}


def packet(version, first, body, connected):
    kind, flags = first >> 4, first & 15
    require(kind in CLIENT_PACKETS, f"a client never sends {NAMES[kind]}")
    require(kind != AUTH or version == V5, "AUTH in 3.x")
    reader = Reader(body)
    if kind == PUBLISH:
        publish(version, flags, reader)
        return TAKE
    require(fixed(version, kind, flags), "reserved flags")
    if kind == CONNECT:
        require(not connected, "second CONNECT")
        return connect(version, reader)
    if kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        acknowledgement(version, kind, reader)
        return TAKE if kind in (PUBREL, PUBREC) else EITHER
    if kind == SUBSCRIBE:
        return subscribe(version, reader)
    if kind == UNSUBSCRIBE:
        return unsubscribe(version, reader)
    if kind == DISCONNECT:
        disconnect(version, reader)
        return EITHER
    if kind == AUTH:
        raise Malformed("AUTH without a method in CONNECT")
    reader.end()
    return TAKE


def packet_id(reader):
    require(reader.u16() != 0, "packet identifier 0")


def topic_name(name):
    require(name, "empty topic")
    require("+" not in name and "#" not in name, "wildcard in a topic name")


def valid_filter(value):
    if not value:
        return False
    if value.startswith("$share/"):
        name, slash, value = value[len("$share/"):].partition("/")
        if not name or not slash or not value or "+" in name or "#" in name:
            return False
    levels = value.split("/")
    for position, level in enumerate(levels):
        if "#" in level and (level != "#" or position != len(levels) - 1):
            return False
        if "+" in level and level != "+":
            return False
    return value != "$share"


def connect(version, reader):
    name, level, flags = reader.string(), reader.byte(), reader.byte()
    known = {("MQIsdp", 3): V31, ("MQTT", 4): V311, ("MQTT", 5): V5}
    if (name, level & 0x7F) in known and level in (0x83, 0x84):
        return EITHER  # a bridge of 3.x
    if (name, level) not in known:
        raise Malformed("unknown protocol")
    if known[name, level] != version:
        return EITHER  # bytes of one version read as another: not this oracle's job
    keep_alive = reader.u16()
    del keep_alive
    require(not flags & 1, "reserved connect flag")
    will, qos = flags & 4, flags >> 3 & 3
    require(qos != 3, "will QoS 3")
    require(will or not flags & 0x38, "will flags without a will")
    require(version == V5 or flags & 0x80 or not flags & 0x40, "password without user name")
    properties = reader.properties(CONNECT) if version == V5 else {}
    client_id = reader.string()
    will_topic = ""
    if will:
        if version == V5:
            check_response_topic(reader.properties(WILL))
        will_topic = reader.string()
        topic_name(will_topic)
        reader.binary()
    absent = version == V31  # 3.1: "the User Name flag is set, but the string is missing: valid"
    if flags & 0x80 and not (absent and not reader.left()):
        reader.string()
    if flags & 0x40 and not (absent and not reader.left()):
        reader.binary()
    reader.end()
    require(client_id or version == V5 or (version == V311 and flags & 2), "empty client id")
    require(len(client_id.encode()) <= 256, "client id too long")
    require("authentication_method" in properties or "authentication_data" not in properties,
            "authentication data without method")
    require("authentication_method" not in properties, "unknown authentication method")
    if will_topic.startswith("$") or "maximum_packet_size" in properties:
        return EITHER  # policy; a CONNACK that does not fit
    return TAKE


def check_response_topic(properties):
    value = properties.get("response_topic")
    require(value is None or ("+" not in value and "#" not in value and value),
            "response topic is no topic name")


def publish(version, flags, reader):
    qos = flags >> 1 & 3
    require(qos != 3, "QoS 3")
    require(qos or not flags & 8, "DUP at QoS 0")
    name = reader.string()
    if qos:
        packet_id(reader)
    alias = None
    if version == V5:
        properties = reader.properties(PUBLISH, ("subscription_identifier",))
        check_response_topic(properties)
        alias = properties.get("topic_alias")
        require(alias is None or alias <= ALIASES, "topic alias above the maximum")
    require(name, "empty topic")  # no alias was set before on this connection
    topic_name(name)


def acknowledgement(version, kind, reader):
    packet_id(reader)
    if version == V5 and reader.left():
        require(reader.byte() in CLIENT_REASONS[kind], "unknown reason code")
        if reader.left():
            reader.properties(kind)
    reader.end()


def subscribe(version, reader):
    """A filter that is no filter is refused in SUBACK; an empty one also as malformed."""
    verdict = TAKE
    packet_id(reader)
    properties = reader.properties(SUBSCRIBE) if version == V5 else None
    if properties is not None:
        require(len(properties.all("subscription_identifier")) <= 1, "two identifiers")
    require(reader.left(), "no filter")
    while reader.left():
        value, bits = reader.string(), reader.byte()
        require(bits & 3 != 3, "QoS 3")
        if version == V5:
            require(not bits & 0xC0, "reserved option bits")
            require(bits & 0x30 != 0x30, "retain handling 3")
            require(not bits & 4 or not value.startswith("$share/"), "no local on a shared filter")
        else:
            require(not bits & 0xFC, "reserved option bits")
        if not valid_filter(value):
            verdict = EITHER if not value or value.startswith("$share") else verdict
    return verdict


def unsubscribe(version, reader):
    verdict = TAKE
    packet_id(reader)
    if version == V5:
        reader.properties(UNSUBSCRIBE)
    require(reader.left(), "no filter")
    while reader.left():
        if not valid_filter(reader.string()):
            verdict = EITHER
    return verdict


def disconnect(version, reader):
    if version == V5 and reader.left():
        require(reader.byte() in CLIENT_REASONS[DISCONNECT], "unknown reason code")
        if reader.left():
            properties = reader.properties(DISCONNECT, ("server_reference",))
            require(not properties.get("session_expiry_interval"), "expiry raised from 0")
    reader.end()
