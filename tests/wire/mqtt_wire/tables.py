"""The numbers of MQTT: packet types, reason codes per packet, properties per packet."""

V31, V311, V5 = 3, 4, 5

(CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE,
 UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH) = range(1, 16)
WILL = 16  # not a packet: the will properties inside CONNECT

NAMES = {
    0: "type 0", CONNECT: "CONNECT", CONNACK: "CONNACK", PUBLISH: "PUBLISH", PUBACK: "PUBACK",
    PUBREC: "PUBREC", PUBREL: "PUBREL", PUBCOMP: "PUBCOMP", SUBSCRIBE: "SUBSCRIBE",
    SUBACK: "SUBACK", UNSUBSCRIBE: "UNSUBSCRIBE", UNSUBACK: "UNSUBACK", PINGREQ: "PINGREQ",
    PINGRESP: "PINGRESP", DISCONNECT: "DISCONNECT", AUTH: "AUTH",
}

# The flags of the fixed header that a packet must have (PUBLISH has its own meaning for them).
FLAGS = {kind: 0 for kind in NAMES}
FLAGS.update({PUBREL: 2, SUBSCRIBE: 2, UNSUBSCRIBE: 2})

# Reason codes a server may send, per packet.
SERVER_REASONS = {
    CONNACK: {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
              0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F},
    PUBACK: {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99},
    PUBREC: {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99},
    PUBREL: {0x00, 0x92},
    PUBCOMP: {0x00, 0x92},
    SUBACK: {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
    UNSUBACK: {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91},
    DISCONNECT: {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93,
                 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0,
                 0xA1, 0xA2},
    AUTH: {0x00, 0x18},
}

# Reason codes a client may send, per packet.
CLIENT_REASONS = {
    PUBACK: SERVER_REASONS[PUBACK],
    PUBREC: SERVER_REASONS[PUBREC],
    PUBREL: {0x00, 0x92},
    PUBCOMP: {0x00, 0x92},
    DISCONNECT: {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
                 0x99},
    AUTH: {0x18, 0x19},
}

# Return codes of a 3.x CONNACK.
V3_RETURN_CODES = {0, 1, 2, 3, 4, 5}

_ACKS = {PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK}

# identifier: (name, kind, packets that may carry it, may occur more than once)
PROPERTIES = {
    0x01: ("payload_format_indicator", "byte", {PUBLISH, WILL}, False),
    0x02: ("message_expiry_interval", "u32", {PUBLISH, WILL}, False),
    0x03: ("content_type", "string", {PUBLISH, WILL}, False),
    0x08: ("response_topic", "string", {PUBLISH, WILL}, False),
    0x09: ("correlation_data", "binary", {PUBLISH, WILL}, False),
    0x0B: ("subscription_identifier", "varint", {PUBLISH, SUBSCRIBE}, True),
    0x11: ("session_expiry_interval", "u32", {CONNECT, CONNACK, DISCONNECT}, False),
    0x12: ("assigned_client_identifier", "string", {CONNACK}, False),
    0x13: ("server_keep_alive", "u16", {CONNACK}, False),
    0x15: ("authentication_method", "string", {CONNECT, CONNACK, AUTH}, False),
    0x16: ("authentication_data", "binary", {CONNECT, CONNACK, AUTH}, False),
    0x17: ("request_problem_information", "byte", {CONNECT}, False),
    0x18: ("will_delay_interval", "u32", {WILL}, False),
    0x19: ("request_response_information", "byte", {CONNECT}, False),
    0x1A: ("response_information", "string", {CONNACK}, False),
    0x1C: ("server_reference", "string", {CONNACK, DISCONNECT}, False),
    0x1F: ("reason_string", "string", {CONNACK, DISCONNECT, AUTH} | _ACKS, False),
    0x21: ("receive_maximum", "u16", {CONNECT, CONNACK}, False),
    0x22: ("topic_alias_maximum", "u16", {CONNECT, CONNACK}, False),
    0x23: ("topic_alias", "u16", {PUBLISH}, False),
    0x24: ("maximum_qos", "byte", {CONNACK}, False),
    0x25: ("retain_available", "byte", {CONNACK}, False),
    0x26: ("user_property", "pair",
           {CONNECT, CONNACK, PUBLISH, WILL, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT, AUTH} | _ACKS,
           True),
    0x27: ("maximum_packet_size", "u32", {CONNECT, CONNACK}, False),
    0x28: ("wildcard_subscription_available", "byte", {CONNACK}, False),
    0x29: ("subscription_identifier_available", "byte", {CONNACK}, False),
    0x2A: ("shared_subscription_available", "byte", {CONNACK}, False),
}
IDENTIFIERS = {row[0]: identifier for identifier, row in PROPERTIES.items()}

# Values of "byte" properties are 0 or 1, all of them.
# These may not be zero.
NON_ZERO = {"receive_maximum", "maximum_packet_size", "topic_alias", "subscription_identifier"}
