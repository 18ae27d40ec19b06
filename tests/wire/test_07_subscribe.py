"""SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK (sections 3.8 to 3.11)."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import DISCONNECT, PUBLISH, PUBREL, SUBACK, UNSUBACK, V5, V311

EXPIRY = [("session_expiry_interval", 60)]


# ---- SUBSCRIBE as bytes

def test_subscribe_needs_a_filter(broker, any_version):
    """[MQTT-3.8.3-2]"""
    client = broker.connect(any_version)
    client.send(packets.subscribe(any_version, 1, []))
    client.expect_disconnect(0x81, 0x82)


def test_unsubscribe_needs_a_filter(broker, any_version):
    """[MQTT-3.10.3-2]"""
    client = broker.connect(any_version)
    client.send(packets.unsubscribe(any_version, 1, []))
    client.expect_disconnect(0x81, 0x82)


def test_a_filter_without_its_options_byte_is_malformed(broker, any_version):
    """[MQTT-3.8.3-2] the packet ends where the options should stand."""
    whole = packets.subscribe(any_version, 1, [("a/b", 0)])
    client = broker.connect(any_version)
    client.send(packets.frame(0x82, whole[2:-1]), b"\x00")
    client.expect_disconnect(0x81)


def test_a_second_filter_without_its_options_byte_is_malformed(broker, any_version, topic):
    """[MQTT-3.8.3-2] and the first filter of that packet was not subscribed, either: nothing of a
    malformed packet is executed."""
    name = unique("c")
    properties = EXPIRY if any_version == V5 else []
    whole = packets.subscribe(any_version, 1, [(topic, 0), ("a/b", 0)])
    client = broker.connect(any_version, name, clean=False, properties=properties)
    client.send(packets.frame(0x82, whole[2:-1]))
    client.expect_disconnect(0x81)
    again = broker.connect(any_version, name, clean=False, properties=properties)
    again.publish(topic, b"x", qos=1)
    again.expect_nothing()


def test_a_filter_longer_than_the_packet_is_malformed(broker, any_version):
    """[MQTT-3.8.3-2] [MQTT-4.13.1-1]"""
    properties = b"\0" if any_version == V5 else b""
    client = broker.connect(any_version)
    client.send(packets.frame(0x82, b"\0\1" + properties + b"\xff\xffabc\0"))
    client.expect_disconnect(0x81)


@pytest.mark.parametrize("bits", [0x40, 0x80, 0xC0])
def test_reserved_option_bits_are_malformed(broker, bits):
    """[MQTT-3.8.3-5]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("a", bits)]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("bits", [0x04, 0x08, 0x10, 0x20, 0x40, 0x80])
def test_option_bits_of_5_are_reserved_in_3(broker, v3_version, bits):
    """[MQTT-3.8.3-5] [MQTT311-4.8.0-1]"""
    client = broker.connect(v3_version)
    client.send(packets.subscribe(v3_version, 1, [("a", bits)]))
    client.expect_closed()


def test_a_requested_qos_of_three_is_refused(broker, any_version):
    """[MQTT-3.8.3-5] [X-SUB-1]"""
    client = broker.connect(any_version)
    client.send(packets.subscribe(any_version, 1, [("a", 3)]))
    client.expect_disconnect(0x81, 0x82)


def test_retain_handling_3_is_a_protocol_error(broker):
    """[MQTT-3.8.3-5] [X-SUB-1]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("a", packets.options(retain_handling=3))]))
    client.expect_disconnect(0x81, 0x82)


def test_a_subscription_identifier_of_zero_is_a_protocol_error(broker):
    """[X-PROP-5]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("a", 0)], properties=[("subscription_identifier", 0)]))
    client.expect_disconnect(0x82)


