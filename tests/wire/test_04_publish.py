"""PUBLISH (section 3.3): flags, topic, properties, and what subscribers see of them."""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import CONNACK, PUBACK, PUBREC, V5, V31, V311


def test_dup_with_qos_0_is_malformed(broker, version, topic):
    """[MQTT-3.3.1-2]"""
    client = broker.connect(version)
    client.send(packets.publish(version, topic, b"x", dup=True))
    client.expect_disconnect(0x81)


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("dup", [False, True])
def test_qos_3_is_malformed(broker, any_version, topic, dup, retain):
    """[MQTT-3.3.1-4] [MQTT311-4.8.0-1]"""
    client = broker.connect(any_version)
    client.send(packets.publish(any_version, topic, b"x", qos=3, packet_id=1, dup=dup,
                                retain=retain))
    client.expect_disconnect(0x81)


@pytest.mark.parametrize("qos", [1, 2])
def test_the_dup_flag_is_not_passed_on(broker, version, topic, qos):
    """[MQTT-3.3.1-3] [MQTT-4.3.2-2] [MQTT-4.3.3-2] a first delivery has DUP 0 although the
    publisher repeats itself."""
    subscriber, publisher = broker.connect(version), broker.connect(version)
    subscriber.subscribe(topic, qos=qos)
    publisher.send(packets.publish(version, topic, b"x", qos=qos, packet_id=5, dup=True))
    if qos == 2:
        publisher.send(packets.pubrel(5))
    subscriber.expect_publish(topic, b"x", dup=False, qos=qos)


def test_an_empty_topic_without_an_alias_is_refused(broker, any_version):
    """[MQTT-3.3.2-1] [MQTT-4.7.3-1]"""
    client = broker.connect(any_version)
    client.send(packets.publish(any_version, "", b"x"))
    client.expect_disconnect(0x82)


@pytest.mark.parametrize("name", ["#", "+", "a/#", "a/+/b", "a+", "a#b", "/+", "$SYS/#"])
def test_wildcards_in_a_topic_name_are_refused(broker, any_version, name):
    """[MQTT-3.3.2-2] [MQTT-4.7.0-1]"""
    client = broker.connect(any_version)
    client.send(packets.publish(any_version, name, b"x"))
    client.expect_disconnect(0x90)


def test_what_is_delivered_matches_the_filter(broker, version):
    """[MQTT-3.3.2-3]"""
    prefix = unique("t")
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(f"{prefix}/+/x")
    for name in (f"{prefix}/a/x", f"{prefix}/a/y", f"{prefix}/x", f"{prefix}/a/b/x",
                 f"{prefix}//x"):
        publisher.publish(name, name.encode(), qos=1)
    client.expect_publish(f"{prefix}/a/x", f"{prefix}/a/x".encode())
    client.expect_publish(f"{prefix}//x", f"{prefix}//x".encode())
    client.expect_nothing(publisher)


_FORWARDED = {
    "payload_format_indicator_0": [("payload_format_indicator", 0)],
    "payload_format_indicator_1": [("payload_format_indicator", 1)],
    "content_type": [("content_type", "application/json; ünïcode")],
    "empty_content_type": [("content_type", "")],
    "response_topic": [("response_topic", "reply/to/me")],
    "correlation_data": [("correlation_data", bytes(range(256)))],
    "empty_correlation_data": [("correlation_data", b"")],
    "user_properties": [("user_property", ("b", "2")), ("user_property", ("a", "1")),
                        ("user_property", ("b", "2")), ("user_property", ("", ""))],
    "all_of_them": [("payload_format_indicator", 1), ("content_type", "text/plain"),
                    ("response_topic", "r"), ("correlation_data", b"\0\xff"),
                    ("user_property", ("k", "v")), ("user_property", ("k", "w"))],
}


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("name", _FORWARDED)
def test_application_properties_are_forwarded_unaltered(broker, topic, name, qos):
    """[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
    [MQTT-3.3.2-20]"""
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic, qos=qos)
    publisher.publish(topic, b"payload", qos=qos, properties=_FORWARDED[name])
    got = subscriber.expect_publish(topic, b"payload", qos=qos).properties
    for key in {key for key, _ in _FORWARDED[name]}:
        sent = [value for k, value in _FORWARDED[name] if k == key]
        # Payload Format Indicator 0 says the same as its absence.
        assert got.all(key) == sent or (key, sent, got.all(key)) == (
            "payload_format_indicator", [0], [])


