"""Receive Maximum both ways, Maximum Packet Size of the client (3.1.2.11, 3.3.4, 4.9)."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import PINGRESP, PUBACK, PUBCOMP, PUBREC, PUBREL, SUBACK, V5, V311

EXPIRY = [("session_expiry_interval", 60)]


# ---- towards the client

@pytest.mark.parametrize("maximum", [1, 2, 7])
@pytest.mark.parametrize("qos", [1, 2])
def test_no_more_deliveries_are_in_flight_than_the_client_takes(broker, topic, maximum, qos):
    """[MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] all of them come, never too many at once."""
    client = broker.connect(V5, properties=[("receive_maximum", maximum)])
    client.subscribe(topic, qos=qos)
    publisher = broker.connect(V5)
    for i in range(20):
        publisher.publish(topic, b"%d" % i, qos=qos)
    window = [client.expect_publish(topic, b"%d" % i, answer=False) for i in range(maximum)]
    client.expect_nothing()
    for i in range(maximum, 20):
        client.answer(window.pop(0))
        window.append(client.expect_publish(topic, b"%d" % i, answer=False))


def test_without_a_receive_maximum_our_own_window_holds(broker_with, version, topic):
    """[MQTT-4.9.0-1] row 16: absent means 65 535; mqtt.max_inflight is 4 here, for 3.x too."""
    broker = broker_with(mqtt={"max_inflight": 4})
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic, qos=1)
    for i in range(10):
        publisher.publish(topic, b"%d" % i, qos=1)
    window = [client.expect_publish(topic, b"%d" % i, answer=False) for i in range(4)]
    client.expect_nothing()
    for i in range(4, 10):
        client.answer(window.pop(0))
        window.append(client.expect_publish(topic, b"%d" % i, answer=False))


def test_the_window_counts_re_sent_deliveries(broker, topic):
    """[MQTT-3.3.4-9] [MQTT-4.4.0-1] five in flight, then a reconnect with Receive Maximum 2."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY + [("receive_maximum", 5)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    for i in range(8):
        publisher.publish(topic, b"%d" % i, qos=1)
    first = [client.expect_publish(topic, b"%d" % i, answer=False) for i in range(5)]
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY + [("receive_maximum", 2)])
    window = [again.expect_publish(topic, b"%d" % i, answer=False, dup=True,
                                   packet_id=first[i].packet_id) for i in range(2)]
    again.expect_nothing()
    for i in range(2, 8):
        again.answer(window.pop(0))
        window.append(again.expect_publish(topic, b"%d" % i, answer=False, dup=i < 5))


def test_a_qos_2_delivery_keeps_its_place_until_pubcomp(broker, topic):
    """[MQTT-4.9.0-2] PUBREC alone does not open the window."""
    client = broker.connect(V5, properties=[("receive_maximum", 1)])
    client.subscribe(topic, qos=2)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"1", qos=2)
    publisher.publish(topic, b"2", qos=2)
    delivery = client.expect_publish(topic, b"1", answer=False)
    client.send(packets.pubrec(delivery.packet_id))
    client.expect(PUBREL, packet_id=delivery.packet_id)
    client.in_flight[delivery.packet_id] = "pubrel"
    client.expect_nothing()
    client.send(packets.pubcomp(delivery.packet_id))
    client.expect_publish(topic, b"2")


def test_qos_0_passes_a_full_window(broker, topic):
    """[MQTT-3.3.4-10] [MQTT-4.9.0-3]"""
    client = broker.connect(V5, properties=[("receive_maximum", 1)])
    client.subscribe(topic, qos=2)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"held", qos=1)
    publisher.publish(topic, b"waiting", qos=1)
    publisher.publish(topic, b"passes", qos=0)
    held = client.expect_publish(topic, b"held", answer=False)
    client.expect_publish(topic, b"passes", qos=0)
    client.expect_nothing()
    client.answer(held)
    client.expect_publish(topic, b"waiting")


