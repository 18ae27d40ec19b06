"""Sessions: how long they live, what they keep, takeover (3.1.2.11, 3.1.4, 4.1)."""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import DISCONNECT, PUBREC, V5, V31, V311


def expiring(seconds):
    return [("session_expiry_interval", seconds)]


def stay(client, seconds):
    """Remain connected for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.ping()
        try:
            client.receive(within=min(0.5, max(0, end - time.monotonic())))
        except AssertionError:
            pass


def test_a_session_lives_as_long_as_its_connection(broker, version, topic):
    """[MQTT-4.1.0-1] although it has no expiry of its own, nothing of it is lost meanwhile."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic, qos=2)
    publisher.publish(topic, b"x", qos=2)
    delivery = client.expect_publish(topic, b"x", answer=False)
    stay(client, 1.2)
    client.answer(delivery)
    publisher.publish(topic, b"y", qos=2)
    client.expect_publish(topic, b"y")


@pytest.mark.parametrize("expiry", [None, 0])
def test_without_expiry_a_session_ends_with_its_connection(broker, topic, expiry):
    """[MQTT-4.1.0-2] [MQTT-3.1.2-23]"""
    name = unique("c")
    client = broker.connect(V5, name, properties=[] if expiry is None else expiring(expiry))
    client.subscribe(topic, qos=1)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=expiring(60))
    assert not again.connack.session_present
    assert broker.connect(V5).publish(topic, b"x", qos=1) == 0x10


def test_a_session_ends_when_its_expiry_has_passed(broker):
    """[MQTT-4.1.0-2] [MQTT-3.2.2-3] row 9"""
    name, idle = unique("c"), broker.connect(V5)
    broker.connect(V5, name, clean=False, properties=expiring(1)).drop()
    stay(idle, 2.2)
    again = broker.connect(V5, name, clean=False, properties=expiring(1))
    assert not again.connack.session_present


def test_a_session_is_kept_until_its_expiry_has_passed(broker, topic):
    """[MQTT-3.1.2-23] expiry 4 s, away 2."""
    name, idle = unique("c"), broker.connect(V5)
    client = broker.connect(V5, name, clean=False, properties=expiring(4))
    client.subscribe(topic, qos=1)
    client.drop()
    idle.publish(topic, b"x", qos=1)
    stay(idle, 2)
    again = broker.connect(V5, name, clean=False, properties=expiring(4))
    assert again.connack.session_present
    again.expect_publish(topic, b"x")


def test_the_expiry_of_a_reconnect_replaces_the_one_before(broker):
    """[MQTT-4.1.0-2] 60 s first, 1 s at the reconnect."""
    name, idle = unique("c"), broker.connect(V5)
    broker.connect(V5, name, clean=False, properties=expiring(60)).disconnect()
    again = broker.connect(V5, name, clean=False, properties=expiring(1))
    assert again.connack.session_present
    again.disconnect()
    stay(idle, 2.2)
    assert not broker.connect(V5, name, clean=False).connack.session_present


def test_disconnect_can_shorten_the_expiry(broker):
    """[X-DISC-2]"""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=expiring(60))
    client.disconnect(0, expiring(0))
    assert not broker.connect(V5, name, clean=False).connack.session_present


def test_disconnect_can_prolong_the_expiry(broker):
    """[X-DISC-2] 1 s at first, 60 s in DISCONNECT, 2 s away."""
    name, idle = unique("c"), broker.connect(V5)
    client = broker.connect(V5, name, clean=False, properties=expiring(1))
    client.disconnect(0, expiring(60))
    stay(idle, 2.2)
    assert broker.connect(V5, name, clean=False).connack.session_present


def test_disconnect_cannot_give_an_expiry_to_a_session_without(broker):
    """[X-DISC-1]"""
    name = unique("c")
    client = broker.connect(V5, name, clean=False)
    client.send(packets.disconnect(V5, 0, expiring(60)))
    client.expect_disconnect(0x82)
    assert not broker.connect(V5, name, clean=False).connack.session_present