@pytest.mark.parametrize("path", ["retained", "queued"])
def test_application_properties_survive_being_stored(broker, topic, path):
    """[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
    [MQTT-3.3.2-20]"""
    name, expiry = unique("c"), [("session_expiry_interval", 60)]
    if path == "queued":
        first = broker.connect(V5, name, clean=False, properties=expiry)
        first.subscribe(topic, qos=1)
        first.disconnect()
    sent = _FORWARDED["all_of_them"]
    broker.connect(V5).publish(topic, b"x", qos=1, retain=path == "retained", properties=sent)
    subscriber = broker.connect(V5, name, clean=False, properties=expiry)
    if path == "retained":
        subscriber.subscribe(topic, qos=1)
    got = subscriber.expect_publish(topic, b"x").properties
    for key in {key for key, _ in sent}:
        assert got.all(key) == [value for k, value in sent if k == key]


@pytest.mark.parametrize("value", ["a/#", "+", "a/+/b", "#"])
def test_wildcards_in_a_response_topic_are_refused(broker, topic, value):
    """[MQTT-3.3.2-14]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[("response_topic", value)]))
    client.expect_disconnect(0x81, 0x82, 0x90)


def test_wildcards_in_the_response_topic_of_a_will_are_refused(broker, topic):
    """[MQTT-3.3.2-14]"""
    client = broker.open(V5)
    will = packets.Will(topic, properties=(("response_topic", "a/#"),))
    client.send(packets.connect(V5, "id", will=will))
    client.expect_refused_connect(0x81, 0x82, 0x90)


def test_a_client_may_not_send_a_subscription_identifier(broker, topic):
    """[MQTT-3.3.4-6]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[("subscription_identifier", 5)]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_the_answer_to_a_publish_depends_on_its_qos(broker, any_version, topic, qos):
    """[MQTT-3.3.4-1]"""
    client = broker.connect(any_version)
    client.send(packets.publish(any_version, topic, b"x", qos=qos, packet_id=qos and 8))
    if qos == 1:
        client.expect(PUBACK, packet_id=8)
    elif qos == 2:
        client.expect(PUBREC, packet_id=8)
    client.expect_nothing()


# ---- message expiry

def test_a_waiting_message_is_deleted_when_it_expires(broker, topic):
    """[MQTT-3.3.2-5] queued for an offline session, one expires and one does not."""
    name, expiry = unique("c"), [("session_expiry_interval", 60)]
    first = broker.connect(V5, name, clean=False, properties=expiry)
    first.subscribe(topic, qos=1)
    first.disconnect()
    publisher = broker.connect(V5)
    publisher.publish(topic, b"short", qos=1, properties=[("message_expiry_interval", 1)])
    publisher.publish(topic, b"long", qos=1, properties=[("message_expiry_interval", 100)])
    _let_pass(publisher, 1.5)
    second = broker.connect(V5, name, clean=False, properties=expiry)
    second.expect_publish(topic, b"long")
    second.expect_nothing(publisher)


def test_a_retained_message_is_deleted_when_it_expires(broker, version, topic):
    """[MQTT-3.3.2-5] for 3.1.1 subscribers, too."""
    publisher = broker.connect(V5)
    publisher.publish(topic, b"x", qos=1, retain=True, properties=[("message_expiry_interval", 1)])
    early = broker.connect(version)
    early.subscribe(topic)
    early.expect_publish(topic, b"x", retain=True)
    _let_pass(publisher, 1.5)
    late = broker.connect(version)
    late.subscribe(topic)
    late.expect_nothing(publisher)


@pytest.mark.parametrize("path", ["retained", "queued"])
def test_the_forwarded_expiry_is_what_is_left(broker, topic, path):
    """[MQTT-3.3.2-6] 50 s, waited 2: 48, give or take one."""
    name, expiry = unique("c"), [("session_expiry_interval", 60)]
    if path == "queued":
        first = broker.connect(V5, name, clean=False, properties=expiry)
        first.subscribe(topic, qos=1)
        first.disconnect()
    publisher = broker.connect(V5)
    publisher.publish(topic, b"x", qos=1, retain=path == "retained",
                      properties=[("message_expiry_interval", 50)])
    _let_pass(publisher, 2)
    subscriber = broker.connect(V5, name, clean=False, properties=expiry)
    if path == "retained":
        subscriber.subscribe(topic, qos=1)
    got = subscriber.expect_publish(topic, b"x")
    assert 46 <= got.properties["message_expiry_interval"] <= 49


