"""One good packet of every shape a client may send, for tests that break them systematically."""

from . import packets
from .packets import Will
from .tables import V5

_PAIRS = [("user_property", ("key", "value")), ("user_property", ("", "ü"))]
_MESSAGE = [("payload_format_indicator", 1), ("message_expiry_interval", 60),
            ("content_type", "text/plain"), ("response_topic", "reply/to"),
            ("correlation_data", b"\0\xff"), *_PAIRS]


def connects(version):
    will = Will("will/topic", b"\0payload", qos=1, retain=False)
    made = {
        "connect": packets.connect(version, "sample"),
        "connect_credentials": packets.connect(version, "sample", username="user",
                                               password=b"p\0\xff"),
        "connect_will": packets.connect(version, "sample", clean=False, will=will),
        "connect_all": packets.connect(version, "sample", will=will, username="u", password=b""),
    }
    if version == V5:
        properties = [("session_expiry_interval", 1), ("receive_maximum", 7),
                      ("topic_alias_maximum", 3), ("request_response_information", 1),
                      ("request_problem_information", 1), *_PAIRS]
        will = Will("w", b"x", properties=(("will_delay_interval", 1), *_MESSAGE))
        made["connect_properties"] = packets.connect(version, "sample", properties=properties)
        made["connect_will_properties"] = packets.connect(version, "sample", will=will)
        made["connect_assigned"] = packets.connect(version, "")
        made["connect_password_only"] = packets.connect(version, "sample", password=b"token")
    return made


def others(version):
    made = {
        "publish_0": packets.publish(version, "sample/a", b"payload"),
        "publish_0_retain": packets.publish(version, "sample/r", b"", retain=True),
        "publish_1": packets.publish(version, "sample/a", b"payload", qos=1, packet_id=1),
        "publish_2": packets.publish(version, "s/é", b"", qos=2, packet_id=0x1234, dup=True),
        "puback": packets.puback(0x0102), "pubrec": packets.pubrec(0x0102),
        "pubrel": packets.pubrel(0x0102), "pubcomp": packets.pubcomp(0x0102),
        "subscribe": packets.subscribe(version, 9, [("sample/+/b", 1)]),
        "subscribe_3": packets.subscribe(version, 9, [("sample/#", 0), ("s/b", 2), ("+/s", 1)]),
        "unsubscribe": packets.unsubscribe(version, 9, ["sample/+/b"]),
        "unsubscribe_2": packets.unsubscribe(version, 9, ["sample/#", "s/b"]),
        "pingreq": packets.pingreq(), "disconnect": packets.disconnect(version),
    }
    if version == V5:
        reason = [("reason_string", "because"), *_PAIRS]
        made.update({
            "publish_properties": packets.publish(version, "sample/a", b"payload", qos=1,
                                                  packet_id=1, properties=_MESSAGE),
            "publish_alias": packets.publish(version, "sample/a", b"x",
                                             properties=[("topic_alias", 10)]),
            "puback_code": packets.puback(1, 0x10), "pubrec_code": packets.pubrec(1, 0x80),
            "puback_properties": packets.puback(1, 0x97, reason),
            "pubrec_properties": packets.pubrec(1, 0, reason),
            "pubrel_properties": packets.pubrel(1, 0x92, reason),
            "pubcomp_properties": packets.pubcomp(1, 0, reason),
            "subscribe_properties": packets.subscribe(
                version, 9, [("$share/g/s/a", packets.options(2, retain_handling=1)),
                             ("s/a", packets.options(1, no_local=True, retain_as_published=True,
                                                     retain_handling=2))],
                properties=[("subscription_identifier", 300), *_PAIRS]),
            "unsubscribe_properties": packets.unsubscribe(version, 9, ["s/a"], properties=_PAIRS),
            "disconnect_code": packets.disconnect(version, 0x04),
            "disconnect_properties": packets.disconnect(
                version, 0, [("session_expiry_interval", 0), *reason]),
            "auth": packets.auth(0x18, [("authentication_method", "M"),
                                        ("authentication_data", b"d"), *reason]),
        })
    return made


def everything(version):
    return {**connects(version), **others(version)}