def test_disconnect_may_repeat_the_expiry_zero(broker):
    """[X-DISC-1] zero stays zero: no error."""
    broker.connect(V5).disconnect(0, expiring(0))


def test_disconnect_cannot_raise_the_expiry_above_the_cap(broker_with):
    """Row 8: the cap is 2 s, DISCONNECT asks for an hour."""
    broker = broker_with(mqtt={"session_expiry": "2s"})
    name, idle = unique("c"), broker.connect(V5)
    client = broker.connect(V5, name, clean=False, properties=expiring(1))
    client.disconnect(0, expiring(3600))
    stay(idle, 3.5)
    assert not broker.connect(V5, name, clean=False).connack.session_present


@pytest.mark.parametrize("asked", [3, 3600, 0xFFFFFFFE, 0xFFFFFFFF])
def test_the_cap_is_announced(broker_with, asked):
    """Row 8: also for 0xFFFFFFFF, which would mean never."""
    broker = broker_with(mqtt={"session_expiry": "2s"})
    client = broker.connect(V5, clean=False, properties=expiring(asked))
    assert client.connack.properties["session_expiry_interval"] == 2


@pytest.mark.parametrize("asked", [0xFFFFFFFE, 0xFFFFFFFF])
def test_without_a_cap_the_largest_expiries_are_granted(broker_with, asked):
    """Row 8: session_expiry = "unlimited"; nothing overflows."""
    broker = broker_with(mqtt={"session_expiry": "unlimited"})
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=expiring(asked))
    assert client.connack.properties.get("session_expiry_interval", asked) == asked
    client.drop()
    assert broker.connect(V5, name, clean=False).connack.session_present


def test_a_3_session_lives_as_long_as_our_maximum(broker_with, v3_version):
    """[MQTT311-3.1.2-4] session_expiry is 2 s here."""
    broker = broker_with(mqtt={"session_expiry": "2s"})
    name, idle = unique("c"), broker.connect(V311)
    broker.connect(v3_version, name, clean=False).disconnect()
    again = broker.connect(v3_version, name, clean=False)
    assert v3_version == V31 or again.connack.session_present
    again.disconnect()
    stay(idle, 3.5)
    assert not broker.connect(v3_version, name, clean=False).connack.session_present


def test_offline_messages_are_kept_for_a_3_session(broker, v3_version, topic):
    """[MQTT311-3.1.2-5]"""
    name = unique("c")
    client = broker.connect(v3_version, name, clean=False)
    client.subscribe(topic, qos=2)
    client.disconnect()
    publisher = broker.connect(v3_version)
    publisher.publish(topic, b"1", qos=1)
    publisher.publish(topic, b"2", qos=2)
    again = broker.connect(v3_version, name, clean=False)
    again.expect_publish(topic, b"1", qos=1)
    again.expect_publish(topic, b"2", qos=2)


def test_a_session_keeps_many_subscriptions_with_their_options(broker):
    """[MQTT-3.1.2-5] [MQTT-3.1.3-2]"""
    name, prefix = unique("c"), unique("t")
    client = broker.connect(V5, name, clean=False, properties=expiring(60))
    for i in range(30):
        client.subscribe(f"{prefix}/{i}", qos=i % 3, retain_as_published=i % 2 == 0,
                         properties=[("subscription_identifier", i + 1)])
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=expiring(60))
    publisher = broker.connect(V5)
    for i in range(30):
        publisher.publish(f"{prefix}/{i}", b"x", qos=2, retain=True)
        got = again.expect_publish(f"{prefix}/{i}", b"x", qos=i % 3, retain=i % 2 == 0)
        assert got.properties.all("subscription_identifier") == [i + 1]