def test_two_subscription_identifiers_are_a_protocol_error(broker):
    """[X-PROP-2]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("a", 0)],
                                  properties=[("subscription_identifier", 1)] * 2))
    client.expect_disconnect(0x82)


@pytest.mark.parametrize("name, value", [("reason_string", "r"), ("topic_alias", 1),
                                         ("message_expiry_interval", 1), ("server_reference", "s"),
                                         ("session_expiry_interval", 1)],
                         ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("packet", ["subscribe", "unsubscribe"])
def test_a_foreign_property_is_refused(broker, packet, name, value):
    """[X-PROP-1]"""
    client = broker.connect(V5)
    if packet == "subscribe":
        client.send(packets.subscribe(V5, 1, [("a", 0)], properties=[(name, value)]))
    else:
        client.send(packets.unsubscribe(V5, 1, ["a"], properties=[(name, value)]))
    client.expect_disconnect(0x81, 0x82)


def test_a_subscription_identifier_in_unsubscribe_is_refused(broker):
    """[X-PROP-1]"""
    client = broker.connect(V5)
    client.send(packets.unsubscribe(V5, 1, ["a"], properties=[("subscription_identifier", 1)]))
    client.expect_disconnect(0x81, 0x82)


def test_user_properties_of_subscribe_and_unsubscribe_are_accepted(broker, topic):
    """[MQTT-1.5.7-1] well-formed ones are no error, and are not sent back."""
    client = broker.connect(V5)
    pairs = [("user_property", ("k", "v")), ("user_property", ("k", "w"))]
    client.send(packets.subscribe(V5, 1, [(topic, 0)], properties=pairs))
    client.expect(SUBACK, packet_id=1, codes=[0])
    client.send(packets.unsubscribe(V5, 2, [topic], properties=pairs))
    client.expect(UNSUBACK, packet_id=2, codes=[0])


# ---- what a subscription does

@pytest.mark.parametrize("requested", [0, 1, 2])
def test_the_granted_qos_is_the_requested_one(broker, any_version, topic, requested):
    """[MQTT-3.8.4-7] [MQTT-3.8.4-1]"""
    broker.connect(any_version).subscribe(topic, qos=requested)


def test_suback_has_one_code_per_filter_in_their_order(broker, version, topic):
    """[MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-3.9.3-2] [MQTT311-3.8.3-2]"""
    client = broker.connect(version)
    client.send(packets.subscribe(version, 3, [(topic + "/1", 2), ("bad#", 1), (topic + "/2", 0),
                                               ("also/+bad", 2),
                                               (topic + "/3", 1)]))
    failure = 0x8F if version == V5 else 0x80
    client.expect(SUBACK, packet_id=3, codes=[2, failure, 0, failure, 1])


def test_filters_behind_a_refused_one_are_subscribed(broker, version, topic):
    """[MQTT-3.8.4-5]"""
    client = broker.connect(version)
    client.send(packets.subscribe(version, 3, [("bad#", 1), (topic, 1)]))
    client.expect(SUBACK, packet_id=3)
    client.publish(topic, b"x")
    client.expect_publish(topic, b"x")


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("granted", [0, 1, 2])
@pytest.mark.parametrize("path", ["live", "queued", "shared", "will"])
def test_deliveries_have_the_lower_qos(broker, version, topic, path, published, granted):
    """[MQTT-3.8.4-8]"""
    properties = EXPIRY if version == V5 else []
    name = unique("c")
    subscriber = broker.connect(version, name, clean=False, properties=properties)
    subscriber.subscribe(("$share/g/" if path == "shared" else "") + topic, qos=granted)
    if path == "queued":
        subscriber.disconnect()
    if path == "will":
        broker.connect(version, will=packets.Will(topic, b"x", qos=published)).drop()
    else:
        publisher = broker.connect(version)
        publisher.publish(topic, b"x", qos=published)
        publisher.ping()
    if path == "queued":
        subscriber = broker.connect(version, name, clean=False, properties=properties)
    subscriber.expect_publish(topic, b"x", qos=min(published, granted))


def test_an_upgraded_qos_is_possible_by_option(broker_with, version, topic):
    """upgrade_outgoing_qos: the granted QoS is used even when the publisher's was lower."""
    broker = broker_with(mqtt={"upgrade_outgoing_qos": True})
    subscriber, publisher = broker.connect(version), broker.connect(version)
    subscriber.subscribe(topic, qos=2)
    publisher.publish(topic, b"x", qos=0)
    subscriber.expect_publish(topic, b"x", qos=2)


def test_subscribing_again_replaces_the_subscription(broker, version, topic):
    """[MQTT-3.8.4-3] [MQTT311-3.8.4-3] one message, with the new QoS."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic, qos=2)
    client.subscribe(topic, qos=1)
    publisher.publish(topic, b"x", qos=2)
    client.expect_publish(topic, b"x", qos=1)
    client.expect_nothing(publisher)


def test_subscribing_again_replaces_options_and_identifier(broker, topic):
    """[MQTT-3.8.4-3]"""
    client = broker.connect(V5)
    client.subscribe(topic, no_local=True, properties=[("subscription_identifier", 1)])
    client.subscribe(topic, retain_as_published=True, properties=[("subscription_identifier", 2)])
    client.publish(topic, b"x", retain=True)
    got = client.expect_publish(topic, b"x", retain=True)
    assert got.properties.all("subscription_identifier") == [2]
    client.subscribe(topic, retain_handling=2)
    client.publish(topic, b"y", retain=True)
    got = client.expect_publish(topic, b"y", retain=False)
    assert "subscription_identifier" not in got.properties


def test_replacing_a_subscription_loses_no_message(broker, version, topic):
    """[MQTT-3.8.4-4] while another client publishes without a pause."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic, qos=1)
    for i in range(60):
        publisher.send(packets.publish(version, topic, b"%d" % i, qos=1, packet_id=i + 1))
        client.send(packets.subscribe(version, i + 1, [(topic, 1 + i % 2)]))
    got = []
    while len(got) < 60:
        packet = client.receive()
        if packet.type == PUBLISH:
            got.append(packet.payload)
            client.answer(packet)
    assert got == [b"%d" % i for i in range(60)]