def test_a_message_forwarded_at_once_keeps_its_expiry(broker, topic):
    """[MQTT-3.3.2-6]"""
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic)
    publisher.publish(topic, b"x", properties=[("message_expiry_interval", 50)])
    assert subscriber.expect_publish(topic).properties["message_expiry_interval"] in (49, 50)


def _let_pass(client, seconds):
    """Time passes; the connection is used meanwhile, so that nothing else ends it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            client.receive(within=end - time.monotonic())
        except AssertionError:
            client.ping()


# ---- subscription identifiers and overlap

def test_the_subscription_identifier_is_sent(broker, topic):
    """[MQTT-3.3.4-3]"""
    client = broker.connect(V5)
    client.subscribe(topic, properties=[("subscription_identifier", 268435455)])
    client.publish(topic, b"x")
    got = client.expect_publish(topic)
    assert got.properties.all("subscription_identifier") == [268435455]


def test_a_subscription_without_identifier_sends_none(broker, topic):
    """[MQTT-3.3.4-3]"""
    client = broker.connect(V5)
    client.subscribe(topic)
    client.publish(topic, b"x")
    assert "subscription_identifier" not in client.expect_publish(topic).properties


@pytest.mark.parametrize("path", ["retained", "queued", "resumed"])
def test_the_subscription_identifier_is_sent_on_every_path(broker, topic, path):
    """[MQTT-3.3.4-3] retained, queued while offline, and re-sent after a resume."""
    name, expiry = unique("c"), [("session_expiry_interval", 60)]
    identifier = [("subscription_identifier", 42)]
    publisher = broker.connect(V5)
    if path == "retained":
        publisher.publish(topic, b"x", qos=1, retain=True)
    client = broker.connect(V5, name, clean=False, properties=expiry)
    client.subscribe(topic, qos=1, properties=identifier)
    if path == "queued":
        client.disconnect()
    if path != "retained":
        publisher.publish(topic, b"x", qos=1)
    if path == "resumed":
        client.expect_publish(topic, b"x", answer=False)
        client.drop()
    if path != "retained":
        client = broker.connect(V5, name, clean=False, properties=expiry)
    got = client.expect_publish(topic, b"x")
    assert got.properties.all("subscription_identifier") == [42]


def test_overlapping_subscriptions_get_one_copy_with_all_identifiers(broker):
    """[MQTT-3.3.4-2] [MQTT-3.3.4-4] delivery_mode onlyonce, the default: the highest QoS, every
    matching identifier, one message."""
    prefix = unique("t")
    client, publisher = broker.connect(V5), broker.connect(V5)
    client.subscribe(f"{prefix}/+", qos=0, properties=[("subscription_identifier", 1)])
    client.subscribe(f"{prefix}/#", qos=2, properties=[("subscription_identifier", 2)])
    client.subscribe(f"{prefix}/a", qos=1, properties=[("subscription_identifier", 3)])
    client.subscribe(f"{prefix}/b", qos=1, properties=[("subscription_identifier", 4)])
    publisher.publish(f"{prefix}/a", b"x", qos=2)
    got = client.expect_publish(f"{prefix}/a", b"x", qos=2)
    assert sorted(got.properties.all("subscription_identifier")) == [1, 2, 3]
    client.expect_nothing(publisher)


def test_overlapping_subscriptions_get_the_maximum_qos_in_3(broker, v3_version):
    """[MQTT311-3.3.5-1]"""
    prefix = unique("t")
    client, publisher = broker.connect(v3_version), broker.connect(v3_version)
    client.subscribe(f"{prefix}/#", qos=1)
    client.subscribe(f"{prefix}/a", qos=2)
    client.subscribe(f"{prefix}/+", qos=0)
    publisher.publish(f"{prefix}/a", b"x", qos=2)
    client.expect_publish(f"{prefix}/a", b"x", qos=2)
    client.expect_nothing(publisher)


def test_in_overlap_mode_each_subscription_gets_its_copy(broker_with):
    """[MQTT-3.3.4-5] row 15: own QoS, own identifier."""
    broker = broker_with(mqtt={"delivery_mode": "overlap"})
    prefix = unique("t")
    client, publisher = broker.connect(V5), broker.connect(V5)
    client.subscribe(f"{prefix}/+", qos=0, properties=[("subscription_identifier", 1)])
    client.subscribe(f"{prefix}/#", qos=1, properties=[("subscription_identifier", 2)])
    publisher.publish(f"{prefix}/a", b"x", qos=2)
    copies = [client.expect_publish(f"{prefix}/a", b"x") for _ in range(2)]
    assert sorted((copy.properties.all("subscription_identifier"), copy.qos)
                  for copy in copies) == [([1], 0), ([2], 1)]
    client.expect_nothing(publisher)


# ---- properties that do not belong here

_FOREIGN = {
    "session_expiry_interval": 1, "assigned_client_identifier": "x", "server_keep_alive": 1,
    "authentication_method": "m", "authentication_data": b"d", "request_problem_information": 1,
    "will_delay_interval": 1, "request_response_information": 1, "response_information": "r",
    "server_reference": "other:1883", "reason_string": "r", "receive_maximum": 1,
    "topic_alias_maximum": 1, "maximum_qos": 1, "retain_available": 1, "maximum_packet_size": 1,
    "wildcard_subscription_available": 1, "subscription_identifier_available": 1,
    "shared_subscription_available": 1,
}


@pytest.mark.parametrize("name", _FOREIGN)
def test_a_property_of_another_packet_is_refused_and_not_forwarded(broker, topic, name):
    """[X-PROP-1]"""
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[(name, _FOREIGN[name])]))
    client.expect_disconnect(0x81, 0x82)
    watcher.expect_nothing(broker.connect(V5))


@pytest.mark.parametrize("name, value", [
    ("payload_format_indicator", 1), ("message_expiry_interval", 9), ("content_type", "c"),
    ("response_topic", "r"), ("correlation_data", b"d"), ("topic_alias", 1)],
    ids=lambda value: value if isinstance(value, str) else "")
def test_a_single_property_twice_is_a_protocol_error(broker, topic, name, value):
    """[X-PROP-2]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[(name, value), (name, value)]))
    client.expect_disconnect(0x82)