def test_the_qos_2_ids_of_the_publisher_survive_the_connection(broker, version, topic):
    """[MQTT-3.1.2-5] [MQTT-4.3.3-10]"""
    name, properties = unique("c"), expiring(60) if version == V5 else []
    client = broker.connect(version, name, clean=False, properties=properties)
    client.send(packets.publish(version, topic, b"x", qos=2, packet_id=11))
    client.expect(PUBREC, packet_id=11)
    client.drop()
    again = broker.connect(version, name, clean=False, properties=properties)
    again.send(packets.pubrel(11))
    again.expect(7, packet_id=11, code=0)


# ---- takeover

def test_takeover_tells_the_old_5_client_and_closes_it(broker):
    """[MQTT-3.1.4-3] row 25"""
    name = unique("c")
    old = broker.connect(V5, name, clean=False, properties=expiring(60))
    new = broker.connect(V5, name, clean=False, properties=expiring(60))
    assert new.connack.session_present
    old.expect_disconnect(0x8E)
    new.ping()


def test_takeover_closes_the_old_3_client_without_a_packet(broker, v3_version):
    """[MQTT311-3.1.4-2]"""
    name = unique("c")
    old = broker.connect(v3_version, name, clean=False)
    new = broker.connect(v3_version, name, clean=False)
    old.expect_closed()
    new.ping()


@pytest.mark.parametrize("old_version, new_version", [(V311, V5), (V5, V311)],
                         ids=["3.1.1-5.0", "5.0-3.1.1"])
def test_takeover_crosses_versions(broker, old_version, new_version):
    """[MQTT-3.1.4-3] [MQTT311-3.1.4-2] [MIXED]"""
    name = unique("c")
    old = broker.connect(old_version, name, clean=False,
                         properties=expiring(60) if old_version == V5 else [])
    new = broker.connect(new_version, name, clean=False)
    old.expect_disconnect(0x8E)
    assert new.connack.session_present


def test_takeover_moves_the_session_with_its_deliveries(broker, version, topic):
    """[MQTT-3.1.4-3] [MQTT-4.4.0-1] what the old client did not acknowledge the new one gets."""
    name, properties = unique("c"), expiring(60) if version == V5 else []
    old = broker.connect(version, name, clean=False, properties=properties)
    old.subscribe(topic, qos=1)
    publisher = broker.connect(version)
    publisher.publish(topic, b"x", qos=1)
    delivery = old.expect_publish(topic, b"x", answer=False)
    new = broker.connect(version, name, clean=False, properties=properties)
    new.expect_publish(topic, b"x", dup=True, packet_id=delivery.packet_id)
    publisher.publish(topic, b"y", qos=1)
    new.expect_publish(topic, b"y", dup=False)


def test_takeover_many_times_in_a_row_leaves_one_client(broker, version):
    """[MQTT-3.1.4-3]"""
    name = unique("c")
    clients = [broker.connect(version, name) for _ in range(30)]
    for old in clients[:-1]:
        old.expect_disconnect(0x8E)
    clients[-1].ping()


def test_a_taken_over_client_is_not_heard_any_more(broker, topic):
    """[MQTT-3.14.4-1] [MQTT-3.1.4-3] what it sends after it was told to go has no effect."""
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    name = unique("c")
    old = broker.connect(V5, name)
    broker.connect(V5, name)
    old.expect(DISCONNECT, code=0x8E)
    old.send(packets.publish(V5, topic, b"ghost"))
    old.expect_closed()
    watcher.expect_nothing(broker.connect(V5))


def test_the_session_of_a_clean_client_that_was_taken_over_is_gone(broker, version, topic):
    """[MQTT-3.1.2-4]"""
    name, properties = unique("c"), expiring(60) if version == V5 else []
    old = broker.connect(version, name, clean=False, properties=properties)
    old.subscribe(topic, qos=1)
    new = broker.connect(version, name, clean=True)
    assert not new.connack.session_present
    broker.connect(version).publish(topic, b"x", qos=1)
    new.expect_nothing(broker.connect(version))
