"""[[acl.rules]]: who may do what with which topics, on every path (docs/access.md)."""

import itertools
import re
import signal
import sqlite3
import subprocess

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import WORKERS, CONTROL, PROGRAM, free_port, until
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import PUBLISH, PUBREL, SUBACK, V5
from mqtt_wire.transports import listener_options

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

ALL = ["publish", "subscribe", "receive", "retain"]
NOT_ALLOWED = 0x87


def allow(topic, *actions, **more):
    return {"allow": list(actions or ALL), "topic": topic, **more}


def deny(topic, *actions, **more):
    return {"deny": list(actions or ALL), "topic": topic, **more}


def refused(version):
    """How a SUBACK says so."""
    return NOT_ALLOWED if version == V5 else 0x80


def lasting(version):
    """A session that outlives its connection."""
    return {"clean": False, "properties": [("session_expiry_interval", 600)] if version == V5 else ()}


MARKS = itertools.count(77)


def reload(broker, *rules, **options):
    """These rules, and no others: in force on every shard when it returns, as another key shows that
    comes into force after them, with another value each time."""
    mark = next(MARKS)
    broker.write_config(acl={**options, "rules": list(rules)}, mqtt={"max_keepalive": mark})
    broker.signal(signal.SIGHUP)

    def in_force():
        fresh = [broker.connect(V5, keep_alive=0) for _ in range(8)]
        return all(each.connack.properties.get("server_keep_alive") == mark for each in fresh)

    until(in_force, 10, "the new rules do not come into force")


def assert_publish_refused(client, topic, **how):
    """5.0 is told; 3.x can only be told by closing [MQTT-3.3.5-2 of 3.1.1]."""
    if client.version == V5:
        assert client.publish(topic, b"no", **how) == NOT_ALLOWED
        return
    qos, retain = how.get("qos", 0), how.get("retain", False)
    client.send(packets.publish(client.version, topic, b"no", qos=qos, packet_id=client.new_id(),
                                retain=retain))
    client.expect_closed()


# ---- C05: the matrix. Each way returns the reader that is, or is not, sent the message.

BASE = "site"
OPEN, SECRET, REVOKED = f"{BASE}/open/x", f"{BASE}/secret/x", f"{BASE}/revoked/x"
FENCE = f"{BASE}/fence"
RULES = [allow("#"), deny(f"{BASE}/secret/#", "receive")]


def reader_of(broker, version, name=None, filters=f"{BASE}/#", **how):
    reader = broker.connect(version, name, **how)
    reader.subscribe(filters, qos=1)
    return reader


def live(broker, version, topic, change):
    reader = reader_of(broker, version)
    change()
    broker.connect(version).publish(topic, b"it", qos=1)
    return reader


def retained(broker, version, topic, change):
    reader = broker.connect(version)
    broker.connect(version).publish(topic, b"it", qos=1, retain=True)
    reader.subscribe(f"{topic}/not/there")
    change()
    reader.subscribe(f"{BASE}/#", qos=1)
    return reader


def queued(broker, version, topic, change):
    name = unique("c")
    reader_of(broker, version, name, **lasting(version)).disconnect()
    broker.connect(version).publish(topic, b"it", qos=1)
    change()
    return broker.connect(version, name, **lasting(version))


def resent(broker, version, topic, change):
    """Sent, not acknowledged, and due again with the next connection."""
    name = unique("c")
    reader = reader_of(broker, version, name, **lasting(version))
    broker.connect(version).publish(topic, b"it", qos=1)
    if topic == SECRET:
        reader.expect_nothing()
    else:
        reader.expect_publish(topic, b"it", answer=False)
    reader.drop()
    change()
    return broker.connect(version, name, **lasting(version))


def will(broker, version, topic, change):
    reader = reader_of(broker, version)
    name = unique("c")
    broker.connect(version, name, will=Will(topic, b"it", qos=1))
    change()
    broker.connect(version, name)  # taken over: the will fires before the CONNACK
    return reader


def shared(broker, version, topic, change):
    reader = reader_of(broker, version, filters=f"$share/group/{BASE}/#")
    change()
    broker.connect(version).publish(topic, b"it", qos=1)
    return reader


WAYS = [live, retained, queued, resent, will, shared]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("topic", [OPEN, SECRET, REVOKED], ids=["allowed", "denied", "revoked"])
def test_c05_every_way_to_a_reader_is_authorised(own_broker, version, way, topic):
    """C05, C04, C06: a message that may not be received is not, whatever way it takes; what was
    allowed when the client subscribed counts no more. Others on the same way arrive."""
    broker = own_broker(acl={"rules": RULES}).start()

    def revoke():
        if topic == REVOKED:
            reload(broker, *RULES, deny(f"{BASE}/revoked/#", "receive"))

    reader = way(broker, version, topic, revoke)
    broker.connect(version).publish(FENCE, b"fence", qos=1)
    if topic == OPEN:
        reader.expect_publish(OPEN, b"it")
    reader.expect_publish(FENCE, b"fence")
    reader.expect_nothing()