@pytest.mark.parametrize("broken", [b"\x7e\x01", b"\x00", b"\xff\x01", b"\x04\x01"], ids=bytes.hex)
def test_an_unknown_property_is_malformed(broker, topic, broken):
    """[X-PROP-3]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[broken]))
    client.expect_disconnect(0x81)


def test_a_property_length_beyond_the_packet_is_malformed(broker, topic):
    """[X-PROP-3]"""
    client = broker.connect(V5)
    client.send(packets.frame(0x30, packets.text(topic) + b"\x20\x01\x01"))
    client.expect_disconnect(0x81)


@pytest.mark.parametrize("broken", [b"\x02\0\0\0", b"\x03\0\5abc", b"\x23\0", b"\x26\0\1k\0\1",
                                    b"\x26\0\1k", b"\x09\xff\xff", b"\x01"], ids=bytes.hex)
def test_a_property_value_beyond_the_property_block_is_malformed(broker, topic, broken):
    """[X-PROP-3] also when the payload behind the block would have the missing bytes."""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"payload" * 20, properties=[broken]))
    client.expect_disconnect(0x81)


@pytest.mark.parametrize("value", [2, 255])
def test_a_payload_format_indicator_is_zero_or_one(broker, topic, value):
    """[X-PROP-4]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[("payload_format_indicator", value)]))
    client.expect_disconnect(0x81, 0x82)


def test_a_payload_said_to_be_utf8_is_not_inspected(broker, topic):
    """[X-PUB-2] our policy: it is passed on as it is; the receiver may check."""
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic)
    assert publisher.publish(topic, b"\xff\xfe", qos=1,
                             properties=[("payload_format_indicator", 1)]) == 0
    got = subscriber.expect_publish(topic, b"\xff\xfe")
    assert got.properties["payload_format_indicator"] == 1


# ---- reason codes of the acknowledgement

