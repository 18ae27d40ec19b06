"""listeners.mount_point: a prefix before every topic of one listener's clients, which they never see."""

import pytest

from mqtt_wire.broker import CONTROL, free_port
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

MOUNT = "site/1/"


@pytest.fixture
def mounted(own_broker):
    """A broker with a plain listener, and at `broker.mounted` one with a mount point."""
    broker = own_broker()
    broker.mounted = ("127.0.0.1", free_port())
    broker.sections["listeners"] = [
        {"address": f"127.0.0.1:{broker.port}"},
        {"address": f"127.0.0.1:{broker.mounted[1]}", "mount_point": MOUNT},
    ]
    return broker.start()


def test_publish_and_subscribe_are_mounted(mounted, any_version, topic):
    plain = mounted.connect(any_version)
    inside = mounted.connect(any_version, address=mounted.mounted)
    plain.subscribe(MOUNT + topic)
    inside.subscribe(topic)
    inside.publish(topic, b"out", qos=1)
    inside.expect_publish(topic, b"out")
    plain.expect_publish(MOUNT + topic, b"out")
    plain.publish(MOUNT + topic, b"in", qos=1)
    inside.expect_publish(topic, b"in")


def test_what_lies_outside_is_not_seen(mounted, any_version, topic):
    plain = mounted.connect(any_version)
    inside = mounted.connect(any_version, address=mounted.mounted)
    inside.subscribe("#")
    plain.publish(topic, b"elsewhere", qos=1)
    plain.publish(MOUNT + topic, b"here", qos=1)
    inside.expect_publish(topic, b"here")
    inside.expect_nothing(inside)


def test_unsubscribe_is_mounted(mounted, any_version, topic):
    plain = mounted.connect(any_version)
    inside = mounted.connect(any_version, address=mounted.mounted)
    inside.subscribe(topic)
    inside.unsubscribe(topic)
    plain.publish(MOUNT + topic, b"x", qos=1)
    inside.expect_nothing(inside)


def test_shared_subscriptions_are_mounted(mounted, topic):
    plain = mounted.connect(V5)
    inside = mounted.connect(V5, address=mounted.mounted)
    inside.subscribe(f"$share/group/{topic}", qos=1)
    plain.publish(MOUNT + topic, b"x", qos=1)
    inside.expect_publish(topic, b"x")


def test_retained_messages_are_mounted(mounted, any_version, topic):
    mounted.connect(any_version, address=mounted.mounted).publish(topic, b"kept", qos=1, retain=True)
    plain = mounted.connect(any_version)
    plain.subscribe(MOUNT + topic)
    plain.expect_publish(MOUNT + topic, b"kept", retain=True)
    inside = mounted.connect(any_version, address=mounted.mounted)
    inside.subscribe(topic)
    inside.expect_publish(topic, b"kept", retain=True)
    inside.publish(topic, b"", qos=1, retain=True)
    inside = mounted.connect(any_version, address=mounted.mounted)
    inside.subscribe(topic)
    inside.expect_nothing(inside)


def test_wills_are_mounted(mounted, any_version, topic):
    plain = mounted.connect(any_version)
    plain.subscribe(MOUNT + topic)
    mounted.connect(any_version, address=mounted.mounted, will=Will(topic, b"gone")).drop()
    plain.expect_publish(MOUNT + topic, b"gone")


def test_what_was_queued_is_shown_without_the_mount_point(mounted, topic):
    name, lasting = unique("c"), [("session_expiry_interval", 60)]
    inside = mounted.connect(V5, name, address=mounted.mounted, clean=False, properties=lasting)
    inside.subscribe(topic, qos=1)
    inside.disconnect()
    mounted.connect(V5).publish(MOUNT + topic, b"x", qos=1)
    again = mounted.connect(V5, name, address=mounted.mounted, clean=False, properties=lasting)
    again.expect_publish(topic, b"x")


def test_topic_aliases_stand_for_what_the_client_sees(mounted, topic):
    plain = mounted.connect(V5)
    inside = mounted.connect(V5, address=mounted.mounted, properties=[("topic_alias_maximum", 5)])
    inside.subscribe(topic)
    for payload in (b"1", b"2"):
        plain.publish(MOUNT + topic, payload, qos=1)
        inside.expect_publish(payload=payload)


def test_a_topic_that_is_too_long_once_mounted_is_refused(mounted):
    inside = mounted.connect(V5, address=mounted.mounted)
    inside.subscribe("x" * 4096, code=0)
    inside.publish("x" * 4096, b"x", qos=1)
    inside.expect_publish("x" * 4096, b"x")
