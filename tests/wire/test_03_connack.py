"""CONNACK (section 3.2): what the broker announces, and that it holds clients to it."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import CONNACK, PINGRESP, PUBREC, V5

EXPIRY = [("session_expiry_interval", 60)]


def test_connack_comes_before_queued_messages(broker, version, topic):
    """[MQTT-3.2.0-1] the client refuses any other packet before CONNACK."""
    properties = EXPIRY if version == V5 else []
    name = unique("c")
    first = broker.connect(version, name, clean=False, properties=properties)
    first.subscribe(topic, qos=1)
    first.disconnect()
    publisher = broker.connect(version)
    for i in range(20):
        publisher.publish(topic, b"%d" % i, qos=1)
    second = broker.open(version, name)
    second.send(packets.connect(version, name, clean=False, properties=properties))
    second.expect(CONNACK, code=0, session_present=True)
    for i in range(20):
        second.expect_publish(topic, b"%d" % i)


def test_a_clean_start_is_never_answered_with_session_present(broker, any_version):
    """[MQTT-3.2.2-2] [MQTT-3.2.2-1]"""
    properties = EXPIRY if any_version == V5 else []
    name = unique("c")
    broker.connect(any_version, name, clean=False, properties=properties).disconnect()
    again = broker.connect(any_version, name, clean=True, properties=properties)
    assert again.connack.session_present is False


def test_session_present_says_what_is_stored(broker, version):
    """[MQTT-3.2.2-3] no session, then one, then one that ended with its connection."""
    properties = EXPIRY if version == V5 else []
    name = unique("c")
    assert not broker.connect(version, name, clean=True).connack.session_present
    client = broker.connect(version, name, clean=False, properties=properties)
    assert not client.connack.session_present
    client.disconnect()
    client = broker.connect(version, name, clean=False, properties=properties)
    assert client.connack.session_present
    client.disconnect()
    broker.connect(version, name, clean=True).disconnect()
    client = broker.connect(version, name, clean=False, properties=properties)
    assert not client.connack.session_present


def test_a_refusal_is_never_answered_with_session_present(broker_with):
    """[MQTT-3.2.2-6] although a session is stored under this id."""
    broker = broker_with(mqtt={"retain_available": False})
    name = unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY).disconnect()
    refused = broker.open(V5, name)
    answer = refused.connect(clean=False, will=Will("t", retain=True), code=0x9A)
    assert answer.session_present is False
    refused.expect_closed()


# ---- maximum QoS

@pytest.mark.parametrize("maximum", [0, 1])
def test_a_maximum_qos_below_two_is_announced(broker_with, maximum):
    """[MQTT-3.2.2-9]"""
    client = broker_with(mqtt={"maximum_qos": maximum}).connect(V5)
    assert client.connack.properties["maximum_qos"] == maximum


@pytest.mark.parametrize("requested", [0, 1, 2])
@pytest.mark.parametrize("maximum", [0, 1])
def test_subscriptions_above_the_maximum_qos_are_granted_lower(broker_with, version, topic, maximum,
                                                               requested):
    """[MQTT-3.2.2-10]"""
    client = broker_with(mqtt={"maximum_qos": maximum}).connect(version)
    client.subscribe(topic, qos=requested, code=min(requested, maximum))


@pytest.mark.parametrize("qos, maximum", [(1, 0), (2, 0), (2, 1)])
def test_a_publish_above_the_maximum_qos_is_refused(broker_with, version, topic, qos, maximum):
    """[MQTT-3.2.2-11]"""
    client = broker_with(mqtt={"maximum_qos": maximum}).connect(version)
    client.send(packets.publish(version, topic, b"x", qos=qos, packet_id=1))
    client.expect_disconnect(0x9B)


@pytest.mark.parametrize("qos, maximum", [(1, 0), (2, 1)])
def test_a_will_above_the_maximum_qos_is_refused(broker_with, qos, maximum):
    """[MQTT-3.2.2-12] [MQTT-3.2.2-7]"""
    client = broker_with(mqtt={"maximum_qos": maximum}).open(V5, unique("c"))
    client.connect(will=Will("t", qos=qos), code=0x9B)
    client.expect_closed()


# ---- retain

def test_retain_unavailable_is_announced(broker_with):
    """[MQTT-3.2.2-13]"""
    client = broker_with(mqtt={"retain_available": False}).connect(V5)
    assert client.connack.properties["retain_available"] == 0


def test_a_retained_will_is_refused_when_retain_is_unavailable(broker_with):
    """[MQTT-3.2.2-13] [MQTT-3.2.2-7]"""
    client = broker_with(mqtt={"retain_available": False}).open(V5, unique("c"))
    client.connect(will=Will("t", retain=True), code=0x9A)
    client.expect_closed()


def test_a_retained_publish_is_refused_when_retain_is_unavailable(broker_with, version, topic):
    """[MQTT-3.2.2-14]"""
    client = broker_with(mqtt={"retain_available": False}).connect(version)
    client.send(packets.publish(version, topic, b"x", retain=True))
    client.expect_disconnect(0x9A)


# ---- maximum packet size

def test_the_maximum_packet_size_is_announced(broker_with):
    """[MQTT-3.2.2-15]"""
    client = broker_with(mqtt={"max_packet_size": 4096}).connect(V5)
    assert client.connack.properties["maximum_packet_size"] == 4096


def test_a_packet_of_exactly_the_maximum_size_is_taken(broker_with, version, topic):
    """[MQTT-3.2.2-15]"""
    client = broker_with(mqtt={"max_packet_size": 4096}).connect(version)
    overhead = len(packets.publish(version, topic, b"x" * 200)) - 200
    packet = packets.publish(version, topic, b"x" * (4096 - overhead))
    assert len(packet) == 4096
    client.subscribe(topic)
    client.send(packet)
    client.expect_publish(topic, b"x" * (4096 - overhead))


def test_a_packet_one_byte_above_the_maximum_size_is_refused(broker_with, version, topic):
    """[MQTT-3.2.2-15]"""
    client = broker_with(mqtt={"max_packet_size": 4096}).connect(version)
    overhead = len(packets.publish(version, topic, b"x" * 200)) - 200
    client.send(packets.publish(version, topic, b"x" * (4097 - overhead)))
    client.expect_disconnect(0x95)


def test_the_packet_size_is_judged_by_the_header_alone(broker, any_version):
    """[MQTT-3.2.2-15] the header announces 3 MiB, not one byte of it was sent."""
    client = broker.connect(any_version)
    client.send(b"\x30" + packets.varint(3 << 20))
    client.expect_disconnect(0x95)


# ---- assigned client id

def test_an_assigned_client_id_is_not_that_of_a_stored_session(broker):
    """[MQTT-3.2.2-16] 80 ids whose sessions stay stored: all different, none sequential."""
    def assigned():
        client = broker.connect(V5, "", clean=False, properties=[("session_expiry_interval", 3)])
        name = client.connack.properties["assigned_client_identifier"]
        assert not client.connack.session_present
        client.disconnect()
        return name

    names = [assigned() for _ in range(80)]
    assert len(set(names)) == 80
    first_characters = {name[len("auto-"):][:4] for name in names}
    assert len(first_characters) > 10, f"guessable: {names[:3]}"


# ---- topic alias maximum

def test_every_topic_alias_up_to_the_announced_maximum_is_accepted(broker):
    """[MQTT-3.2.2-17] [MQTT-3.3.2-12]"""
    client = broker.connect(V5)
    maximum = client.connack.properties["topic_alias_maximum"]
    assert maximum == 10
    prefix = unique("t")
    client.subscribe(prefix + "/#")
    for alias in range(1, maximum + 1):
        client.send(packets.publish(V5, f"{prefix}/{alias}", b"set",
                                    properties=[("topic_alias", alias)]))
        client.expect_publish(f"{prefix}/{alias}", b"set")
    for alias in range(1, maximum + 1):
        client.send(packets.publish(V5, "", b"used", properties=[("topic_alias", alias)]))
        client.expect_publish(f"{prefix}/{alias}", b"used")


@pytest.mark.parametrize("alias", [11, 12, 100, 65535])
def test_a_topic_alias_above_the_announced_maximum_is_refused(broker, topic, alias):
    """[MQTT-3.2.2-17] [MQTT-3.3.2-9]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[("topic_alias", alias)]))
    client.expect_disconnect(0x94)


