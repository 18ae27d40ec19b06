"""Topic aliases both ways (3.3.2.3.4)."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import V5

EXPIRY = [("session_expiry_interval", 60)]


def alias(number):
    return [("topic_alias", number)]


# ---- from the client

def test_alias_zero_is_refused(broker, topic):
    """[MQTT-3.3.2-8]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=alias(0)))
    client.expect_disconnect(0x94)


def test_an_unknown_alias_without_a_topic_is_refused(broker):
    """[X-PUB-3] [MQTT-3.3.2-1] closed cleanly, the broker goes on."""
    client = broker.connect(V5)
    client.send(packets.publish(V5, "", b"x", properties=alias(3)))
    client.expect_disconnect(0x82, 0x94)
    broker.connect(V5).ping()


@pytest.mark.parametrize("number", [0, 11, 65535])
def test_a_bad_alias_without_a_topic_is_refused(broker, number):
    """[X-PUB-3] [MQTT-3.3.2-8] [MQTT-3.3.2-9]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, "", b"x", properties=alias(number)))
    client.expect_disconnect(0x94)


def test_an_alias_is_set_used_and_set_anew(broker):
    """[MQTT-3.3.2-12]"""
    first, second = unique("t"), unique("t")
    client = broker.connect(V5)
    client.subscribe(first, second)
    for name, expected in ((first, first), ("", first), (second, second), ("", second),
                           ("", second), (first, first), ("", first)):
        client.send(packets.publish(V5, name, b"x", properties=alias(1)))
        client.expect_publish(expected, b"x")


def test_two_aliases_for_one_topic_are_no_error(broker, topic):
    """[MQTT-3.3.2-12]"""
    client = broker.connect(V5)
    client.subscribe(topic)
    client.send(packets.publish(V5, topic, b"1", properties=alias(1)),
                packets.publish(V5, topic, b"2", properties=alias(2)),
                packets.publish(V5, "", b"3", properties=alias(1)),
                packets.publish(V5, "", b"4", properties=alias(2)))
    for payload in (b"1", b"2", b"3", b"4"):
        client.expect_publish(topic, payload)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_an_alias_works_at_every_qos(broker, topic, qos):
    """[MQTT-3.3.2-12]"""
    subscriber, client = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic, qos=2)
    client.publish(topic, b"1", qos=qos, properties=alias(10))
    client.publish("", b"2", qos=qos, properties=alias(10))
    subscriber.expect_publish(topic, b"1", qos=qos)
    subscriber.expect_publish(topic, b"2", qos=qos)


def test_a_topic_set_by_a_refused_publish_is_still_an_alias(broker):
    """[MQTT-3.3.2-12] the mapping is made before the message is judged: a second refusal follows,
    not the end of the connection."""
    client = broker.connect(V5)
    assert client.publish("$SYS/x", b"x", qos=1, properties=alias(1)) == 0x90
    assert client.publish("", b"x", qos=1, properties=alias(1)) == 0x90
    client.ping()


def test_aliases_end_with_the_connection(broker, topic):
    """[MQTT-3.3.2-7] a resumed session has none."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    client.send(packets.publish(V5, topic, b"x", properties=alias(1)))
    client.disconnect()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    again.send(packets.publish(V5, "", b"x", properties=alias(1)))
    again.expect_disconnect(0x82, 0x94)


def test_aliases_of_one_client_are_not_those_of_another(broker, topic):
    """[MQTT-3.3.2-7]"""
    first, second = broker.connect(V5), broker.connect(V5)
    first.send(packets.publish(V5, topic, b"x", properties=alias(1)))
    first.ping()
    second.send(packets.publish(V5, "", b"x", properties=alias(1)))
    second.expect_disconnect(0x82, 0x94)


