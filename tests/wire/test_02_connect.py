"""CONNECT (section 3.1): what is accepted, what is refused and how."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import Closed, unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import (AUTH, CONNACK, CONNECT, FLAGS, NAMES, PINGRESP, PUBACK, PUBCOMP,
                              PUBREC, V5, V31, V311)


def _bare(kind, version):
    """A well-formed packet of this type, as far as the type exists."""
    made = {
        3: packets.publish(version, "t", b"x"), 8: packets.subscribe(version, 1, [("t", 0)]),
        10: packets.unsubscribe(version, 1, ["t"]), 2: packets.plain(CONNACK, b"\0\0"),
        9: packets.plain(9, b"\0\1\0"), 11: packets.plain(11, b"\0\1"),
    }
    if kind in (4, 5, 6, 7):
        return packets.acknowledgement(kind, 1)
    return made.get(kind) or packets.plain(kind, flags=FLAGS[kind])


@pytest.mark.parametrize("kind", [k for k in range(16) if k != CONNECT], ids=lambda k: NAMES[k])
def test_a_first_packet_that_is_not_connect_closes_without_a_word(broker, version, kind):
    """[MQTT-3.1.0-1] [X-TYPE-1]"""
    client = broker.open(version)
    client.send(_bare(kind, version))
    client.expect_closed()


@pytest.mark.parametrize("first_byte", [b for b in range(256) if b != 0x10 and b % 5 == 0])
def test_a_wrong_first_byte_is_enough_to_close(broker, first_byte):
    """[MQTT-3.1.0-1] no length is read and no memory taken for a packet that is not CONNECT."""
    client = broker.open(V5)
    client.send(bytes([first_byte]))
    client.expect_closed()


def test_a_second_connect_ends_the_connection(broker, any_version):
    """[MQTT-3.1.0-2] [MQTT-3.2.0-2]"""
    client = broker.connect(any_version)
    client.send(packets.connect(any_version, client.client_id))
    client.expect_disconnect(0x82)


@pytest.mark.parametrize("name", ["MQTX", "mqtt", "", "MQTTX", "MQT", "MQIsd", "HTTP"])
def test_an_unknown_protocol_name_is_refused(broker, version, name):
    """[MQTT-3.1.2-1] closed; an answer, if there is one, has the form of the level and its code for
    this."""
    client = broker.open(version)
    client.send(packets.connect(version, "id", name=name))
    try:
        client.expect(CONNACK, code=0x84 if version == V5 else 1)
    except Closed:
        return
    client.expect_closed()


@pytest.mark.parametrize("level", [6, 7, 127, 255])
def test_a_future_protocol_version_is_answered_in_the_newest_form(broker, level):
    """[MQTT-3.1.2-2]"""
    client = broker.open(V5)
    client.send(packets.connect(V5, "id", level=level))
    client.expect(CONNACK, code=0x84)
    client.expect_closed()


@pytest.mark.parametrize("level, name", [(0, "MQTT"), (1, "MQTT"), (2, "MQTT"), (0, "MQIsdp")])
def test_an_unknown_old_protocol_level_is_answered_with_return_code_1(broker, level, name):
    """[MQTT311-3.1.2-2]"""
    client = broker.open(V311)
    client.send(packets.connect(V311, "id", level=level, name=name))
    client.expect(CONNACK, code=1)
    client.expect_closed()


def test_a_listener_can_be_closed_to_old_versions(broker_with):
    """[MQTT311-3.1.2-2] [MQTT-3.1.2-2]"""
    broker = broker_with(listener={"protocol_versions": ["5.0"]})
    client = broker.open(V311, "id")
    client.send_connect()
    client.expect(CONNACK, code=1)
    client.expect_closed()
    broker.connect(V5).ping()


def test_a_listener_can_be_closed_to_the_new_version(broker_with):
    """[MQTT-3.1.2-2]"""
    broker = broker_with(listener={"protocol_versions": ["3.1.1"]})
    client = broker.open(V5, "id")
    client.send_connect()
    client.expect(CONNACK, code=0x84)
    client.expect_closed()
    broker.connect(V311).ping()


def test_the_reserved_connect_flag_must_be_zero(broker, version):
    """[MQTT-3.1.2-3]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", flip_flags=0x01))
    client.expect_refused_connect(0x81)