def test_any_topic_alias_is_refused_when_none_was_announced(broker_with, topic):
    """[MQTT-3.2.2-18]"""
    client = broker_with(mqtt={"topic_alias_maximum": 0}).connect(V5)
    assert client.connack.properties.get("topic_alias_maximum", 0) == 0
    client.send(packets.publish(V5, topic, b"x", properties=[("topic_alias", 1)]))
    client.expect_disconnect(0x94)


# ---- size of CONNACK

def test_a_refusing_connack_fits_the_clients_maximum_packet_size(broker):
    """[MQTT-3.2.2-19] [MQTT-3.2.2-20] five bytes hold the bare CONNACK, not a Reason String."""
    client = broker.open(V5, "x" * 257)
    client.send_connect(properties=[("maximum_packet_size", 5)])
    client.expect_refused_connect(0x85)


def test_problem_information_of_connack_is_never_larger_than_the_client_takes(broker):
    """[MQTT-3.2.2-19] [MQTT-3.2.2-20] at every limit from the bare refusal upwards the answer fits,
    which the client checks."""
    for limit in range(5, 120, 6):
        client = broker.open(V5, "x" * 257)
        client.send_connect(properties=[("maximum_packet_size", limit)])
        client.expect_refused_connect(0x85)


# ---- keep alive

