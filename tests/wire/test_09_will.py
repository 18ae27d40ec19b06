"""Wills (3.1.2.5, 3.1.3.2, 3.14.4): when they are published, when not, and as what."""

import time

import pytest

from mqtt_wire import packets
from mqtt_wire.client import Closed, unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import V5, V31, V311

EXPIRY = [("session_expiry_interval", 60)]


def delayed(topic, seconds, **more):
    return Will(topic, properties=(("will_delay_interval", seconds),), **more)


def watching(broker, version, topic, qos=0, **more):
    watcher = broker.connect(version)
    watcher.subscribe(topic, qos=qos, **more)
    return watcher


# ---- when

@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_a_will_is_published_when_the_connection_ends_without_disconnect(broker, any_version, topic,
                                                                         reset):
    """[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT311-3.1.2-8]"""
    watcher = watching(broker, any_version, topic)
    broker.connect(any_version, will=Will(topic, b"bye")).drop(reset)
    watcher.expect_publish(topic, b"bye", retain=False)
    watcher.expect_nothing(broker.connect(any_version))


def test_a_will_is_published_when_the_broker_closes_for_a_protocol_error(broker, any_version,
                                                                         topic):
    """[MQTT-3.1.2-8] [MQTT311-3.1.2-8]"""
    watcher = watching(broker, any_version, topic)
    client = broker.connect(any_version, will=Will(topic))
    client.send(packets.publish(any_version, "#", b"x"))
    client.expect_disconnect(0x90)
    watcher.expect_publish(topic, b"gone")


def test_a_will_is_published_when_keep_alive_runs_out(broker, version, topic):
    """[MQTT-3.1.2-8] [MQTT-3.1.2-22] [MQTT311-3.1.2-8] [MQTT311-3.1.2-24]"""
    watcher = watching(broker, version, topic)
    client = broker.connect(version, will=Will(topic), keep_alive=1)
    watcher.expect_publish(topic, b"gone", within=5)
    client.expect_disconnect(0x8D)


def test_a_will_is_published_when_another_client_takes_over(broker, any_version, topic):
    """[MQTT-3.1.2-8] [MQTT-3.1.4-3] with delay 0, whether the new client resumes or not."""
    watcher = watching(broker, any_version, topic)
    for clean in (True, False):
        name = unique("c")
        broker.connect(any_version, name, will=Will(topic))
        broker.connect(any_version, name, clean=clean)
        watcher.expect_publish(topic, b"gone")
    watcher.expect_nothing(broker.connect(any_version))


def test_disconnect_discards_the_will(broker, any_version, topic):
    """[MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT311-3.14.4-3]"""
    watcher = watching(broker, any_version, topic)
    broker.connect(any_version, will=Will(topic)).disconnect()
    watcher.expect_nothing(broker.connect(any_version))


def test_disconnect_with_code_0_discards_the_will(broker, topic):
    """[MQTT-3.14.4-3]"""
    watcher = watching(broker, V5, topic)
    broker.connect(V5, will=Will(topic)).disconnect(0)
    broker.connect(V5, will=Will(topic)).disconnect(0, [])
    watcher.expect_nothing(broker.connect(V5))


@pytest.mark.parametrize("code", [0x04, 0x80, 0x81, 0x82, 0x83, 0x93, 0x97, 0x99])
def test_disconnect_with_another_code_publishes_the_will(broker, topic, code):
    """[MQTT-3.14.4-3]"""
    watcher = watching(broker, V5, topic)
    broker.connect(V5, will=Will(topic)).disconnect(code)
    watcher.expect_publish(topic, b"gone")


def test_a_will_is_published_once(broker, version, topic):
    """[MQTT-3.1.2-10] not again when the next connection of that client, without a will, ends."""
    watcher, name = watching(broker, version, topic), unique("c")
    properties = EXPIRY if version == V5 else []
    broker.connect(version, name, clean=False, properties=properties, will=Will(topic)).drop()
    watcher.expect_publish(topic, b"gone")
    broker.connect(version, name, clean=False, properties=properties).drop()
    probe = unique("t")
    witness = watching(broker, version, probe)
    broker.connect(version, will=Will(probe)).drop()
    witness.expect_publish(probe)
    watcher.expect_nothing(broker.connect(version))


def test_a_new_will_replaces_the_one_of_the_session(broker, topic):
    """[MQTT-3.1.2-7] the will belongs to the connection that set it."""
    watcher, name = watching(broker, V5, topic), unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=Will(topic, b"old")).disconnect()
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=Will(topic, b"new")).drop()
    watcher.expect_publish(topic, b"new")
    watcher.expect_nothing(broker.connect(V5))