def test_c05_the_program_and_qos_0_go_the_same_way(broker_with, version):
    """C05, for QoS 0 and 2."""
    broker = broker_with(acl={"rules": RULES})
    reader = reader_of(broker, version)
    reader.subscribe(f"{BASE}/#", qos=2)
    writer = broker.connect(version)
    for qos in (0, 2):
        writer.publish(SECRET, b"no", qos=qos)
        writer.publish(OPEN, b"yes", qos=qos)
        reader.expect_publish(OPEN, b"yes", qos=qos)
    reader.expect_nothing(writer)


# ---- C01: names in topics

NAMES_RULES = [allow("dev/%c/#"), allow("everybody/#")]


@pytest.mark.parametrize("name", ["#", "+", "a/#", "a/+", "../x", "a/b", "$share/g/dev", "a\x01b"])
def test_c01_an_id_that_no_topic_can_hold_is_refused(broker_with, version, name):
    """C01: a rule would have to put it into a topic."""
    broker = broker_with(acl={"rules": NAMES_RULES})
    client = broker.connect(version, name, code=0x85 if version == V5 else 2)
    client.expect_closed()


@pytest.mark.parametrize("name", [".*", "%u", "%c", "%%", "[a-z]", "\ufeff", "$SYS", "a b", "\\"])
def test_c01_an_id_stands_for_itself_alone(broker_with, version, name):
    """C01: it is never read as a pattern, and in one pass."""
    broker = broker_with(acl={"rules": NAMES_RULES})
    client = broker.connect(version, name)
    client.subscribe(f"dev/{name}/#", qos=1)
    client.subscribe("dev/+/#", "dev/#", "dev/other/#", "#", code=refused(version))
    client.publish(f"dev/{name}/t", b"mine", qos=1)
    client.expect_publish(f"dev/{name}/t", b"mine")
    assert_publish_refused(client, "dev/other/t", qos=1)


@pytest.mark.parametrize("name", ["#", "a/b", "+"])
def test_c01_an_id_is_no_matter_where_no_rule_uses_it(broker_with, version, name):
    """C01: only a rule with the placeholder keeps it out."""
    broker = broker_with(acl={"rules": [allow("everybody/#")]})
    broker.connect(version, name).publish("everybody/x", b"x", qos=1)


def test_c01_a_refused_id_takes_nothing_over(own_broker, version):
    """C01: before the session of that id is touched."""
    broker = own_broker(acl={"rules": [allow("everybody/#")]}).start()
    holder = broker.connect(version, "a/b")
    reload(broker, *NAMES_RULES)
    broker.connect(version, "a/b", code=0x85 if version == V5 else 2).expect_closed()
    holder.ping()
    assert_publish_refused(holder, "everybody/x", qos=1)  # nor may it do anything any more


# ---- C03: wills

@pytest.mark.parametrize("topic,retain", [("closed", False), ("w/secret", False), ("w/x", True)])
def test_c03_a_will_that_may_not_be_published_is_refused_at_connect(broker_with, version, topic, retain):
    """C03: 0x87, or return code 5, and nothing is taken over."""
    broker = broker_with(acl={"rules": [allow("w/#", "publish"), deny("w/secret", "publish")]})
    name = unique("c")
    holder = broker.connect(version, name)
    broker.connect(version, name, will=Will(topic, retain=retain),
                   code=NOT_ALLOWED if version == V5 else 5).expect_closed()
    holder.ping()


@pytest.mark.parametrize("topic", ["w/#", "w/+", "$SYS/x", "", "w/" + "x" * 5000])
def test_c03_a_will_that_is_no_topic_is_refused_as_ever(broker_with, version, topic):
    """C03: rules open nothing that is closed."""
    broker = broker_with(acl={"rules": [allow("#"), allow("$SYS/#", "subscribe", "receive")]})
    client = broker.open(version, unique("c"))
    client.send_connect(will=Will(topic))
    client.expect_refused_connect()


def test_c03_a_will_with_more_qos_than_allowed_is_refused(broker_with, version):
    """C03."""
    broker = broker_with(acl={"rules": [allow("w/#", "publish", maximum_qos=1)]})
    broker.connect(version, will=Will("w/x", qos=1))
    broker.connect(version, will=Will("w/x", qos=2),
                   code=NOT_ALLOWED if version == V5 else 5).expect_closed()