def test_everything_else_is_answered_while_the_window_is_full(broker, topic):
    """[MQTT-3.3.4-10] [MQTT-4.9.0-3] SUBSCRIBE, UNSUBSCRIBE, PUBLISH of every QoS, PINGREQ."""
    client = broker.connect(V5, properties=[("receive_maximum", 1)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    for i in range(3):
        publisher.publish(topic, b"%d" % i, qos=1)
    held = client.expect_publish(topic, b"0", answer=False)
    other = unique("t")
    client.send(packets.subscribe(V5, 1, [(other, 0)]))
    client.expect(SUBACK, packet_id=1)
    client.send(packets.publish(V5, other, b"q1", qos=1, packet_id=2))
    client.wait_for(PUBACK, packet_id=2)
    client.expect_publish(other, b"q1", qos=0)
    client.publish(unique("t"), b"q2", qos=2)
    client.unsubscribe(other)
    client.send(packets.pingreq())
    client.expect(PINGRESP)
    client.answer(held)


def test_a_receive_maximum_of_65535_works(broker, topic):
    """[MQTT-4.9.0-1]"""
    client = broker.connect(V5, properties=[("receive_maximum", 65535)])
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x", qos=1)
    client.expect_publish(topic, b"x")


# ---- towards the broker

def test_a_client_that_exceeds_our_receive_maximum_is_disconnected(broker, topic):
    """[MQTT-3.3.4-7] 100 exchanges are open, the next PUBLISH is one too many."""
    client = broker.connect(V5)
    maximum = client.connack.properties["receive_maximum"]
    for packet_id in range(1, maximum + 1):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
    client.ping()
    client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=maximum + 1))
    client.expect_disconnect(0x93)


def test_the_quota_comes_back_with_pubcomp(broker, topic):
    """[MQTT-3.3.4-7] 300 exchanges, never more than 100 open: no complaint."""
    client = broker.connect(V5)
    for packet_id in range(1, 301):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
        if packet_id > 99:
            client.send(packets.pubrel(packet_id - 99))
            client.expect(PUBCOMP, packet_id=packet_id - 99, code=0)


def test_acknowledged_qos_1_publishes_do_not_exceed_anything(broker, topic):
    """[MQTT-3.3.4-7] 1000 of them, 90 at a time."""
    client = broker.connect(V5)
    for base in range(0, 990, 90):
        client.send(*[packets.publish(V5, topic, b"x", qos=1, packet_id=base + i + 1)
                      for i in range(90)])
        for i in range(90):
            client.expect(PUBACK, packet_id=base + i + 1)


def test_a_configured_receive_maximum_holds(broker_with, topic):
    """[MQTT-3.3.4-7] row 16"""
    broker = broker_with(mqtt={"server_receive_maximum": 3})
    client = broker.connect(V5)
    assert client.connack.properties["receive_maximum"] == 3
    for packet_id in (1, 2, 3):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
    client.send(packets.publish(V5, topic, b"x", qos=0))
    client.ping()
    client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=4))
    client.expect_disconnect(0x93)


def test_the_quota_starts_afresh_with_a_connection(broker, topic):
    """[MQTT-4.9.0-1] 60 open exchanges, repeated after a reconnect, count once."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(1, 61):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(1, 61):
        again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id, dup=True))
        again.expect(PUBREC, packet_id=packet_id)
    for packet_id in range(61, 101):
        again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        again.expect(PUBREC, packet_id=packet_id)
    again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=101))
    again.expect_disconnect(0x93)


def test_exchanges_left_open_by_the_last_connection_do_not_count_unrepeated(broker, topic):
    """[MQTT-4.9.0-1] 60 open exchanges that the client releases instead of repeating: the whole
    quota is there for new ones."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(1, 61):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(101, 201):
        again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        again.expect(PUBREC, packet_id=packet_id)
    for packet_id in range(1, 61):
        again.send(packets.pubrel(packet_id))
        again.expect(PUBCOMP, packet_id=packet_id, code=0)
    again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=201))
    again.expect_disconnect(0x93)