# ---- as what

@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_will_has_its_qos(broker, any_version, topic, qos):
    """[MQTT-3.1.2-7]"""
    watcher = watching(broker, any_version, topic, qos=2)
    broker.connect(any_version, will=Will(topic, b"x", qos=qos)).drop()
    watcher.expect_publish(topic, b"x", qos=qos)


def test_a_retained_will_is_stored(broker, any_version, topic):
    """[MQTT-3.1.2-15] row 24"""
    watcher = watching(broker, any_version, topic)
    broker.connect(any_version, will=Will(topic, b"x", retain=True)).drop()
    watcher.expect_publish(topic, b"x", retain=False)
    watching(broker, any_version, topic).expect_publish(topic, b"x", retain=True)


def test_a_will_without_retain_is_not_stored(broker, any_version, topic):
    """[MQTT-3.1.2-14]"""
    watcher = watching(broker, any_version, topic)
    broker.connect(any_version, will=Will(topic, b"x", retain=False)).drop()
    watcher.expect_publish(topic, b"x")
    watching(broker, any_version, topic).expect_nothing(broker.connect(any_version))


def test_an_empty_retained_will_deletes_the_stored_message(broker, version, topic):
    """[MQTT-3.1.2-15] [MQTT-3.3.1-6]"""
    publisher = broker.connect(version)
    publisher.publish(topic, b"x", qos=1, retain=True)
    watcher = watching(broker, version, topic)
    watcher.expect_publish(topic, b"x", retain=True)
    broker.connect(version, will=Will(topic, b"", retain=True)).drop()
    watcher.expect_publish(topic, b"")
    watching(broker, version, topic).expect_nothing(publisher)


def test_a_will_keeps_its_properties(broker, topic):
    """[MQTT-3.1.3-10] user properties in their order."""
    pairs = [("user_property", pair) for pair in (("b", "2"), ("a", "1"), ("b", "2"), ("c", ""))]
    watcher = watching(broker, V5, topic)
    will = Will(topic, b"\xff\0binary", properties=(
        ("payload_format_indicator", 0), ("message_expiry_interval", 60), ("content_type", "c"),
        ("response_topic", "r"), ("correlation_data", b"\0\xff"), *pairs))
    broker.connect(V5, will=will).drop()
    got = watcher.expect_publish(topic, b"\xff\0binary").properties
    assert got.all("user_property") == [value for _, value in pairs]
    assert got["content_type"] == "c" and got["response_topic"] == "r"
    assert got["correlation_data"] == b"\0\xff"
    assert 58 <= got["message_expiry_interval"] <= 60
    assert "will_delay_interval" not in got


@pytest.mark.parametrize("payload", [b"", b"\0" * 100, b"x" * 60000, bytes(range(256))],
                         ids=["empty", "zeros", "60000", "binary"])
def test_a_will_payload_is_binary(broker, any_version, topic, payload):
    """[MQTT-3.1.2-7]"""
    watcher = watching(broker, any_version, topic)
    broker.connect(any_version, will=Will(topic, payload)).drop()
    watcher.expect_publish(topic, payload)


def test_a_will_to_the_brokers_own_topics_is_not_published(broker, version):
    """Clients never set $SYS: the CONNECT is refused, or the will is dropped."""
    name = "$SYS/" + unique("t")
    watcher = watching(broker, version, name)
    client = broker.open(version, unique("c"))
    client.send_connect(will=Will(name, retain=True))
    try:
        if client.receive().code == 0:
            client.drop()
    except Closed:
        assert version != V5  # 3.x has no code that fits
    watcher.expect_nothing(broker.connect(version))
    watching(broker, version, name).expect_nothing(broker.connect(version))


# ---- delay

def elapsed_until(watcher, topic, within):
    start = time.monotonic()
    watcher.expect_publish(topic, b"gone", within=within)
    return time.monotonic() - start


def test_a_delayed_will_waits(broker, topic):
    """[MQTT-3.1.2-8]"""
    watcher = watching(broker, V5, topic)
    broker.connect(V5, clean=False, properties=EXPIRY, will=delayed(topic, 2)).drop()
    assert 1.5 <= elapsed_until(watcher, topic, 6) <= 4


def test_a_delayed_will_is_published_when_the_session_ends_first(broker, topic):
    """[MQTT-3.1.2-8] delay 30 s, expiry 1 s."""
    watcher = watching(broker, V5, topic)
    broker.connect(V5, clean=False, properties=[("session_expiry_interval", 1)],
                   will=delayed(topic, 30)).drop()
    assert elapsed_until(watcher, topic, 8) >= 0.5