def test_c03_a_will_is_asked_about_again_when_it_fires(own_broker, version):
    """C03: rights were revoked in between: not published, and counted."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader = broker.connect(version)
    reader.subscribe("#", qos=1)
    name = unique("c")
    broker.connect(version, name, will=Will("w/x", b"gone", qos=1))
    reload(broker, allow("#"), deny("w/#", "publish"))
    broker.connect(version, name)
    reader.expect_nothing()
    line = re.search(r"not allowed.*w/x.*", broker.log())
    assert line and name in line.group(0), broker.log()


@pytest.mark.parametrize("revoked", [False, True])
def test_c03_a_stored_will_is_asked_about_after_a_restart(own_broker, revoked):
    """C03: by the rules of then, and with the listener its client came through."""
    rules = [allow("w/#", "subscribe", "receive"), allow("w/#", "publish", listeners=["front"])]
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, acl={"rules": rules},
                        listener={"name": "front"}).start()
    reader = broker.connect(V5, "reader", **lasting(V5))
    reader.subscribe("w/#", qos=1)
    reader.disconnect()
    broker.connect(V5, "testator", **lasting(V5), will=Will(
        "w/x", b"gone", qos=1, properties=[("will_delay_interval", 2)])).drop()
    until(lambda: "testator" in broker.log().split("client disconnected")[-1], 10, "it is not gone")
    broker.stop()
    if revoked:
        broker.sections["acl"] = {"rules": [*rules, deny("w/x", "publish")]}
    broker.start()
    if revoked:
        until(lambda: re.search("not allowed.*testator", broker.log()), 10, "it has fired")
    reader = broker.connect(V5, "reader", **lasting(V5))
    if revoked:
        reader.expect_nothing()
    else:
        reader.expect_publish("w/x", b"gone")


def stored_wills(broker):
    with sqlite3.connect(f"file:{broker.folder / 'state.db'}?mode=ro", uri=True) as state:
        return state.execute("SELECT client_id FROM v_wills").fetchall()


@pytest.mark.parametrize("revoked", [False, True])
def test_c03_the_will_of_who_was_connected_is_asked_about_after_a_crash(own_broker, revoked):
    """C03: also where its client's session did not outlive the connection."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, acl={"rules": [
        allow("w/#", "subscribe", "receive"), allow("w/#", "publish")]}).start()
    reader = broker.connect(V5, "reader", **lasting(V5))
    reader.subscribe("w/#", qos=1)
    broker.connect(V5, "testator", clean=True, will=Will("w/x", b"gone", qos=1))
    until(lambda: stored_wills(broker), 10, "the will is not stored")
    broker.crash()
    if revoked:
        broker.sections["acl"] = {"rules": [allow("w/#", "subscribe", "receive"), deny("w/x", "publish")]}
    broker.start()
    reader = broker.connect(V5, "reader", **lasting(V5))
    if revoked:
        until(lambda: re.search("not allowed.*testator", broker.log()), 10, "it has not fired")
        reader.expect_nothing()
    else:
        reader.expect_publish("w/x", b"gone")


@pytest.mark.parametrize("revoked", [False, True])
def test_c05_what_was_queued_is_asked_about_after_a_restart(own_broker, version, revoked):
    """C05: from the database, too."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"},
                        acl={"rules": RULES}).start()
    reader_of(broker, version, "reader", **lasting(version)).disconnect()
    broker.connect(version).publish(REVOKED, b"it", qos=1)
    broker.stop()
    if revoked:
        broker.sections["acl"] = {"rules": [*RULES, deny(REVOKED, "receive")]}
    broker.start()
    reader = broker.connect(version, "reader", **lasting(version))
    if not revoked:
        reader.expect_publish(REVOKED, b"it")
    reader.expect_nothing()


# ---- C06: a QoS 2 message is authorised when it comes

def test_c06_pubrel_has_nothing_left_to_authorise(own_broker, version):
    """C06: it was routed with its PUBLISH; what comes after the revocation is not."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader = broker.connect(version)
    reader.subscribe("t", qos=2)
    writer = broker.connect(version)
    writer.send(packets.publish(version, "t", b"once", qos=2, packet_id=900))
    assert writer.receive().code < 0x80
    reader.expect_publish("t", b"once")
    reload(broker, allow("#", "subscribe", "receive"))
    writer.send(packets.pubrel(900))
    assert writer.receive().code == 0
    reader.expect_nothing()
    assert_publish_refused(writer, "t", qos=2)
    reader.expect_nothing()