@pytest.mark.parametrize("qos", [1, 2])
def test_the_acknowledgement_says_when_nobody_subscribes(broker, topic, qos):
    """[X-PUB-1] [MQTT-3.4.2-1] [MQTT-3.5.2-1] 0x10 only when truly no subscriber."""
    publisher = broker.connect(V5)
    assert publisher.publish(topic, b"x", qos=qos) == 0x10
    subscriber = broker.connect(V5)
    subscriber.subscribe(topic)
    assert publisher.publish(topic, b"x", qos=qos) == 0
    subscriber.unsubscribe(topic)
    assert publisher.publish(topic, b"x", qos=qos) == 0x10


@pytest.mark.parametrize("qos", [1, 2])
def test_an_offline_subscriber_is_a_subscriber(broker, topic, qos):
    """[X-PUB-1] [MQTT-4.5.0-1]"""
    name, expiry = unique("c"), [("session_expiry_interval", 60)]
    subscriber = broker.connect(V5, name, clean=False, properties=expiry)
    subscriber.subscribe(topic, qos=qos)
    subscriber.disconnect()
    assert broker.connect(V5).publish(topic, b"x", qos=qos) == 0


@pytest.mark.parametrize("qos", [1, 2])
def test_a_shared_subscriber_is_a_subscriber(broker, topic, qos):
    """[X-PUB-1]"""
    subscriber = broker.connect(V5)
    subscriber.subscribe("$share/g/" + topic)
    assert broker.connect(V5).publish(topic, b"x", qos=qos) == 0


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("name", ["$SYS/broker/uptime", "$SYS/x", "$share/g/t"])
def test_a_publish_to_the_brokers_own_topics_is_refused(broker, name, qos):
    """[X-PUB-1] [MQTT-3.4.2-1] [MQTT-3.5.2-1] the connection stays."""
    client = broker.connect(V5)
    assert client.publish(name, b"x", qos=qos) == 0x90
    client.ping()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_refused_publish_of_a_3_client_is_acknowledged_and_dropped(broker, v3_version, qos):
    """[MQTT311-3.3.5-2]"""
    watcher, client = broker.connect(v3_version), broker.connect(v3_version)
    watcher.subscribe("$SYS/hijacked/#")
    client.publish("$SYS/hijacked/x", b"x", qos=qos)
    client.ping()
    watcher.expect_nothing(client)


def test_topics_that_start_with_another_dollar_name_are_ordinary(broker, version):
    """Only $SYS and $share are the broker's; others are for the applications."""
    name = "$app/" + unique("t")
    client = broker.connect(version)
    client.subscribe(name, qos=1)
    client.publish(name, b"x", qos=1)
    client.expect_publish(name, b"x")


# ---- order

@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_of_one_publisher_keep_their_order(broker, any_version, topic, qos):
    """[MQTT-4.6.0-5]"""
    subscriber, publisher = broker.connect(any_version), broker.connect(any_version)
    subscriber.subscribe(topic, qos=qos)
    burst = [packets.publish(any_version, topic, b"%d" % i, qos=qos, packet_id=i + 1 if qos else
                             None) for i in range(80)]
    releases = [packets.pubrel(i + 1) for i in range(80)] if qos == 2 else []
    publisher.send(*burst, *releases)
    for i in range(80):
        subscriber.expect_publish(topic, b"%d" % i, qos=qos)


def test_order_is_kept_across_topics(broker, version):
    """[MQTT-4.6.0-6]"""
    prefix = unique("t")
    subscriber, publisher = broker.connect(version), broker.connect(version)
    subscriber.subscribe(prefix + "/#", qos=1)
    burst = [packets.publish(version, f"{prefix}/{i * 37 % 11}", b"%d" % i, qos=1, packet_id=i + 1)
             for i in range(90)]
    publisher.send(*burst)
    for i in range(90):
        subscriber.expect_publish(f"{prefix}/{i * 37 % 11}", b"%d" % i)


@pytest.mark.parametrize("qos", [1, 2])
def test_order_is_kept_through_an_offline_queue(broker, version, topic, qos):
    """[MQTT-4.6.0-5] some before, some while away, some after."""
    name = unique("c")
    expiry = [("session_expiry_interval", 60)] if version == V5 else []
    subscriber = broker.connect(version, name, clean=False, properties=expiry)
    subscriber.subscribe(topic, qos=qos)
    publisher = broker.connect(version)
    for i in range(10):
        publisher.publish(topic, b"%d" % i, qos=qos)
    for i in range(5):
        subscriber.expect_publish(topic, b"%d" % i)
    subscriber.drop()
    for i in range(10, 20):
        publisher.publish(topic, b"%d" % i, qos=qos)
    again = broker.connect(version, name, clean=False, properties=expiry)
    for i in range(20, 30):
        publisher.publish(topic, b"%d" % i, qos=qos)
    seen = [again.expect_publish(topic).payload for _ in range(25)]
    assert seen == [b"%d" % i for i in range(5, 30)]