@pytest.mark.parametrize("expiry", [None, 0])
def test_a_delayed_will_of_a_session_that_ends_with_its_connection_does_not_wait(broker, topic,
                                                                                 expiry):
    """[MQTT-3.1.2-8]"""
    watcher = watching(broker, V5, topic)
    properties = [] if expiry is None else [("session_expiry_interval", expiry)]
    broker.connect(V5, properties=properties, will=delayed(topic, 30)).drop()
    watcher.expect_publish(topic, b"gone")


def test_a_client_that_returns_in_time_cancels_its_delayed_will(broker, topic):
    """[MQTT-3.1.3-9] [MQTT-3.1.2-8] also later, when the delay would have run out."""
    watcher, name = watching(broker, V5, topic), unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=delayed(topic, 1)).drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    assert again.connack.session_present
    with pytest.raises(AssertionError, match="nothing came"):
        watcher.receive(within=2.2)


def test_a_delayed_will_is_published_when_a_clean_start_ends_its_session(broker, topic):
    """[MQTT-3.1.2-8] [MQTT-3.1.2-4] the session ended before the delay did."""
    watcher, name = watching(broker, V5, topic), unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=delayed(topic, 30)).drop()
    broker.connect(V5, name, clean=True)
    watcher.expect_publish(topic, b"gone")


def test_takeover_with_resume_cancels_a_delayed_will(broker, topic):
    """[MQTT-3.1.2-8] [MQTT-3.1.3-9]"""
    watcher, name = watching(broker, V5, topic), unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=delayed(topic, 1))
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    assert again.connack.session_present
    with pytest.raises(AssertionError, match="nothing came"):
        watcher.receive(within=2.2)


def test_takeover_with_clean_start_publishes_a_delayed_will(broker, topic):
    """[MQTT-3.1.2-8] [MQTT-3.1.4-3]"""
    watcher, name = watching(broker, V5, topic), unique("c")
    broker.connect(V5, name, clean=False, properties=EXPIRY, will=delayed(topic, 30))
    broker.connect(V5, name, clean=True)
    watcher.expect_publish(topic, b"gone")


def test_a_delayed_will_outlives_code_4(broker, topic):
    """[MQTT-3.14.4-3] [MQTT-3.1.2-8] DISCONNECT with will message: the delay counts from there."""
    watcher = watching(broker, V5, topic)
    client = broker.connect(V5, clean=False, properties=EXPIRY, will=delayed(topic, 2))
    client.disconnect(0x04)
    assert 1.5 <= elapsed_until(watcher, topic, 6) <= 4


def test_a_delayed_will_of_a_session_ended_by_disconnect_is_published_at_once(broker, topic):
    """[MQTT-3.1.2-8] [X-DISC-2] DISCONNECT 0x04 with Session Expiry 0 ends the session there."""
    watcher = watching(broker, V5, topic)
    client = broker.connect(V5, clean=False, properties=EXPIRY, will=delayed(topic, 30))
    client.disconnect(0x04, [("session_expiry_interval", 0)])
    watcher.expect_publish(topic, b"gone")


def test_a_will_delay_in_a_publish_is_no_property_of_it(broker, topic):
    """[X-PROP-1]"""
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x", properties=[("will_delay_interval", 1)]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("name, value", [
    ("will_delay_interval", 1), ("payload_format_indicator", 1), ("message_expiry_interval", 9),
    ("content_type", "c"), ("response_topic", "r"), ("correlation_data", b"d")],
    ids=lambda value: value if isinstance(value, str) else "")
def test_a_will_property_twice_is_refused(broker, name, value):
    """[X-PROP-2]"""
    client = broker.open(V5, "id")
    client.send_connect(will=Will("t", properties=((name, value), (name, value))))
    client.expect_refused_connect(0x81, 0x82)


@pytest.mark.parametrize("name, value", [("topic_alias", 1), ("subscription_identifier", 1),
                                         ("session_expiry_interval", 1), ("reason_string", "r")],
                         ids=lambda value: value if isinstance(value, str) else "")
def test_a_foreign_will_property_is_refused(broker, name, value):
    """[X-PROP-1]"""
    client = broker.open(V5, "id")
    client.send_connect(will=Will("t", properties=((name, value),)))
    client.expect_refused_connect(0x81, 0x82)


@pytest.mark.parametrize("publisher_version", [V31, V311, V5])
def test_wills_cross_versions(broker, any_version, publisher_version, topic):
    """[MIXED]"""
    watcher = watching(broker, any_version, topic, qos=1)
    broker.connect(publisher_version, will=Will(topic, b"x", qos=1)).drop()
    watcher.expect_publish(topic, b"x", qos=1)