def test_c06_a_half_done_message_is_not_routed_again(own_broker, version):
    """C06: a PUBLISH that comes again after its right is gone is answered, and was delivered once."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader, writer = broker.connect(version), broker.connect(version)
    reader.subscribe("t", qos=2)
    writer.send(packets.publish(version, "t", b"once", qos=2, packet_id=900))
    assert writer.receive().code < 0x80
    reader.expect_publish("t", b"once")
    reload(broker, allow("#", "subscribe", "receive"))
    writer.send(packets.publish(version, "t", b"once", qos=2, packet_id=900, dup=True))
    assert writer.receive().code < 0x80
    writer.send(packets.pubrel(900))
    assert writer.receive().code == 0
    reader.expect_nothing()


def test_c06_a_half_done_message_to_a_reader_ends_as_it_began(own_broker, version):
    """C06: what was sent before the right was gone is acknowledged to its end, and nothing follows."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader, writer = broker.connect(version), broker.connect(version)
    reader.subscribe("t", qos=2)
    writer.publish("t", b"before", qos=2)
    message = reader.expect_publish("t", b"before", answer=False)
    reload(broker, allow("#", "publish"))
    writer.publish("t", b"after", qos=2)
    reader.send(packets.pubrec(message.packet_id))
    reader.wait_for(PUBREL, packet_id=message.packet_id)
    reader.send(packets.pubcomp(message.packet_id))
    reader.expect_nothing()


def test_c06_less_qos_holds_for_subscriptions_that_are_there(own_broker, version):
    """C06: from the next message on, shared ones too; what is allowed again is granted again, but
    never more than the SUBACK said."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader, writer = broker.connect(version), broker.connect(version)
    reader.subscribe("t", "$share/g/s", qos=2)
    reader.subscribe("u", qos=1)
    for most in (2, 1, 0, 2):
        reload(broker, allow("#", "publish"), allow("#", "subscribe", "receive", maximum_qos=most))
        for topic, granted in (("t", 2), ("s", 2), ("u", 1)):
            writer.publish(topic, b"x", qos=2)
            reader.expect_publish(topic, b"x", qos=min(most, granted))


@pytest.mark.parametrize("stopped", [False, True])
def test_c06_less_qos_holds_for_who_is_away(own_broker, version, stopped):
    """C06: also if the broker was not running when the rules were changed."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"},
                        acl={"rules": [allow("#")]}).start()
    reader = broker.connect(version, "reader", **lasting(version))
    reader.subscribe("t", qos=2)
    reader.disconnect()
    less = [allow("#", "publish"), allow("#", "subscribe", "receive", maximum_qos=1)]
    if stopped:
        broker.stop()
        broker.sections["acl"] = {"rules": less}
        broker.start()
    else:
        reload(broker, *less)
    broker.connect(version).publish("t", b"x", qos=2)
    reader = broker.connect(version, "reader", **lasting(version))
    reader.expect_publish("t", b"x", qos=1)
    broker.connect(version).publish("t", b"y", qos=2)
    reader.expect_publish("t", b"y", qos=1)


def test_c06_who_has_lost_a_subscription_is_sent_nothing(own_broker, version):
    """C06: and stays connected, by default."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    reader, writer = broker.connect(version), broker.connect(version)
    reader.subscribe("a", "b", qos=1)
    reload(broker, allow("a"), allow("b", "publish"))
    writer.publish("b", b"no", qos=1)
    writer.publish("a", b"yes", qos=1)
    reader.expect_publish("a", b"yes")
    reader.expect_nothing()


def test_c06_or_its_connection_ends(own_broker, any_version):
    """C06: acl.on_revocation = "disconnect"; who has lost nothing stays."""
    broker = own_broker(acl={"rules": [allow("#")], "on_revocation": "disconnect"}).start()
    loser, other, idle = (broker.connect(any_version) for _ in range(3))
    loser.subscribe("a", "b", qos=1)
    other.subscribe("a", qos=1)
    reload(broker, allow("a"), on_revocation="disconnect")
    loser.expect_disconnect(NOT_ALLOWED)
    idle.publish("a", b"x", qos=1)
    other.expect_publish("a", b"x")


# ---- C04: who has left a retained message

def left_by(broker, version, topic, **how):
    broker.connect(version, "author", **how).publish(topic, b"kept", retain=True, qos=1)


def test_c04_what_its_author_may_not_publish_any_more_is_not_sent(own_broker, version):
    """C04: it is withheld and counted, not deleted: with the right it is sent again."""
    reading = allow("#", "subscribe", "receive")
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    left_by(broker, version, "t")
    broker.connect(version, "another").publish("u", b"kept", retain=True, qos=1)
    for rules, sent in [([allow("#", clients=["another"])], False),
                        ([allow("#", "publish")], False),
                        ([allow("#"), deny("t", "retain", clients=["author"])], False),
                        ([allow("#", maximum_qos=0)], True)]:
        reload(broker, reading, *rules)
        reader = broker.connect(version)
        reader.subscribe("t", qos=1)
        if sent:
            reader.expect_publish("t", b"kept", retain=True)
        reader.expect_nothing()
    denied = re.findall(r"not allowed client=author .*action=(\w+)", broker.log())
    assert set(denied) == {"publish", "retain"}
    assert len(denied) <= 2 * max(WORKERS, 1)  # each shard says it once
    reader = broker.connect(version)
    reader.subscribe("#", qos=1)
    got = {reader.receive().topic for _ in range(2)}
    assert got == {"t", "u"}


def test_c04_its_author_may_be_no_matter(own_broker, version):
    """C04: acl.check_retained_author = false."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    left_by(broker, version, "t")
    reload(broker, allow("#", "subscribe", "receive"), check_retained_author=False)
    reader = broker.connect(version)
    reader.subscribe("t", qos=1)
    reader.expect_publish("t", b"kept", retain=True)


