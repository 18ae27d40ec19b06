"""Retained messages (3.3.1.3, 3.8.3.1): what is kept, what a subscription brings, which flags."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import SUBACK, V5, V31, V311


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_retained_message_replaces_the_one_before(broker, any_version, topic, qos):
    """[MQTT-3.3.1-5] [MQTT311-3.3.1-7] also by QoS 0."""
    publisher = broker.connect(any_version)
    publisher.publish(topic, b"old", qos=2, retain=True)
    publisher.publish(topic, b"new", qos=qos, retain=True)
    publisher.ping()
    subscriber = broker.connect(any_version)
    subscriber.subscribe(topic, qos=2)
    subscriber.expect_publish(topic, b"new", retain=True, qos=qos)
    subscriber.expect_nothing(publisher)


def test_a_retained_message_comes_after_suback(broker, any_version, topic):
    """Our order: first the answer, then what it brings."""
    publisher = broker.connect(any_version)
    publisher.publish(topic, b"x", qos=1, retain=True)
    subscriber = broker.connect(any_version)
    subscriber.send(packets.subscribe(any_version, 7, [(topic, 1)]))
    subscriber.expect(SUBACK, packet_id=7)
    subscriber.expect_publish(topic, b"x", retain=True)


def test_an_empty_retained_message_is_delivered_and_deletes_the_stored_one(broker, version, topic):
    """[MQTT-3.3.1-6] [MQTT-3.3.1-7]"""
    watcher, publisher = broker.connect(version), broker.connect(version)
    publisher.publish(topic, b"x", qos=1, retain=True)
    watcher.subscribe(topic)
    watcher.expect_publish(topic, b"x", retain=True)
    publisher.publish(topic, b"", qos=1, retain=True)
    watcher.expect_publish(topic, b"", retain=False)
    late = broker.connect(version)
    late.subscribe(topic)
    late.expect_nothing(publisher)


def test_an_empty_message_is_not_stored_as_retained(broker, version, topic):
    """[MQTT-3.3.1-7] there was none before, there is none after."""
    publisher = broker.connect(version)
    publisher.publish(topic, b"", qos=1, retain=True)
    subscriber = broker.connect(version)
    subscriber.subscribe(topic)
    subscriber.expect_nothing(publisher)


@pytest.mark.parametrize("payload", [b"", b"live"])
def test_a_message_without_retain_leaves_the_stored_one_alone(broker, version, topic, payload):
    """[MQTT-3.3.1-8]"""
    publisher = broker.connect(version)
    publisher.publish(topic, b"kept", qos=1, retain=True)
    publisher.publish(topic, payload, qos=1)
    subscriber = broker.connect(version)
    subscriber.subscribe(topic)
    subscriber.expect_publish(topic, b"kept", retain=True)
    subscriber.expect_nothing(publisher)


def test_a_retained_message_outlives_its_publishers_session(broker, version, topic):
    """[MQTT311-3.1.2-7]"""
    publisher = broker.connect(version, clean=True)
    publisher.publish(topic, b"x", qos=1, retain=True)
    publisher.disconnect()
    subscriber = broker.connect(version)
    subscriber.subscribe(topic)
    subscriber.expect_publish(topic, b"x", retain=True)


def test_retain_handling_0_brings_retained_messages_at_every_subscribe(broker, topic):
    """[MQTT-3.3.1-9] [MQTT-3.8.4-4]"""
    client = broker.connect(V5)
    client.publish(topic, b"x", qos=1, retain=True)
    for _ in range(3):
        client.subscribe(topic, retain_handling=0)
        client.expect_publish(topic, b"x", retain=True)
    client.expect_nothing(client)


def test_retain_handling_1_brings_them_to_a_new_subscription_only(broker, topic):
    """[MQTT-3.3.1-10]"""
    client = broker.connect(V5)
    client.publish(topic, b"x", qos=1, retain=True)
    client.subscribe(topic, retain_handling=1)
    client.expect_publish(topic, b"x", retain=True)
    client.subscribe(topic, retain_handling=1)
    client.expect_nothing(client)
    client.unsubscribe(topic)
    client.subscribe(topic, retain_handling=1)
    client.expect_publish(topic, b"x", retain=True)


def test_retain_handling_2_never_brings_them(broker, topic):
    """[MQTT-3.3.1-11]"""
    client = broker.connect(V5)
    client.publish(topic, b"x", qos=1, retain=True)
    client.subscribe(topic, retain_handling=2)
    client.expect_nothing(client)


def test_a_3_client_gets_them_at_every_subscribe(broker, v3_version, topic):
    """[MQTT311-3.8.4-3]"""
    client = broker.connect(v3_version)
    client.publish(topic, b"x", qos=1, retain=True)
    for _ in range(3):
        client.subscribe(topic)
        client.expect_publish(topic, b"x", retain=True)


def test_a_resumed_session_does_not_get_them_again(broker, version, topic):
    """[MQTT-3.3.1-9] resuming is not subscribing."""
    name = unique("c")
    properties = [("session_expiry_interval", 60)] if version == V5 else []
    client = broker.connect(version, name, clean=False, properties=properties)
    client.publish(topic, b"x", qos=1, retain=True)
    client.subscribe(topic, qos=1)
    client.expect_publish(topic, b"x", retain=True)
    client.disconnect()
    again = broker.connect(version, name, clean=False, properties=properties)
    again.expect_nothing(broker.connect(version))


def test_live_messages_have_retain_0_by_default(broker, any_version, topic):
    """[MQTT-3.3.1-12] [MQTT311-3.3.1-8] [MQTT311-3.3.1-9]"""
    subscriber, publisher = broker.connect(any_version), broker.connect(any_version)
    subscriber.subscribe(topic)
    publisher.publish(topic, b"x", retain=True)
    subscriber.expect_publish(topic, b"x", retain=False)


@pytest.mark.parametrize("retain", [False, True])
def test_retain_as_published_keeps_the_flag(broker, topic, retain):
    """[MQTT-3.3.1-13]"""
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic, retain_as_published=True)
    publisher.publish(topic, b"x", retain=retain)
    subscriber.expect_publish(topic, b"x", retain=retain)


@pytest.mark.parametrize("keep_flag", [False, True])
def test_retained_messages_have_retain_1_whatever_retain_as_published_says(broker, topic,
                                                                           keep_flag):
    """[MQTT-3.3.1-9] [MQTT311-3.3.1-8]"""
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    publisher.publish(topic, b"x", qos=1, retain=True)
    subscriber.subscribe(topic, retain_as_published=keep_flag)
    subscriber.expect_publish(topic, b"x", retain=True)


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("granted", [0, 1, 2])
def test_retained_messages_come_with_the_lower_qos(broker, version, topic, published, granted):
    """[MQTT-3.8.4-8]"""
    publisher, subscriber = broker.connect(version), broker.connect(version)
    publisher.publish(topic, b"x", qos=published, retain=True)
    publisher.ping()
    subscriber.subscribe(topic, qos=granted)
    subscriber.expect_publish(topic, b"x", qos=min(published, granted), retain=True)


def test_a_wildcard_subscription_brings_every_matching_retained_message(broker, version):
    """[MQTT-3.3.1-9] [MQTT-3.3.2-3]"""
    prefix = unique("t")
    publisher, subscriber = broker.connect(version), broker.connect(version)
    names = [f"{prefix}/{a}/{b}" for a in "abc" for b in "xyz"] + [prefix, f"{prefix}/a"]
    for name in names:
        publisher.publish(name, name.encode(), qos=1, retain=True)
    subscriber.subscribe(f"{prefix}/#")
    got = {subscriber.expect_publish(retain=True).topic for _ in names}
    assert got == set(names)
    subscriber.subscribe(f"{prefix}/+/x")
    got = {subscriber.expect_publish(retain=True).topic for _ in range(3)}
    assert got == {f"{prefix}/{a}/x" for a in "abc"}
    subscriber.expect_nothing(publisher)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_retained_messages_of_more_bytes_than_a_queue_may_have_all_come(broker, version, qos):
    """[MQTT-3.3.1-9] mqtt.max_queued_bytes is 4 MiB; for one who does not read at once, too."""
    base = unique("t")
    publisher = broker.connect(version)
    names = [f"{base}/{number}" for number in range(60)]
    for name in names:
        publisher.publish(name, b"x" * 100_000, qos=1, retain=True)
    subscriber = broker.connect(version)
    subscriber.send(packets.subscribe(version, 7, [(f"{base}/#", qos)]))
    publisher.ping()
    subscriber.expect(SUBACK, packet_id=7)
    assert {subscriber.expect_publish(retain=True, qos=min(qos, 1)).topic for _ in names} == set(names)
    subscriber.expect_nothing(publisher)
    for name in names:
        publisher.publish(name, b"", retain=True)


def test_each_filter_of_one_subscribe_brings_its_retained_messages(broker, version):
    """[MQTT-3.8.4-5] [MQTT-3.3.1-9]"""
    first, second = unique("t"), unique("t")
    publisher, subscriber = broker.connect(version), broker.connect(version)
    publisher.publish(first, b"1", qos=1, retain=True)
    publisher.publish(second, b"2", qos=1, retain=True)
    subscriber.subscribe(first, second)
    assert {subscriber.expect_publish(retain=True).payload for _ in range(2)} == {b"1", b"2"}


def test_no_local_does_not_hold_for_the_retained_message_of_another(broker, topic):
    """[MQTT-3.8.3-3] what somebody else published is no own message."""
    publisher, subscriber = broker.connect(V5), broker.connect(V5)
    publisher.publish(topic, b"x", qos=1, retain=True)
    subscriber.subscribe(topic, no_local=True)
    subscriber.expect_publish(topic, b"x", retain=True)


def test_retained_messages_are_not_sent_to_a_shared_subscription(broker, any_version, topic):
    """[X-SUB-2] the same in 3.x."""
    publisher, subscriber = broker.connect(any_version), broker.connect(any_version)
    publisher.publish(topic, b"x", qos=1, retain=True)
    subscriber.subscribe("$share/group/" + topic)
    subscriber.expect_nothing(publisher)


def test_an_alias_only_publish_sets_and_deletes_the_retained_message_of_its_topic(broker, topic):
    """[MQTT-3.3.1-5] [MQTT-3.3.1-6] the resolved topic is meant, not the empty one."""
    publisher = broker.connect(V5)
    alias = [("topic_alias", 1)]
    publisher.send(packets.publish(V5, topic, b"x", properties=alias),
                   packets.publish(V5, "", b"kept", retain=True, properties=alias))
    publisher.ping()
    early = broker.connect(V5)
    early.subscribe(topic)
    early.expect_publish(topic, b"kept", retain=True)
    publisher.send(packets.publish(V5, "", b"", retain=True, properties=alias))
    publisher.ping()
    late = broker.connect(V5)
    late.subscribe(topic)
    late.expect_nothing(publisher)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_refused_retained_publish_is_not_stored(broker, version, qos):
    """Row 23: $SYS/... is refused, and nothing of it is kept."""
    name = "$SYS/" + unique("t")
    publisher, subscriber = broker.connect(version), broker.connect(version)
    publisher.publish(name, b"x", qos=qos, retain=True)
    publisher.ping()
    subscriber.subscribe(name)
    subscriber.expect_nothing(publisher)


def test_large_retained_messages_arrive_whole(broker, version, topic):
    """[MQTT-3.3.1-5]"""
    payload = bytes(range(256)) * 4000
    publisher, subscriber = broker.connect(version), broker.connect(version)
    publisher.publish(topic, payload, qos=1, retain=True)
    subscriber.subscribe(topic, qos=1)
    subscriber.expect_publish(topic, payload, retain=True)


@pytest.mark.parametrize("publisher_version", [V31, V311, V5])
def test_retained_messages_cross_versions(broker, any_version, publisher_version, topic):
    """[MIXED]"""
    publisher, subscriber = broker.connect(publisher_version), broker.connect(any_version)
    publisher.publish(topic, b"x", qos=1, retain=True)
    subscriber.subscribe(topic, qos=1)
    subscriber.expect_publish(topic, b"x", retain=True, qos=1)
