"""Every place of the protocol where a client writes a string: the rules for strings are tested in
all of them. Each entry makes the packet that carries the given string there."""

from . import packets
from .tables import V5
from .packets import Will


def in_connect(version, value):
    """name -> CONNECT with this string in that place."""
    made = {
        "client_id": packets.connect(version, value),
        "user_name": packets.connect(version, "id", username=value),
        "will_topic": packets.connect(version, "id", will=Will(value)),
    }
    if version != V5:
        return made
    for name in ("content_type", "response_topic"):
        will = Will("t", properties=((name, value),))
        made["will_" + name] = packets.connect(version, "id", will=will)
    will = Will("t", properties=(("user_property", ("k", value)),))
    made["will_user_property"] = packets.connect(version, "id", will=will)
    made["authentication_method"] = packets.connect(
        version, "id", properties=[("authentication_method", value)])
    made["user_property"] = packets.connect(
        version, "id", properties=[("user_property", (value, "v"))])
    return made


def in_packets(version, value):
    """name -> a packet for a connected client, with this string in that place."""
    made = {
        "publish_topic": packets.publish(version, value, b"x"),
        "subscribe_filter": packets.subscribe(version, 1, [(value, 0)]),
        "second_subscribe_filter": packets.subscribe(version, 1, [("ok", 0), (value, 0)]),
        "unsubscribe_filter": packets.unsubscribe(version, 1, [value]),
    }
    if version != V5:
        return made
    pair_name, pair_value = ("user_property", (value, "v")), ("user_property", ("k", value))
    for name in ("content_type", "response_topic"):
        made["publish_" + name] = packets.publish(version, "t", b"x", properties=[(name, value)])
    for where, prop in (("user_property_name", pair_name), ("user_property_value", pair_value)):
        made["publish_" + where] = packets.publish(version, "t", b"x", properties=[prop])
        made["subscribe_" + where] = packets.subscribe(version, 1, [("ok", 0)], properties=[prop])
        made["unsubscribe_" + where] = packets.unsubscribe(version, 1, ["ok"], properties=[prop])
        made["puback_" + where] = packets.puback(1, 0, [prop])
        made["disconnect_" + where] = packets.disconnect(version, 0, [prop])
    reason = ("reason_string", value)
    made["puback_reason_string"] = packets.puback(1, 0, [reason])
    made["pubrec_reason_string"] = packets.pubrec(1, 0, [reason])
    made["pubrel_reason_string"] = packets.pubrel(1, 0, [reason])
    made["pubcomp_reason_string"] = packets.pubcomp(1, 0, [reason])
    made["disconnect_reason_string"] = packets.disconnect(version, 0, [reason])
    return made


CONNECT_PLACES = {version: sorted(in_connect(version, "x")) for version in (4, 5)}
PACKET_PLACES = {version: sorted(in_packets(version, "x")) for version in (4, 5)}


def every(table):
    """(version, place) of all of them, for parametrize."""
    return [(version, place) for version, places in table.items() for place in places]