# ---- will fields

def test_a_will_without_a_topic_and_payload_is_refused(broker, version):
    """[MQTT-3.1.2-9] the packet ends after the client id."""
    client = broker.open(version)
    client.send(packets.connect_body(version, 0x06, packets.text("id")))
    client.expect_refused_connect(0x81)


def test_a_will_without_a_payload_is_refused(broker, version):
    """[MQTT-3.1.2-9]"""
    client = broker.open(version)
    properties = b"\0" if version == V5 else b""
    payload = packets.text("id") + properties + packets.text("t")
    client.send(packets.connect_body(version, 0x06, payload))
    client.expect_refused_connect(0x81)


def test_a_will_without_properties_is_refused_in_5(broker):
    """[MQTT-3.1.2-9] a 3.1.1 payload under a 5.0 header: the topic's length is no property."""
    client = broker.open(V5)
    payload = packets.text("id") + packets.text("will/topic") + packets.text(b"payload")
    client.send(packets.connect_body(V5, 0x06, payload))
    client.expect_refused_connect(0x81, 0x82)


@pytest.mark.parametrize("flags", [0x0A, 0x12, 0x1A])
def test_a_will_qos_without_a_will_is_refused(broker, version, flags):
    """[MQTT-3.1.2-11]"""
    client = broker.open(version)
    client.send(packets.connect_body(version, flags, packets.text("id")))
    client.expect_refused_connect(0x81)


def test_a_will_qos_of_three_is_refused(broker, version):
    """[MQTT-3.1.2-12]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", will=Will("t", qos=3)))
    client.expect_refused_connect(0x81)


def test_a_will_retain_without_a_will_is_refused(broker, version):
    """[MQTT-3.1.2-13]"""
    client = broker.open(version)
    client.send(packets.connect_body(version, 0x22, packets.text("id")))
    client.expect_refused_connect(0x81)


@pytest.mark.parametrize("name", ["", "a/+/b", "+", "#", "a/#"])
def test_a_will_topic_is_a_topic_name(broker, version, name):
    """[MQTT-3.1.3-11] [MQTT-4.7.3-1] [MQTT-4.7.0-1] not empty, no wildcards."""
    client = broker.open(version)
    client.send(packets.connect(version, "id", will=Will(name)))
    client.expect_refused_connect(0x81, 0x82, 0x90)


# ---- user name and password

def test_a_user_name_without_its_flag_is_surplus(broker, version):
    """[MQTT-3.1.2-16] [MQTT-3.1.3-1]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", surplus=packets.text("user")))
    client.expect_refused_connect(0x81)


def test_a_user_name_flag_without_a_user_name_is_refused(broker, version):
    """[MQTT-3.1.2-17]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", flip_flags=0x80))
    client.expect_refused_connect(0x81)


def test_a_password_without_its_flag_is_surplus(broker, version):
    """[MQTT-3.1.2-18] [MQTT-3.1.3-1]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", username="user", surplus=packets.text("password")))
    client.expect_refused_connect(0x81)


