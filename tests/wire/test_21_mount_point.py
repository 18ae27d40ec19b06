"""listeners.mount_point: a prefix before every topic of one listener's clients, which they never see."""

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, free_port
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.passwords import line_of
from mqtt_wire.tables import V5
from mqtt_wire.transports import listener_address, listener_options

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

MOUNT = "site/1/"


@pytest.fixture
def mounted_with(own_broker):
    """A broker with a plain listener, and at `broker.mounted` one with a mount point."""

    def make(**sections):
        broker = own_broker(**sections)
        broker.mounted = ("127.0.0.1", free_port())
        broker.sections["listeners"] = [
            {"address": listener_address(broker.port), **listener_options()},
            {"address": f"127.0.0.1:{broker.mounted[1]}", "mount_point": MOUNT,
             **listener_options()},
        ]
        return broker.start()

    return make


@pytest.fixture
def mounted(mounted_with):
    return mounted_with()


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


def test_a_topic_that_is_too_long_once_mounted_is_refused(mounted_with):
    """[MQTT-4.7.3-3] No topic is longer than 65535 bytes, and the mount point is a part of it."""
    broker = mounted_with(limits={"max_topic_bytes": "unlimited"})
    inside = broker.connect(V5, address=broker.mounted)
    longest = "x" * (65535 - len(MOUNT))
    inside.subscribe(longest)
    inside.subscribe(longest + "x", code=0x8F)
    inside.publish(longest, b"fits", qos=1)
    inside.expect_publish(longest, b"fits")
    inside.send(packets.publish(V5, longest + "x", b"", qos=1, packet_id=9))
    inside.expect_disconnect(0x90)
    will = broker.open(V5, unique("c"), address=broker.mounted)
    will.send_connect(will=Will(longest + "x"))
    will.expect_refused_connect(0x90)


def test_limits_are_about_what_the_client_wrote(own_broker, version):
    """limits.max_topic_bytes and limits.max_topic_levels do not count the mount point."""
    broker = own_broker(limits={"max_topic_bytes": 20, "max_topic_levels": 3},
                        listener={"mount_point": "a/b/c/d/e/f/g/"}).start()
    client = broker.connect(version)
    client.subscribe("1/2/" + "x" * 16)
    client.publish("1/2/" + "x" * 16, b"x", qos=1)
    client.expect_publish("1/2/" + "x" * 16, b"x")
    client.subscribe("1/2/3/4", code=0x8F if version == V5 else 0x80)
    client.subscribe("x" * 21, code=0x8F if version == V5 else 0x80)


def test_the_topics_of_the_broker_are_outside(mounted_with):
    """$SYS is the broker's own and lies at no mount point: not seen from there, nor to be forged."""
    broker = mounted_with(sys={"interval": "1s"})
    plain = broker.connect(V5)
    plain.subscribe("$SYS/broker/version")
    plain.expect_publish("$SYS/broker/version", within=5)
    inside = broker.connect(V5, address=broker.mounted)
    inside.subscribe("$SYS/#")
    inside.expect_nothing()
    assert inside.publish("$SYS/broker/version", b"forged", qos=1) == 0x90


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_packet_is_judged_by_what_is_sent_of_it(mounted, topic, qos):
    """[MQTT-3.1.2-24] [MQTT-3.1.2-25] The mount point takes no room in a packet: what fits without it
    is sent, also where it would make the length of the packet a byte longer."""
    plain = mounted.connect(V5)
    for size in (127, 128, 200, 16383, 16384):
        limit = [("maximum_packet_size", 1 + len(packets.varint(size)) + size)]
        inside = mounted.connect(V5, address=mounted.mounted, properties=limit)
        inside.subscribe(topic, qos=qos)
        room = size - 2 - len(topic) - 1 - (2 if qos else 0)
        plain.publish(MOUNT + topic, b"x" * (room + 1), qos=qos)
        plain.publish(MOUNT + topic, b"x" * room, qos=qos)
        inside.expect_publish(topic, b"x" * room)
        inside.disconnect()


@pytest.mark.parametrize("qos", [1, 2])
def test_a_session_that_changes_its_listener_is_sent_nothing_too_large(mounted_with, tmp_path,
                                                                       topic, qos):
    """[MQTT-3.1.2-24] What is not under the mount point is sent whole, and judged whole. A session
    that may change its listener is a user's."""
    passwords = tmp_path / "passwords"
    passwords.write_text(line_of("ann", "secret"))
    mounted = mounted_with(auth={"password_file": str(passwords)})
    ann = {"username": "ann", "password": "secret"}
    name, lasting = unique("c"), [("session_expiry_interval", 60)]
    small = [*lasting, ("maximum_packet_size", 300)]
    client = mounted.connect(V5, name, clean=False, properties=lasting, **ann)
    client.subscribe(topic, qos=qos)
    client.disconnect()
    plain = mounted.connect(V5, **ann)
    room = 300 - 3 - 2 - len(topic) - 2 - 1
    for payload in (b"x" * room, b"y" * (room + 1), b"z"):
        plain.publish(topic, payload, qos=qos)
    again = mounted.connect(V5, name, address=mounted.mounted, clean=False, properties=small,
                            **ann)
    again.expect_publish(topic, b"x" * room)
    again.expect_publish(topic, b"z")