# ---- the client's Maximum Packet Size


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_too_large_for_the_client_is_dropped_and_the_next_one_comes(broker, topic, qos):
    """[MQTT-3.1.2-24] [MQTT-3.1.2-25] Receive Maximum 1: its place in the window is free, too."""
    client = broker.connect(V5, properties=[("maximum_packet_size", 200), ("receive_maximum", 1)])
    client.subscribe(topic, qos=qos)
    publisher = broker.connect(V5)
    for i in range(5):
        assert publisher.publish(topic, b"X" * 400, qos=qos) == 0
        publisher.publish(topic, b"%d" % i, qos=qos)
    for i in range(5):
        client.expect_publish(topic, b"%d" % i, qos=qos)
    client.expect_nothing(publisher)


def test_the_client_gets_a_message_of_exactly_its_maximum_size(broker):
    """[MQTT-3.1.2-24]"""
    topic, limit = unique("t"), 300
    client = broker.connect(V5, properties=[("maximum_packet_size", limit)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    expiry = [("message_expiry_interval", 5000)]  # so that our own default adds nothing
    fixed = len(packets.publish(V5, topic, b"x" * 200, qos=1, packet_id=1, properties=expiry)) - 200
    publisher.publish(topic, b"x" * (limit - fixed + 1), qos=1, properties=expiry)
    publisher.publish(topic, b"y" * (limit - fixed), qos=1, properties=expiry)
    assert client.expect_publish(topic, b"y" * (limit - fixed)).size == limit


@pytest.mark.parametrize("path", ["queued", "retained"])
def test_a_stored_message_too_large_for_the_client_is_dropped(broker, topic, path):
    """[MQTT-3.1.2-24] [MQTT-3.1.2-25]"""
    name, publisher = unique("c"), broker.connect(V5)
    small = [("maximum_packet_size", 200)]
    if path == "queued":
        client = broker.connect(V5, name, clean=False, properties=EXPIRY)
        client.subscribe(topic + "/#", qos=1)
        client.disconnect()
    publisher.publish(topic + "/1", b"X" * 400, qos=1, retain=path == "retained")
    publisher.publish(topic + "/2", b"fits", qos=1, retain=path == "retained")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY + small)
    if path == "retained":
        client.subscribe(topic + "/#", qos=1)
    client.expect_publish(topic + "/2", b"fits")
    client.expect_nothing(publisher)


def test_properties_count_into_the_size(broker, topic):
    """[MQTT-3.1.2-24]"""
    client = broker.connect(V5, properties=[("maximum_packet_size", 200)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"x", qos=1, properties=[("user_property", ("k", "v" * 300))])
    publisher.publish(topic, b"y", qos=1)
    client.expect_publish(topic, b"y")


def test_a_topic_alias_does_not_push_a_message_over_the_limit(broker):
    """[MQTT-3.1.2-24] the alias adds three bytes to the first PUBLISH of a topic."""
    topic, limit = unique("t"), 300
    client = broker.connect(V5, properties=[("maximum_packet_size", limit),
                                            ("topic_alias_maximum", 5)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    expiry = [("message_expiry_interval", 5000)]
    fixed = len(packets.publish(V5, topic, b"x" * 200, qos=1, packet_id=1, properties=expiry)) - 200
    for length in range(limit - fixed - 4, limit - fixed + 1):
        publisher.publish(topic, b"z" * length, qos=1, properties=expiry)
        client.expect_publish(topic, b"z" * length)


def test_other_subscribers_are_not_affected_by_one_with_a_small_limit(broker, topic):
    """[MQTT-3.1.2-25]"""
    small = broker.connect(V5, properties=[("maximum_packet_size", 200)])
    large, old = broker.connect(V5), broker.connect(V311)
    for client in (small, large, old):
        client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"X" * 1000, qos=1)
    large.expect_publish(topic, b"X" * 1000)
    old.expect_publish(topic, b"X" * 1000)
    small.expect_nothing(publisher)