def test_a_keep_alive_below_the_cap_is_the_clients_own(broker):
    """[MQTT-3.2.2-22]"""
    client = broker.connect(V5, keep_alive=60)
    assert client.connack.properties.get("server_keep_alive", 60) == 60


@pytest.mark.parametrize("asked", [0, 301, 3600, 65535])
def test_a_keep_alive_above_the_cap_is_capped_in_5(broker, asked):
    """[MQTT-3.2.2-22] [X-KA-1] 0 would mean never."""
    client = broker.connect(V5, keep_alive=asked)
    assert client.connack.properties["server_keep_alive"] == 300


# ---- at most one

def test_connack_is_sent_once(broker, version):
    """[MQTT-3.2.0-2] the client refuses a second one."""
    client = broker.connect(version)
    for _ in range(3):
        client.send(packets.pingreq())
        client.expect(PINGRESP)


@pytest.mark.parametrize("name, value, property_name", [
    ("wildcard_subscription_available", False, "wildcard_subscription_available"),
    ("subscription_identifier_available", False, "subscription_identifier_available"),
    ("shared_subscription_available", False, "shared_subscription_available"),
])
def test_a_switched_off_feature_is_announced(broker_with, name, value, property_name):
    """Row 21."""
    client = broker_with(mqtt={name: value}).connect(V5)
    assert client.connack.properties[property_name] == 0


def test_defaults_that_mean_available_are_absent_or_one(broker):
    """Maximum QoS has no value 2 on the wire: absence says it."""
    properties = broker.connect(V5).connack.properties
    assert "maximum_qos" not in properties
    for name in ("retain_available", "wildcard_subscription_available",
                 "subscription_identifier_available", "shared_subscription_available"):
        assert properties.get(name, 1) == 1


def test_the_receive_maximum_is_announced(broker):
    """Row 16."""
    assert broker.connect(V5).connack.properties["receive_maximum"] == 100


def test_session_expiry_above_the_cap_is_announced_lower(broker):
    """Row 8: one year asked, two hours given; the client learns it from CONNACK."""
    client = broker.connect(V5, properties=[("session_expiry_interval", 365 * 86400)])
    assert client.connack.properties["session_expiry_interval"] == 7200


def test_session_expiry_below_the_cap_is_what_was_asked(broker):
    """Row 8: an absent property means the value of CONNECT is used."""
    client = broker.connect(V5, properties=[("session_expiry_interval", 30)])
    assert client.connack.properties.get("session_expiry_interval", 30) == 30


def test_a_ping_behind_a_publish_is_answered_as_well(broker, version, topic):
    """[MQTT-3.12.4-1] in any order."""
    client = broker.connect(version)
    client.send(packets.publish(version, topic, b"x", qos=2, packet_id=3), packets.pingreq())
    client.wait_for(PUBREC, packet_id=3)
    client.wait_for(PINGRESP)