def test_the_same_filter_twice_in_one_subscribe_leaves_one_subscription(broker, version, topic):
    """[MQTT-3.8.4-5] [MQTT-3.8.4-3] as if they had come one after the other: the last one holds."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.send(packets.subscribe(version, 1, [(topic, 2), (topic, 0)]))
    client.expect(SUBACK, packet_id=1, codes=[2, 0])
    publisher.publish(topic, b"x", qos=2)
    client.expect_publish(topic, b"x", qos=0)
    client.expect_nothing(publisher)


def test_no_local_keeps_own_messages_away(broker, topic):
    """[MQTT-3.8.3-3]"""
    client, other = broker.connect(V5), broker.connect(V5)
    client.subscribe(topic, qos=1, no_local=True)
    client.publish(topic, b"own", qos=1)
    other.publish(topic, b"other", qos=1)
    client.expect_publish(topic, b"other")
    client.expect_nothing(client)


def test_no_local_compares_client_ids_over_connections(broker, topic):
    """[MQTT-3.8.3-3] the same client id on a later connection is still oneself."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    client.subscribe(topic, qos=1, no_local=True)
    client.disconnect()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    again.publish(topic, b"own", qos=1)
    again.expect_nothing(again)


def test_no_local_holds_for_the_own_will(broker, topic):
    """[MQTT-3.8.3-3] the will is published under the id of the client it belongs to."""
    name = unique("c")
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    client = broker.connect(V5, name, clean=False, properties=EXPIRY, will=packets.Will(topic))
    client.subscribe(topic, qos=1, no_local=True)
    client.drop()
    watcher.expect_publish(topic, b"gone")
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    assert again.connack.session_present
    again.expect_nothing(watcher)


def test_no_local_on_a_shared_subscription_is_a_protocol_error(broker, topic):
    """[MQTT-3.8.3-4]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("$share/g/" + topic, packets.options(no_local=True))]))
    client.expect_disconnect(0x82)


def test_a_subscription_works_as_soon_as_suback_is_there(broker, version, topic):
    """[MQTT-3.8.4-1]"""
    client, publisher = broker.connect(version), broker.connect(version)
    for i in range(50):
        client.subscribe(f"{topic}/{i}")
        publisher.publish(f"{topic}/{i}", b"x")
        client.expect_publish(f"{topic}/{i}", b"x")


# ---- UNSUBSCRIBE

def test_unsubscribe_stops_new_messages(broker, any_version, topic):
    """[MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4]"""
    client, publisher = broker.connect(any_version), broker.connect(any_version)
    client.subscribe(topic, qos=1)
    publisher.publish(topic, b"before", qos=1)
    client.expect_publish(topic, b"before")
    client.unsubscribe(topic)
    publisher.publish(topic, b"after", qos=1)
    client.expect_nothing(publisher)


@pytest.mark.parametrize("other", ["{}/", "/{}", "{}/#", "{}/+", "{} ", "$share/g/{}"])
def test_unsubscribe_compares_filters_character_by_character(broker, version, topic, other):
    """[MQTT-3.10.4-1] a filter that would match the same topics is another filter."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic)
    client.unsubscribe(other.format(topic), codes=[0x11])
    publisher.publish(topic, b"x")
    client.expect_publish(topic, b"x")


def test_a_shared_subscription_is_not_ended_by_the_plain_filter(broker, version, topic):
    """[MQTT-3.10.4-1]"""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe("$share/g/" + topic)
    client.unsubscribe(topic, codes=[0x11])
    client.unsubscribe("$share/h/" + topic, codes=[0x11])
    publisher.publish(topic, b"x")
    client.expect_publish(topic, b"x")
    client.unsubscribe("$share/g/" + topic)
    publisher.publish(topic, b"y")
    client.expect_nothing(publisher)