def test_c04_an_author_is_known_after_a_restart(own_broker, version):
    """C04: by its client identifier and the listener it came through."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, acl={"rules": [allow("#")]},
                        listener={"name": "front"}).start()
    left_by(broker, version, "t")
    broker.stop()
    reading = allow("#", "subscribe", "receive")
    writing = {"clients": ["author"], "listeners": ["front"]}
    for rules, sent in [([allow("#", **writing)], True), ([deny("t", "publish", **writing)], False)]:
        broker.sections["acl"] = {"rules": [reading, *rules]}
        broker.start()
        reader = broker.connect(version)
        reader.subscribe("t", qos=1)
        if sent:
            reader.expect_publish("t", b"kept", retain=True)
        reader.expect_nothing()
        broker.stop()
    with sqlite3.connect(f"file:{broker.folder / 'state.db'}?mode=ro", uri=True) as state:
        assert state.execute("SELECT publisher, username, listener FROM v_retained").fetchall() == [
            ("author", None, "front")]


def test_c04_the_author_of_a_will_is_its_client(own_broker, version):
    """C04."""
    broker = own_broker(acl={"rules": [allow("#")]}).start()
    broker.connect(version, "author", will=Will("t", b"gone", qos=1, retain=True)).drop()
    until(lambda: "author" in broker.log().split("client disconnected")[-1], 10, "it is not gone")
    reader = broker.connect(version)
    reader.subscribe("t", qos=1)
    reader.expect_publish("t", b"gone", retain=True)
    reload(broker, allow("#", "subscribe", "receive"), allow("#", clients=["another"]))
    reader.subscribe("t", qos=1)
    reader.expect_nothing()


# ---- C07: shared subscriptions

@pytest.mark.parametrize("group", ["g", "h", "open", "secret"])
def test_c07_a_shared_subscription_is_what_its_filter_is(broker_with, version, group):
    """C07: `$share/g/f` is authorised as `f`, for every group."""
    broker = broker_with(acl={"rules": [allow("open/#"), deny("open/secret/#", "subscribe")]})
    client = broker.connect(version)
    client.subscribe(f"$share/{group}/open/x", f"$share/{group}/open/#", qos=1)
    client.subscribe(f"$share/{group}/closed", f"$share/{group}/#", f"$share/{group}/open/secret/x",
                     f"$share/{group}/+/x", "closed", "open/secret/#", code=refused(version))


def test_c07_unsubscribe_keeps_the_two_kinds_apart(broker_with, version):
    """C07."""
    broker = broker_with(acl={"rules": [allow("open/#")]})
    topic = f"open/{unique('t')}"
    client = broker.connect(version)
    client.subscribe(f"$share/g/{topic}", topic, qos=1)
    client.unsubscribe(topic)
    broker.connect(version).publish(topic, b"x", qos=1)
    client.expect_publish(topic, b"x")
    client.expect_nothing()


# ---- C08: every filter of a SUBSCRIBE

def test_c08_one_forbidden_filter_of_a_hundred_is_found_at_every_place(broker_with, version):
    """C08: and the others are granted."""
    broker = broker_with(acl={"rules": [allow("open/#")]})
    client = broker.connect(version)
    for place in range(100):
        filters = [f"open/{number}" for number in range(100)]
        filters[place] = f"closed/{place}"
        packet_id = client.new_id()
        client.send(packets.subscribe(version, packet_id, [(each, 1) for each in filters]))
        suback = client.wait_for(SUBACK, packet_id=packet_id)
        assert suback.codes == [refused(version) if at == place else 1 for at in range(100)]


# ---- C09: wide filters

def test_c09_what_is_denied_inside_a_wide_filter_is_not_delivered(broker_with, version):
    """C09: granted and filtered; a filter that the denial covers whole is refused."""
    broker = broker_with(acl={"rules": [allow("home/#"), deny("home/+/key", "subscribe")]})
    client, writer = broker.connect(version), broker.connect(version)
    client.subscribe("home/+/key", "home/a/key", "#", "+/a/b", code=refused(version))
    client.subscribe("home/#", "home/a/+", qos=1)
    for topic in ("home/a/key", "home/b/key"):
        writer.publish(topic, b"no", qos=1)
    writer.publish("home/a/light", b"yes", qos=1)
    client.expect_publish("home/a/light", b"yes")
    client.expect_nothing()


# ---- C10: names that begin with $

def test_c10_nobody_publishes_to_the_brokers_own_topics(broker_with, version):
    """C10: whatever the rules say."""
    broker = broker_with(acl={"rules": [allow("#"), allow("$SYS/#", "subscribe", "receive")]},
                         sys={"interval": "1s"})
    for topic in ("$SYS/broker/version", "$share/g/t", "$other/x"):
        client = broker.connect(version)
        assert_publish_refused(client, topic, qos=1)


def test_c10_the_brokers_own_topics_are_read_by_rule_only(broker_with, version):
    """C10: a leading wildcard is no such rule."""
    closed = broker_with(acl={"rules": [allow("#")]}, sys={"interval": "1s"})
    client = closed.connect(version)
    client.subscribe("$SYS/broker/version", "$SYS/#", "$other/x", code=refused(version))
    opened = broker_with(acl={"rules": [allow("$SYS/broker/version", "subscribe", "receive"),
                                        allow("fence/#")]},
                         sys={"interval": "1s"})
    client = opened.connect(version)
    client.subscribe("$SYS/#", "$SYS/broker/uptime", code=refused(version))
    client.subscribe("$SYS/broker/version")
    client.expect_publish("$SYS/broker/version", within=10)


# ---- C11: empty means deny

EMPTY = {"empty.acl": "", "blank.acl": " \n\n", "comments.acl": "# topic #\n#\n",
         "empty.toml": "rules = []\n", "blank.toml": "", "comments.toml": "# nothing\n"}


@pytest.mark.parametrize("name", EMPTY)
def test_c11_an_empty_file_of_rules_allows_nothing(own_broker, version, name):
    """C11: it is not as if there were none."""
    broker = own_broker(acl={"file": name})
    (broker.folder / name).write_text(EMPTY[name])
    assert_allows_nothing(broker.start(), version)


def test_c11_an_empty_list_of_rules_allows_nothing(own_broker, version):
    """C11."""
    assert_allows_nothing(own_broker(acl={"rules": []}).start(), version)


def assert_allows_nothing(broker, version):
    client = broker.connect(version)
    client.subscribe("t", "#", "$SYS/#", code=refused(version))
    assert_publish_refused(client, "t", qos=1)


@pytest.mark.parametrize("text", [None, "topic nonsense here\ntopic", "[[rules]]\nallow = 3\n"])
def test_c11_a_file_that_cannot_be_used_stops_the_start_and_no_reload(own_broker, version, text):
    """C11: refused whole; a running broker keeps the rules it has."""
    name = "rules.acl" if text and text.startswith("topic") else "rules.toml"
    broker = own_broker(acl={"file": name})
    broker.write_config()
    if text is not None:
        (broker.folder / name).write_text(text)
    broker.spawn()
    assert broker.wait() != 0
    (broker.folder / name).write_text("" if name.endswith(".acl") else "rules = []\n")
    broker.start()
    if text is None:
        (broker.folder / name).unlink()
    else:
        (broker.folder / name).write_text(text)
    before = len(broker.log())
    broker.signal(signal.SIGHUP)
    until(lambda: name in broker.log()[before:], 10, "it does not say what is wrong")
    assert_allows_nothing(broker, version)


# ---- QoS and RETAIN

def test_more_qos_than_a_rule_allows_is_refused_or_lowered(broker_with, version):
    broker = broker_with(acl={"rules": [allow("t/#", maximum_qos=1)]})
    topic = f"t/{unique('x')}"
    client = broker.connect(version)
    suback = client.subscribe(topic, qos=2, code=1)
    assert suback.codes == [1]
    client.publish(topic, b"x", qos=1)
    client.expect_publish(topic, b"x", qos=1)
    assert_publish_refused(client, topic, qos=2)


def test_retaining_needs_a_rule_of_its_own(broker_with, version):
    broker = broker_with(acl={"rules": [allow("t/#", "publish", "subscribe", "receive"),
                                        allow("t/kept/#", "retain")]})
    topic = unique("x")
    client = broker.connect(version)
    client.publish(f"t/{topic}", b"no", retain=True)  # QoS 0: nobody can be told
    client.publish(f"t/kept/{topic}", b"yes", retain=True, qos=1)
    client.publish(f"t/{topic}", b"passing", qos=1)
    assert_publish_refused(client, f"t/{topic}", qos=1, retain=True)
    reader = broker.connect(version)
    reader.subscribe("t/#")
    reader.wait_for(PUBLISH, topic=f"t/kept/{topic}", payload=b"yes", retain=True)
    assert not [each for each in reader._inbox if each.topic == f"t/{topic}"]


def test_qos_0_that_is_not_allowed_is_dropped(broker_with, version):
    broker = broker_with(acl={"rules": [allow("#", "subscribe", "receive"), allow("open/#")]})
    client = broker.connect(version)
    client.subscribe("closed", "open/x")
    client.publish("closed", b"no")
    client.publish("open/x", b"yes")
    client.expect_publish("open/x", b"yes")
    client.expect_nothing()


# ---- who one is

def test_a_user_name_that_nobody_checks_is_no_name_for_rules(broker_with, version):
    """There is nothing here that proves it: rules for a user, and %u, are not about the client."""
    broker = broker_with(acl={"rules": [allow("named/#", users=["ann"]), allow("home/%u/#"),
                                        allow("anonymous/#", users=[""])]})
    client = broker.connect(version, username="ann")
    client.subscribe("named/x", "home/ann/x", "home//x", code=refused(version))
    client.subscribe("anonymous/x", qos=1)
    client.publish("anonymous/x", b"x", qos=1)
    client.expect_publish("anonymous/x", b"x")


@pytest.fixture
def people(own_broker):
    """people(rules): a broker that knows ann, who has the role "writer", and users with odd names."""

    def make(*rules):
        broker = own_broker(acl={"rules": list(rules)}, auth={"hash": "argon2id_edge", "backoff": False})
        broker.write_config()
        for name, *roles in [("ann", "--role", "writer"), ("bob",), ("+",), ("a/#",)]:
            subprocess.run([str(PROGRAM), "user", "add", name, *roles, "-c", str(broker.config_file)],
                           input="secret\n", text=True, check=True, capture_output=True)
        return broker.start()

    return make


def test_c04_what_a_user_may_who_is_gone_is_nothing(people, version):
    """C04, C06: its connection ends, and what it left retained is sent to nobody."""
    broker = people(allow("notes/#", roles=["writer"]), allow("#", "subscribe", "receive"))
    ann, bob = (broker.connect(version, username=each, password="secret") for each in ("ann", "bob"))
    ann.publish("notes/x", b"kept", retain=True, qos=1)
    bob.subscribe("notes/x", qos=1)
    bob.expect_publish("notes/x", b"kept", retain=True)
    subprocess.run([str(PROGRAM), "user", "delete", "ann", "-c", str(broker.config_file)], check=True,
                   capture_output=True)
    ann.expect_disconnect(NOT_ALLOWED, within=10)
    bob.subscribe("notes/x", qos=1)
    bob.expect_nothing()


def test_c06_roles_that_a_user_gets_are_its_roles_at_once(people, version):
    """C06: accounts are read again by themselves, and rules hold for who is connected."""
    broker = people(allow("notes/#", roles=["writer"]), allow("log/#"))
    bob = broker.connect(version, username="bob", password="secret")
    bob.subscribe("notes/x", qos=1, code=refused(version))
    subprocess.run([str(PROGRAM), "user", "role", "bob", "--add", "writer", "-c",
                    str(broker.config_file)], check=True, capture_output=True)

    def may_subscribe():
        packet_id = bob.new_id()
        bob.send(packets.subscribe(version, packet_id, [("notes/x", 1)]))
        return bob.wait_for(SUBACK, packet_id=packet_id).codes == [1]

    until(may_subscribe, 20, "the new role is not known")


def test_rules_are_about_users_and_roles(people, version):
    broker = people(allow("home/%u/#"), allow("notes/#", roles=["writer"]),
                    allow("notes/#", "subscribe", "receive"))
    ann = broker.connect(version, username="ann", password="secret")
    bob = broker.connect(version, username="bob", password="secret")
    bob.subscribe("home/bob/x", "notes/#", qos=1)
    bob.subscribe("home/ann/x", "home/+/x", "home/#", code=refused(version))
    ann.publish("home/ann/x", b"mine", qos=1)
    ann.publish("notes/x", b"written", qos=1)
    bob.expect_publish("notes/x", b"written")
    bob.expect_nothing()
    assert_publish_refused(ann, "home/bob/x", qos=1)
    assert_publish_refused(bob, "notes/x", qos=1)


@pytest.mark.parametrize("name", ["+", "a/#"])
def test_c01_a_user_name_that_no_topic_can_hold_is_refused(people, version, name):
    """C01."""
    broker = people(allow("home/%u/#"))
    broker.connect(version, username=name, password="secret",
                   code=0x85 if version == V5 else 2).expect_closed()


def test_c03_a_will_keeps_the_roles_of_its_user(people, version):
    """C03: when it fires nobody is connected who could say them."""
    broker = people(allow("notes/#", "publish", roles=["writer"]),
                    allow("notes/#", "subscribe", "receive"))
    who = {"username": "ann", "password": "secret"}
    reader = broker.connect(version, username="bob", password="secret")
    reader.subscribe("notes/#", qos=1)
    name = unique("c")
    broker.connect(version, name, will=Will("notes/x", b"gone", qos=1), **who)
    broker.connect(version, name, **who)
    reader.expect_publish("notes/x", b"gone")
    broker.connect(version, username="bob", password="secret", will=Will("notes/x"),
                   code=NOT_ALLOWED if version == V5 else 5).expect_closed()


def test_rules_are_about_ids_and_listeners(own_broker, version):
    broker = own_broker(acl={"rules": [allow("one/#", clients=["one"]),
                                       allow("back/#", listeners=["back"])]})
    back = ("127.0.0.1", free_port())
    broker.sections["listeners"] = [
        {"address": f"127.0.0.1:{broker.port}", "name": "front", **listener_options()},
        {"address": f"127.0.0.1:{back[1]}", "name": "back", **listener_options()}]
    broker.start()
    one, two = broker.connect(version, "one"), broker.connect(version, "two", address=back)
    one.subscribe("one/x", qos=1)
    one.subscribe("back/x", code=refused(version))
    two.subscribe("back/x", qos=1)
    two.subscribe("one/x", code=refused(version))


def test_rules_see_the_mount_point(own_broker, version):
    """Topics as they are stored and matched, not as the client writes them."""
    broker = own_broker(acl={"rules": [allow("site/1/open/#")]}, listener={"mount_point": "site/1/"})
    client = broker.start().connect(version)
    client.subscribe("open/x", qos=1)
    client.subscribe("site/1/open/x", code=refused(version))
    client.publish("open/x", b"x", qos=1)
    client.expect_publish("open/x", b"x")
    assert_publish_refused(client, "closed/x", qos=1)


# ---- denials are told

def test_denials_are_counted_and_logged_once(own_broker, version):
    """v_denials, as sqlite3 shows it; the log has a line for each cause."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"},
                        acl={"rules": [allow("open/#"), deny("open/key", "receive")]}).start()
    name = unique("c")
    client = broker.connect(version, name)
    client.subscribe("open/#", qos=1)
    client.subscribe("closed", code=refused(version))
    for _ in range(3):
        client.publish("closed", b"no")
        client.publish("open/key", b"unseen", qos=1)
    client.ping()

    def shown():
        query = ("SELECT action, topic, reason, times FROM v_denials "
                 f"WHERE client_id = '{name}' ORDER BY action")
        found = subprocess.run(["sqlite3", "-readonly", broker.folder / "state.db", query],
                               capture_output=True, text=True, check=True)
        return found.stdout.splitlines()

    expected = ["publish|closed|no rule allows it|3", r"receive|open/key|.*test\.toml:\d+|3",
                "subscribe|closed|no rule allows it|1"]
    until(lambda: len(shown()) == 3 and all(map(re.fullmatch, map(_pattern, expected), shown())), 10,
          "v_denials does not show what was denied")
    lines = [line for line in broker.log().splitlines() if "not allowed" in line and name in line]
    assert len(lines) == 3, lines
    with sqlite3.connect(f"file:{broker.folder / 'state.db'}?mode=ro", uri=True) as state:
        assert state.execute("SELECT count(*) FROM v_denials").fetchone() == (3,)


def _pattern(row):
    return row.replace("|", r"\|")


def test_what_was_dropped_is_counted_with_its_session(own_broker, version):
    """v_dropped: not_allowed."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"},
                        acl={"rules": [allow("#"), deny("key", "receive")]}).start()
    client = broker.connect(version, **lasting(version))
    client.subscribe("#", qos=1)
    client.publish("key", b"unseen", qos=1)
    client.expect_nothing()
    query = "SELECT reason FROM v_dropped"

    def shown():
        with sqlite3.connect(f"file:{broker.folder / 'state.db'}?mode=ro", uri=True) as state:
            return state.execute(query).fetchall()

    until(lambda: shown() == [("not_allowed",)], 10, "v_dropped does not show it")