# ---- versions mixed

def test_properties_are_dropped_towards_a_3_client(broker, v3_version, topic):
    """[MIXED] the payload is all that is left."""
    subscriber, publisher = broker.connect(v3_version), broker.connect(V5)
    subscriber.subscribe(topic, qos=2)
    publisher.publish(topic, b"payload", qos=2, properties=_FORWARDED["all_of_them"])
    subscriber.expect_publish(topic, b"payload", qos=2)


def test_a_3_publisher_gives_a_5_subscriber_no_properties(broker, v3_version, topic):
    """[MIXED] but the expiry that our own cap gives to every message."""
    subscriber, publisher = broker.connect(V5), broker.connect(v3_version)
    subscriber.subscribe(topic, qos=1)
    publisher.publish(topic, b"payload", qos=1)
    names = {name for name, _ in subscriber.expect_publish(topic, b"payload").properties.items}
    assert names <= {"message_expiry_interval"}


def test_a_topic_alias_is_resolved_for_a_3_subscriber(broker, v3_version, topic):
    """[MIXED]"""
    subscriber, publisher = broker.connect(v3_version), broker.connect(V5)
    subscriber.subscribe(topic)
    alias = [("topic_alias", 3)]
    publisher.send(packets.publish(V5, topic, b"first", properties=alias),
                   packets.publish(V5, "", b"second", properties=alias))
    subscriber.expect_publish(topic, b"first")
    subscriber.expect_publish(topic, b"second")


def test_message_expiry_is_enforced_for_a_3_subscriber(broker, v3_version, topic):
    """[MIXED] [MQTT-3.3.2-5]"""
    name = unique("c")
    first = broker.connect(v3_version, name, clean=False)
    first.subscribe(topic, qos=1)
    first.disconnect()
    publisher = broker.connect(V5)
    publisher.publish(topic, b"short", qos=1, properties=[("message_expiry_interval", 1)])
    publisher.publish(topic, b"long", qos=1)
    _let_pass(publisher, 1.5)
    second = broker.connect(v3_version, name, clean=False)
    second.expect_publish(topic, b"long")
    second.expect_nothing(publisher)


def test_reason_codes_of_5_do_not_leak_to_3_clients(broker, v3_version, topic):
    """[MIXED] [MQTT311-3.9.3-2] acknowledgements of 3.x have no code; SUBACK has its four."""
    client = broker.connect(v3_version)
    client.publish(topic, b"nobody", qos=1)
    client.publish(topic, b"nobody", qos=2)
    client.send(packets.pubrel(99))
    client.expect(7, packet_id=99)
    client.subscribe("a#", code=0x80)
    client.unsubscribe("never/subscribed")
    client.publish("$SYS/x", b"refused", qos=1)


@pytest.mark.parametrize("first, second", [(V31, V311), (V311, V5), (V5, V31), (V31, V5)],
                         ids=["3.1-3.1.1", "3.1.1-5.0", "5.0-3.1", "3.1-5.0"])
def test_a_session_is_resumed_by_another_version(broker, topic, first, second):
    """[MIXED] the session belongs to the client id, not to the protocol level."""
    name = unique("c")

    def session(version):
        properties = [("session_expiry_interval", 60)] if version == V5 else []
        return broker.connect(version, name, clean=False, properties=properties)

    old = session(first)
    old.subscribe(topic, qos=1)
    old.disconnect()
    broker.connect(V5).publish(topic, b"x", qos=1, properties=[("user_property", ("k", "v"))])
    new = session(second)
    assert second == V31 or new.connack.session_present
    assert new.connack.type == CONNACK
    new.expect_publish(topic, b"x")


def test_the_acknowledgement_of_a_duplicate_is_the_same_packet_type(broker, version, topic):
    """[MQTT-3.3.4-1]"""
    client = broker.connect(version)
    for dup in (False, True):
        client.send(packets.publish(version, topic, b"x", qos=2, packet_id=4, dup=dup))
        client.expect(PUBREC, packet_id=4)