def test_an_alias_maximum_above_the_receive_maximum_is_usable(broker_with, topic):
    """[MQTT-3.3.2-12] 300 aliases announced, Receive Maximum 5: no connection between them."""
    broker = broker_with(mqtt={"topic_alias_maximum": 300, "server_receive_maximum": 5})
    client = broker.connect(V5)
    client.subscribe(topic + "/#")
    for number in (1, 5, 6, 299, 300):
        client.send(packets.publish(V5, f"{topic}/{number}", b"x", properties=alias(number)))
        client.expect_publish(f"{topic}/{number}")
        client.send(packets.publish(V5, "", b"y", properties=alias(number)))
        client.expect_publish(f"{topic}/{number}", b"y")
    client.send(packets.publish(V5, topic, b"x", properties=alias(301)))
    client.expect_disconnect(0x94)


# ---- from the broker

def test_no_alias_is_sent_to_a_client_that_takes_none(broker, topic):
    """[MQTT-3.1.2-27] the publisher's alias is not passed on."""
    for properties in ([], [("topic_alias_maximum", 0)]):
        client, publisher = broker.connect(V5, properties=properties), broker.connect(V5)
        client.subscribe(topic)
        for name in (topic, "", ""):
            publisher.send(packets.publish(V5, name, b"x", properties=alias(2)))
            assert "topic_alias" not in client.expect_publish(topic).properties


@pytest.mark.parametrize("maximum", [1, 2, 5])
def test_aliases_of_the_broker_stay_within_the_clients_maximum(broker, topic, maximum):
    """[MQTT-3.1.2-26] [MQTT-3.3.2-11] [MQTT-3.3.2-8] the client checks numbers, and that an alias
    used without a topic was set before; every topic comes out right."""
    client = broker.connect(V5, properties=[("topic_alias_maximum", maximum)])
    publisher = broker.connect(V5)
    client.subscribe(topic + "/#", qos=1)
    for i in range(40):
        name = f"{topic}/{i * 7 % 5}"
        publisher.publish(name, b"%d" % i, qos=1)
        client.expect_publish(name, b"%d" % i)


def test_a_repeated_topic_comes_as_its_alias(broker, topic):
    """[MQTT-3.3.2-11] row 19: the first PUBLISH sets it, the second has no topic any more."""
    client = broker.connect(V5, properties=[("topic_alias_maximum", 5)])
    client.subscribe(topic)
    client.publish(topic, b"x")
    first = client.expect_publish(topic)
    client.publish(topic, b"x")
    second = client.expect_publish(topic)
    assert first.properties["topic_alias"] == second.properties["topic_alias"]
    assert second.size == first.size - len(topic)


def test_the_oldest_alias_is_used_again(broker, topic):
    """[MQTT-3.3.2-11] row 19: first in, first out."""
    client = broker.connect(V5, properties=[("topic_alias_maximum", 2)])
    client.subscribe(topic + "/#")
    numbers = {}
    for name in ("a", "b", "c"):
        client.publish(f"{topic}/{name}", b"x")
        numbers[name] = client.expect_publish(f"{topic}/{name}").properties["topic_alias"]
    assert numbers["a"] != numbers["b"] and numbers["c"] == numbers["a"]
    client.publish(f"{topic}/b", b"x")
    assert client.expect_publish(f"{topic}/b").properties["topic_alias"] == numbers["b"]


def test_the_brokers_aliases_end_with_the_connection(broker, topic):
    """[MQTT-3.3.2-7] the client refuses an alias that was not set on its own connection."""
    name, properties = unique("c"), EXPIRY + [("topic_alias_maximum", 5)]
    client = broker.connect(V5, name, clean=False, properties=properties)
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    for _ in range(2):
        publisher.publish(topic, b"x", qos=1)
        client.expect_publish(topic, b"x")
    publisher.publish(topic, b"held", qos=1)
    client.expect_publish(topic, b"held", answer=False)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=properties)
    again.expect_publish(topic, b"held", dup=True)
    publisher.publish(topic, b"y", qos=1)
    again.expect_publish(topic, b"y")