def test_unsuback_tells_deleted_from_never_there(broker, topic):
    """[MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] one code per filter in their order."""
    client = broker.connect(V5)
    client.subscribe(topic + "/1", topic + "/3")
    client.unsubscribe(topic + "/1", topic + "/2", topic + "/3", topic + "/1",
                       codes=[0, 0x11, 0, 0x11])


def test_unsuback_is_sent_when_nothing_matched(broker, any_version, topic):
    """[MQTT-3.10.4-5]"""
    client = broker.connect(any_version)
    client.send(packets.unsubscribe(any_version, 500, [topic]))
    client.expect(UNSUBACK, packet_id=500)


@pytest.mark.parametrize("qos", [1, 2])
def test_deliveries_that_started_are_completed_after_unsubscribe(broker, version, topic, qos):
    """[MQTT-3.10.4-3] also over a new connection."""
    name = unique("c")
    properties = EXPIRY if version == V5 else []
    client = broker.connect(version, name, clean=False, properties=properties)
    publisher = broker.connect(version)
    client.subscribe(topic, qos=qos)
    publisher.publish(topic, b"x", qos=qos)
    delivery = client.expect_publish(topic, b"x", answer=False)
    client.unsubscribe(topic)
    if qos == 2:
        client.send(packets.pubrec(delivery.packet_id))
        client.expect(PUBREL, packet_id=delivery.packet_id)
    client.drop()
    again = broker.connect(version, name, clean=False, properties=properties)
    if qos == 2:
        again.expect(PUBREL, packet_id=delivery.packet_id)
        again.send(packets.pubcomp(delivery.packet_id))
    else:
        again.expect_publish(topic, b"x", dup=True, packet_id=delivery.packet_id)
    again.expect_nothing(publisher)


@pytest.mark.parametrize("bad", ["a#", "a/#/b", "+a", ""])
def test_unsubscribing_an_invalid_filter_does_no_harm(broker, version, bad):
    """[MQTT-3.11.3-2] there is no such subscription: an UNSUBACK that says so, or malformed."""
    client = broker.connect(version)
    client.send(packets.unsubscribe(version, 9, [bad]))
    try:
        answer = client.receive()
    except AssertionError:
        assert client.closed and version != V5
        return
    if answer.type == DISCONNECT:
        assert answer.code in (0x81, 0x82, 0x8F)
        return
    assert answer.type == UNSUBACK and answer.packet_id == 9
    if version == V5:
        assert answer.codes in ([0x8F], [0x11])
    client.ping()


# ---- switches (row 21)

def test_a_wildcard_filter_is_refused_when_switched_off(broker_with, version, topic):
    """Row 21: 0xA2, and 0x80 for 3.x; other filters work."""
    broker = broker_with(mqtt={"wildcard_subscription_available": False})
    client = broker.connect(version)
    for wild in (topic + "/#", topic + "/+", "#", "+/a"):
        client.subscribe(wild, code=0xA2 if version == V5 else 0x80)
    client.subscribe(topic)


def test_a_shared_filter_is_refused_when_switched_off(broker_with, version, topic):
    """Row 21: 0x9E, and 0x80 for 3.x."""
    broker = broker_with(mqtt={"shared_subscription_available": False})
    client = broker.connect(version)
    client.subscribe("$share/g/" + topic, code=0x9E if version == V5 else 0x80)
    client.subscribe(topic)


def test_a_subscription_identifier_is_refused_when_switched_off(broker_with, topic):
    """Row 21: 0xA1, in SUBACK or as DISCONNECT; without one it works."""
    broker = broker_with(mqtt={"subscription_identifier_available": False})
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [(topic, 0)], properties=[("subscription_identifier", 1)]))
    answer = client.receive()
    assert answer.codes == [0xA1] if answer.type == SUBACK else answer.code == 0xA1
    broker.connect(V5).subscribe(topic)


def test_every_filter_of_a_subscribe_is_checked_not_only_the_first(broker_with, topic):
    """[MQTT-3.8.4-5]"""
    broker = broker_with(mqtt={"wildcard_subscription_available": False})
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [(topic, 1), (topic + "/#", 1), (topic + "/a", 2)]))
    client.expect(SUBACK, packet_id=1, codes=[1, 0xA2, 2])


def test_a_3_1_1_unsuback_has_no_codes(broker, topic):
    """[MQTT-3.10.4-4] the decoder refuses a payload."""
    client = broker.connect(V311)
    client.subscribe(topic)
    client.unsubscribe(topic, "never/there")