def test_a_password_flag_without_a_password_is_refused(broker, version):
    """[MQTT-3.1.2-19]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", username="user", flip_flags=0x40))
    client.expect_refused_connect(0x81)


@pytest.mark.parametrize("flags", [0x82, 0xC2])
def test_3_1_allows_the_flags_without_the_strings(broker, flags):
    """[MQTT31] the Remaining Length takes precedence over the User Name and Password flags."""
    client = broker.open(V31)
    client.send(packets.connect_body(V31, flags, packets.text(unique("c"))))
    client.expect(CONNACK, code=0)
    client.ping()


def test_a_password_may_come_without_a_user_name_in_5(broker):
    """[MQTT-3.1.2-19]"""
    broker.connect(V5, password=b"token").ping()


def test_a_password_without_a_user_name_is_refused_in_3(broker, v3_version):
    """[MQTT311-3.1.2-22]"""
    client = broker.open(v3_version, "id")
    client.send_connect(password=b"token")
    client.expect_closed()


# ---- the packet as a whole

@pytest.mark.parametrize("surplus", [b"\0", b"\0\0", b"x" * 100], ids=len)
def test_bytes_after_the_payload_of_connect_are_refused(broker, version, surplus):
    """[MQTT-3.1.3-1] [MQTT-3.1.4-1]"""
    client = broker.open(version)
    client.send(packets.connect(version, "id", username="user", password=b"p", surplus=surplus))
    client.expect_refused_connect(0x81)


def test_a_connect_without_a_client_id_field_is_refused(broker, version):
    """[MQTT-3.1.3-3]"""
    client = broker.open(version)
    client.send(packets.connect_body(version, 0x02, b""))
    client.expect_refused_connect(0x81)


def test_the_payload_of_connect_has_one_order(broker, any_version, topic):
    """[MQTT-3.1.3-1] client id, will properties, topic and payload, user name, password: told
    apart by what each of them does."""
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    client = broker.connect(any_version, will=Will(topic, b"will payload"), username="user",
                            password=b"password")
    client.drop()
    watcher.expect_publish(topic, b"will payload")


def test_a_malformed_connect_is_closed_without_connack_in_3(broker, v3_version):
    """[MQTT311-3.1.4-1] [MQTT311-3.2.2-6] [MQTT-3.14.0-1]"""
    client = broker.open(v3_version)
    client.send(packets.frame(0x10, b"\0\6MQ"))
    client.expect_closed()


def test_a_malformed_connect_is_closed_in_5(broker):
    """[MQTT-3.1.4-1] [MQTT-4.13.1-1]"""
    client = broker.open(V5)
    client.send(packets.frame(0x10, b"\0\4MQTT\5\2\0\x3c\0"))
    client.expect_refused_connect(0x81)


def test_an_accepted_connect_is_answered_with_code_zero(broker, any_version):
    """[MQTT-3.1.4-5] [MQTT-3.2.2-1] row 47: all three versions."""
    client = broker.open(any_version, unique("c"))
    assert client.connect().session_present is False
    client.ping()


# ---- client ids

@pytest.mark.parametrize("name", ["a", "0123456789ABCDEFGHIJKLM", "Z" * 23,
                                  "abcdefghijklmnopqrstuvw", "nopqrstuvwxyz0123456789"])
def test_client_ids_of_1_to_23_letters_and_digits_are_accepted(broker, any_version, name):
    """[MQTT-3.1.3-5]"""
    broker.connect(any_version, name).ping()


@pytest.mark.parametrize("name", ["x" * 24, "x" * 256, "slash/in/id", "ümläut-日本", "sp ace",
                                  "wild#+card", "$SYS", "../../etc/passwd", "a\"b\\c\nd"])
def test_longer_and_stranger_client_ids_are_accepted(broker, any_version, name):
    """[MQTT-3.1.3-5] [MQTT-3.1.3-2]"""
    broker.connect(any_version, name).ping()


def test_sessions_are_kept_apart_by_client_id(broker, version, topic):
    """[MQTT-3.1.3-2] ids differ in case: two clients, two sets of subscriptions."""
    name = unique("c")
    lower, upper = broker.connect(version, name), broker.connect(version, name.upper() + "X")
    lower.subscribe(topic)
    upper.publish(topic, b"x", qos=1)
    lower.expect_publish(topic, b"x")
    upper.expect_nothing(lower)


def test_an_empty_client_id_is_given_a_unique_one_in_5(broker):
    """[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]"""
    ids = set()
    for _ in range(50):
        client = broker.connect(V5, "")
        assigned = client.connack.properties["assigned_client_identifier"]
        assert assigned.startswith("auto-") and len(assigned) > len("auto-") + 8
        ids.add(assigned)
    assert len(ids) == 50


def test_an_assigned_client_id_is_the_clients_own(broker, topic):
    """[MQTT-3.1.3-7] the CONNECT counts as sent with it: its session resumes under it."""
    expiry = [("session_expiry_interval", 60)]
    first = broker.connect(V5, "", clean=False, properties=expiry)
    name = first.connack.properties["assigned_client_identifier"]
    first.subscribe(topic, qos=1)
    first.disconnect()
    broker.connect(V5).publish(topic, b"kept", qos=1)
    second = broker.connect(V5, name, clean=False, properties=expiry)
    assert second.connack.session_present
    assert "assigned_client_identifier" not in second.connack.properties
    second.expect_publish(topic, b"kept")


def test_an_empty_client_id_with_clean_session_is_accepted_in_3_1_1(broker):
    """[MQTT-3.1.3-6] two of them do not take each other over."""
    first, second = broker.connect(V311, ""), broker.connect(V311, "")
    first.ping()
    second.ping()


def test_an_empty_client_id_without_clean_session_is_rejected_in_3_1_1(broker):
    """[MQTT311-3.1.3-7] [MQTT311-3.1.3-8] [MQTT311-3.2.2-4] [MQTT311-3.2.2-5]"""
    client = broker.open(V311, "")
    client.connect(clean=False, code=2)
    client.expect_closed()


@pytest.mark.parametrize("clean", [True, False])
def test_an_empty_client_id_is_rejected_in_3_1(broker, clean):
    """[MQTT31] 3.1 wants 1 to 23 characters."""
    client = broker.open(V31, "")
    client.connect(clean=clean, code=2)
    client.expect_closed()


def test_empty_client_ids_can_be_refused_by_option(broker_with, any_version):
    """[MQTT-3.1.3-8]"""
    broker = broker_with(mqtt={"allow_zero_length_clientid": False})
    client = broker.open(any_version, "")
    client.connect(code=0x85 if any_version == V5 else 2)
    client.expect_closed()


def test_a_client_id_above_the_limit_is_rejected(broker, any_version):
    """[MQTT-3.1.3-8] [MQTT-3.1.4-2] [MQTT-3.2.2-7] limits.max_clientid_bytes is 256."""
    client = broker.open(any_version, "x" * 257)
    client.connect(code=0x85 if any_version == V5 else 2)
    client.expect_closed()


@pytest.mark.parametrize("name, value", [("username", "u" * 257), ("password", b"p" * 1025)],
                         ids=["username", "password"])
def test_credentials_above_the_limit_are_rejected(broker, any_version, name, value):
    """[MQTT-3.1.4-2]"""
    client = broker.open(any_version, unique("c"))
    client.send_connect(**{"username": "user", name: value})
    answer = client.expect(CONNACK)
    assert answer.code in ((0x86, 0x87, 0x97, 0x95) if any_version == V5 else (2, 3, 4, 5))
    client.expect_closed()


# ---- clean start and rejection

def test_nothing_behind_a_rejected_connect_is_processed(broker, version, topic):
    """[MQTT-3.1.4-6] [MQTT311-3.1.4-5] a PUBLISH pipelined behind it has no effect."""
    watcher = broker.connect(version)
    watcher.subscribe(topic)
    client = broker.open(version, "x" * 257)
    client.send(packets.connect(version, "x" * 257), packets.publish(version, topic, b"smuggled"),
                packets.pingreq())
    client.expect(CONNACK, code=0x85 if version == V5 else 2)
    client.expect_closed()
    watcher.expect_nothing(broker.connect(version))


def test_packets_behind_connect_need_not_wait_for_connack(broker, any_version, topic):
    """[MQTT-3.2.0-1] pipelined packets are executed in order, CONNACK comes first."""
    client = broker.open(any_version, unique("c"))
    client.send(packets.connect(any_version, client.client_id),
                packets.subscribe(any_version, 1, [(topic, 0)]),
                packets.publish(any_version, topic, b"early"), packets.pingreq())
    client.expect(CONNACK, code=0)
    client.wait_for(9, packet_id=1)
    client.expect_publish(topic, b"early")
    client.wait_for(PINGRESP)


def test_a_broken_packet_behind_connect_is_answered_after_connack(broker, version):
    """[MQTT-3.2.0-1] [MQTT-3.14.0-1] in one write: CONNACK first, then what is wrong."""
    for broken in (packets.publish(version, "a/#", b"x"), packets.plain(0), b"\xc1\0",
                   packets.connect(version, "again")):
        client = broker.open(version, unique("c"))
        client.send(packets.connect(version, client.client_id), broken)
        client.expect(CONNACK, code=0)
        client.expect_disconnect(0x81, 0x82, 0x90)


def test_disconnect_behind_connect_is_a_whole_visit(broker, any_version, topic):
    """[MQTT-3.2.0-1] CONNECT, PUBLISH and DISCONNECT in one write: all of it happens."""
    watcher = broker.connect(any_version)
    watcher.subscribe(topic)
    client = broker.open(any_version, unique("c"))
    client.send(packets.connect(any_version, client.client_id),
                packets.publish(any_version, topic, b"hasty"), packets.disconnect(any_version))
    client.expect(CONNACK, code=0)
    client.expect_closed()
    watcher.expect_publish(topic, b"hasty")


def test_clean_start_discards_subscriptions_and_the_queue(broker, version, topic):
    """[MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT-3.2.2-2] [MQTT311-3.1.2-6]"""
    expiry = [("session_expiry_interval", 60)] if version == V5 else []
    name = unique("c")
    first = broker.connect(version, name, clean=False, properties=expiry)
    first.subscribe(topic, qos=1)
    first.disconnect()
    publisher = broker.connect(version)
    publisher.publish(topic, b"queued", qos=1)
    second = broker.connect(version, name, clean=True, properties=expiry)
    assert not second.connack.session_present
    publisher.publish(topic, b"live", qos=1)
    second.expect_nothing(publisher)


def test_clean_start_discards_what_was_in_flight_both_ways(broker, version, topic):
    """[MQTT-3.1.2-4]"""
    expiry = [("session_expiry_interval", 60)] if version == V5 else []
    name = unique("c")
    first = broker.connect(version, name, clean=False, properties=expiry)
    first.subscribe(topic, qos=2)
    publisher = broker.connect(version)
    publisher.publish(topic, b"out", qos=2)
    first.expect_publish(topic, b"out", answer=False)
    first.send(packets.publish(version, topic, b"in", qos=2, packet_id=9))
    first.expect(PUBREC, packet_id=9)
    first.drop()
    second = broker.connect(version, name, clean=True, properties=expiry)
    second.send(packets.pubrel(9))
    second.expect(PUBCOMP, packet_id=9, code=0x92 if version == V5 else 0)
    second.expect_nothing(publisher)


def test_a_clean_session_is_not_reused_by_a_later_session(broker, v3_version, topic):
    """[MQTT311-3.1.2-6]"""
    name = unique("c")
    first = broker.connect(v3_version, name, clean=True)
    first.subscribe(topic, qos=1)
    first.disconnect()
    second = broker.connect(v3_version, name, clean=False)
    assert not second.connack.session_present
    publisher = broker.connect(v3_version)
    publisher.publish(topic, b"x", qos=1)
    second.expect_nothing(publisher)


def test_without_clean_start_a_session_is_created_and_then_resumed(broker, version, topic):
    """[MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.1.2-23] [MQTT-3.2.2-3] [MQTT311-3.1.2-4]"""
    expiry = [("session_expiry_interval", 60)] if version == V5 else []
    name = unique("c")
    first = broker.connect(version, name, clean=False, properties=expiry)
    assert not first.connack.session_present
    first.subscribe(topic, qos=1)
    first.disconnect()
    second = broker.connect(version, name, clean=False, properties=expiry)
    assert second.connack.session_present
    publisher = broker.connect(version)
    publisher.publish(topic, b"still subscribed", qos=1)
    second.expect_publish(topic, b"still subscribed")


# ---- properties of CONNECT

_BAD_PROPERTIES = {
    "session_expiry_interval_twice": [("session_expiry_interval", 1)] * 2,
    "receive_maximum_twice": [("receive_maximum", 1)] * 2,
    "maximum_packet_size_twice": [("maximum_packet_size", 1000)] * 2,
    "topic_alias_maximum_twice": [("topic_alias_maximum", 1)] * 2,
    "request_response_information_twice": [("request_response_information", 1)] * 2,
    "request_problem_information_twice": [("request_problem_information", 1)] * 2,
    "authentication_method_twice": [("authentication_method", "m")] * 2,
    "authentication_data_twice": [("authentication_method", "m")]
                                 + [("authentication_data", b"d")] * 2,
    "receive_maximum_0": [("receive_maximum", 0)],
    "maximum_packet_size_0": [("maximum_packet_size", 0)],
    "request_response_information_2": [("request_response_information", 2)],
    "request_problem_information_2": [("request_problem_information", 2)],
    "authentication_data_alone": [("authentication_data", b"d")],
    "unknown_property": [b"\x7e\x01"],
    "truncated_value": [b"\x11\x00\x00"],
}


@pytest.mark.parametrize("name", _BAD_PROPERTIES)
def test_broken_properties_of_connect_are_refused(broker, name):
    """[X-PROP-2] [X-PROP-3] [X-PROP-4] [X-PROP-5] [X-PROP-6] [MQTT-3.1.4-1]"""
    client = broker.open(V5)
    client.send(packets.connect(V5, "id", properties=_BAD_PROPERTIES[name]))
    client.expect_refused_connect(0x81, 0x82, 0x8C)


def test_a_property_length_beyond_the_connect_packet_is_refused(broker):
    """[X-PROP-3]"""
    client = broker.open(V5)
    client.send(packets.frame(0x10, packets.text("MQTT") + b"\5\2\0\x3c\x7f" + packets.text("id")))
    client.expect_refused_connect(0x81)


@pytest.mark.parametrize("wants", [None, 0])
def test_response_information_is_not_sent_unasked(broker, wants):
    """[MQTT-3.1.2-28]"""
    properties = [] if wants is None else [("request_response_information", wants)]
    client = broker.connect(V5, properties=properties)
    assert "response_information" not in client.connack.properties


def test_problem_information_is_left_out_when_not_wanted(broker, topic):
    """[MQTT-3.1.2-29] the client refuses a Reason String on everything it can be told here."""
    client = broker.connect(V5, properties=[("request_problem_information", 0)])
    client.publish(topic, b"nobody", qos=1)
    client.publish(topic, b"nobody", qos=2)
    client.send(packets.pubrel(77))
    client.expect(PUBCOMP, packet_id=77, code=0x92)
    client.subscribe("a#", code=0x8F)
    client.unsubscribe(topic, codes=[0x11])
    client.publish("$SYS/x", b"refused", qos=1)
    client.publish("$SYS/x", b"refused", qos=2)


def test_the_bridge_bit_of_the_protocol_version_does_not_crash_anything(broker, v3_version):
    """[MQTT31] bit 7 of the level (0x83, 0x84) marks a bridge: accepted or refused, cleanly."""
    client = broker.open(v3_version, unique("c"))
    client.send_connect(level=v3_version | 0x80)
    answer = client.expect(CONNACK)
    assert answer.code in (0, 1)
    if answer.code == 0:
        client.ping()
    else:
        client.expect_closed()


def test_a_5_0_client_cannot_use_the_bridge_bit(broker):
    """[MQTT-3.1.2-2] 0x85 is no protocol version."""
    client = broker.open(V5)
    client.send(packets.connect(V5, "id", level=0x85))
    client.expect(CONNACK, code=0x84)
    client.expect_closed()


def test_the_name_mqtt_with_the_level_of_3_1_is_refused(broker):
    """[MQTT31] [MQTT-3.1.2-1] level 3 belongs to the name MQIsdp."""
    client = broker.open(V31, "id")
    client.send_connect(name="MQTT")
    answer = client.expect(CONNACK)
    assert answer.code == 1
    client.expect_closed()


def test_puback_of_a_client_is_never_answered_with_an_auth_packet(broker, topic):
    """[MQTT-4.12.0-6] no Authentication Method in CONNECT: none in CONNACK, and no AUTH."""
    client = broker.connect(V5)
    assert "authentication_method" not in client.connack.properties
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x", qos=1)
    packet = client.expect_publish(topic, b"x")
    assert packet.type != AUTH
    client.expect_nothing()


def test_an_unfinished_connect_does_not_count_as_one(broker):
    """[MQTT-3.1.0-1] FIN in the middle of CONNECT: closed, no session, no answer."""
    client = broker.open(V5)
    client.send(packets.connect(V5, "half")[:-2])
    client.finish()
    client.expect_closed()


def test_acks_of_every_kind_before_connack_are_too_early(broker):
    """[MQTT-3.1.0-1] [MQTT-3.1.2-30]"""
    for kind in (PUBACK, PUBREC, PUBCOMP):
        client = broker.open(V5)
        client.send(packets.acknowledgement(kind, 1))
        client.expect_closed()
