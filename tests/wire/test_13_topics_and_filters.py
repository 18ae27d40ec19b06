"""Topic names, topic filters, matching (section 4.7)."""

import itertools

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import DISCONNECT, PUBACK, SUBACK, V5, V311


@pytest.mark.parametrize("bad", ["a#", "a/b#", "#a", "#/a", "a/#/b", "##", "a/##", "a/#b", "+#",
                                 "a/+#", "/#/"])
def test_a_multi_level_wildcard_stands_alone_and_last(broker, any_version, bad):
    """[MQTT-4.7.1-1] [MQTT311-3.8.3-2]"""
    client = broker.connect(any_version)
    client.subscribe(bad, code=0x8F if any_version == V5 else 0x80)
    client.ping()


@pytest.mark.parametrize("bad", ["a+", "+a", "+a/b", "a/b+", "a/+b", "a/b+/c", "++", "a/++/b"])
def test_a_single_level_wildcard_fills_its_level(broker, any_version, bad):
    """[MQTT-4.7.1-2] [MQTT311-3.8.3-2]"""
    client = broker.connect(any_version)
    client.subscribe(bad, code=0x8F if any_version == V5 else 0x80)
    client.ping()


def test_an_empty_filter_is_refused(broker, any_version):
    """[MQTT-4.7.3-1]"""
    client = broker.connect(any_version)
    client.send(packets.subscribe(any_version, 1, [("", 0)]))
    try:
        answer = client.receive()
    except AssertionError:
        assert any_version != V5 and client.closed
        return
    if answer.type == SUBACK:
        assert answer.codes == ([0x8F] if any_version == V5 else [0x80])
    else:
        assert answer.type == DISCONNECT and answer.code in (0x81, 0x82, 0x8F)


FILTERS = ["{p}", "{p}/", "{p}/+", "{p}/#", "{p}/+/+", "{p}/a", "{p}/a/#", "{p}/a/+", "{p}/+/b",
           "{p}/+/b/#", "{p}//", "{p}//+", "{p}/+/", "+/{p}", "{p}/+/+/#", "/{p}", "/+/{p}"]
TOPICS = ["{p}", "{p}/", "{p}/a", "{p}/b", "{p}/a/b", "{p}/a/b/c", "{p}//", "{p}//b", "{p}/a/",
          "x/{p}", "/{p}", "//{p}", "{p}/ a", "{p}/A"]


def matches(topic_filter, name):
    """The rule of 4.7, level by level: our own naive reading of it."""
    pattern, levels = topic_filter.split("/"), name.split("/")
    if name.startswith("$") and pattern[0] in ("+", "#"):
        return False
    for position, level in enumerate(pattern):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(levels) == len(pattern)


def test_filters_match_as_the_standard_says(broker, version):
    """[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-4] [MQTT-3.3.2-3] every filter against every topic,
    live, one client per filter."""
    prefix = unique("t")
    publisher, clients = broker.connect(version), {}
    for topic_filter in FILTERS:
        clients[topic_filter] = broker.connect(version)
        clients[topic_filter].subscribe(topic_filter.format(p=prefix))
    for name in TOPICS:
        publisher.publish(name.format(p=prefix), name.encode())
    for topic_filter, client in clients.items():
        for name in TOPICS:
            if matches(topic_filter.format(p=prefix), name.format(p=prefix)):
                client.expect_publish(name.format(p=prefix), name.encode())
        client.expect_nothing(publisher)


def test_filters_match_retained_messages_in_the_same_way(broker, version):
    """[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-4]"""
    prefix = unique("t")
    publisher = broker.connect(version)
    for name in TOPICS:
        publisher.publish(name.format(p=prefix), name.encode(), qos=1, retain=True)
    for topic_filter in FILTERS:
        client = broker.connect(version)
        client.subscribe(topic_filter.format(p=prefix))
        expected = {name.format(p=prefix) for name in TOPICS
                    if matches(topic_filter.format(p=prefix), name.format(p=prefix))}
        assert {client.expect_publish(retain=True).topic for _ in expected} == expected
        client.expect_nothing(publisher)


def test_random_filters_match_like_the_naive_rule(broker):
    """[MQTT-4.7.1-1] [MQTT-4.7.1-2] all filters of up to three levels over a small alphabet, on
    one client, told apart by their subscription identifiers."""
    prefix = unique("t")
    client, publisher = broker.connect(V5), broker.connect(V5)
    filters = []
    for count in (1, 2, 3):
        for levels in itertools.product(("a", "", "+", "#"), repeat=count):
            if "#" not in levels[:-1]:
                filters.append(prefix + "/" + "/".join(levels))
    for number, topic_filter in enumerate(filters, 1):
        client.subscribe(topic_filter, properties=[("subscription_identifier", number)])
    for count in (1, 2, 3, 4):
        for levels in itertools.product(("a", "", "b"), repeat=count):
            name = prefix + "/" + "/".join(levels)
            expected = [i for i, f in enumerate(filters, 1) if matches(f, name)]
            publisher.publish(name, b"x")
            if expected:
                got = client.expect_publish(name)
                assert sorted(got.properties.all("subscription_identifier")) == expected
    client.expect_nothing(publisher)


@pytest.mark.parametrize("pair", [("é", "e\u0301"), ("Å", "\u212b"), ("a", "A"), ("a", "a "),
                                  ("a", "a/"), ("a/b", "a//b"), ("ß", "ss"), ("ﬁ", "fi"),
                                  ("a", "/a"), ("%61", "a")])
def test_topics_are_not_normalized(broker, version, pair):
    """[MQTT-4.7.3-4]"""
    prefix = unique("t")
    one, other = (f"{prefix}/{name}" for name in pair)
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(one)
    publisher.publish(other, b"other")
    publisher.publish(one, b"one")
    client.expect_publish(one, b"one")
    client.expect_nothing(publisher)


@pytest.mark.parametrize("name", ["/", "//", "a//b", " ", "a b", "/a/", "*", "a\tb", "😀/日本",
                                  "\u0001\u007f\u009f"])
def test_unusual_topics_are_ordinary(broker, version, name):
    """[MQTT-4.7.3-1] [MQTT-4.7.3-4] one character is enough, and control characters other than
    U+0000 are allowed."""
    name = unique("t") + name
    client = broker.connect(version)
    client.subscribe(name)
    client.publish(name, b"x")
    client.expect_publish(name, b"x")


def test_a_topic_of_one_slash_has_two_levels(broker_with, version):
    """[MQTT-4.7.1-2] [MQTT-4.7.3-1]"""
    broker = broker_with(sys={"interval": "off"})
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe("+/+")
    publisher.publish("/", b"slash")
    client.expect_publish("/", b"slash")
    client.unsubscribe("+/+")
    client.subscribe("/+")
    publisher.publish("/", b"again")
    client.expect_publish("/", b"again")


# ---- topics that start with $

@pytest.mark.parametrize("wild", ["#", "+/+/+", "+/#", "+/broker/uptime"])
def test_a_leading_wildcard_does_not_match_dollar_topics(broker_with, version, wild):
    """[MQTT-4.7.2-1] neither the retained $SYS topics at subscribe, nor live $ topics."""
    broker = broker_with(sys={"interval": "1s"})
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(wild)
    publisher.publish("$app/broker/uptime", b"x", qos=1)
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=1.5)  # $SYS is published meanwhile
    client.expect_nothing()


@pytest.mark.parametrize("wild", ["$share/g/#", "$share/g/+/broker/uptime", "$share/g/+/+/+"])
def test_a_leading_wildcard_of_a_shared_filter_does_not_match_dollar_topics(broker_with, version,
                                                                            wild):
    """[MQTT-4.7.2-1]"""
    broker = broker_with(sys={"interval": "1s"})
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(wild)
    publisher.publish("$app/broker/uptime", b"x", qos=1)
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=1.5)
    client.expect_nothing()


def test_dollar_topics_match_when_they_are_named(broker, version):
    """[MQTT-4.7.2-1]"""
    name = unique("t")
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(f"$app/{name}/#", f"$app/+/{name}")
    publisher.publish(f"$app/{name}/x", b"1")
    client.expect_publish(f"$app/{name}/x", b"1")
    publisher.publish(f"$app/y/{name}", b"2")
    client.expect_publish(f"$app/y/{name}", b"2")


def test_retained_dollar_messages_are_hidden_from_leading_wildcards(broker_with, version):
    """[MQTT-4.7.2-1]"""
    broker = broker_with(sys={"interval": "off"})
    publisher, client = broker.connect(version), broker.connect(version)
    name = unique("$app")
    publisher.publish(name + "/x", b"hidden", qos=1, retain=True)
    client.subscribe("#")
    client.subscribe("+/x")
    client.expect_nothing(publisher)
    client.unsubscribe("#")
    client.subscribe(name + "/+")
    client.expect_publish(name + "/x", b"hidden", retain=True)


# ---- sizes

@pytest.mark.parametrize("length", [4096, 65535])
def test_long_topics_are_handled(broker_with, version, length):
    """[MQTT-4.7.3-3]"""
    broker = broker_with(limits={"max_topic_bytes": 65535})
    name = unique("t") + "/"
    name += "x" * (length - len(name))
    client = broker.connect(version)
    client.subscribe(name)
    client.publish(name, b"x", retain=True)
    client.expect_publish(name, b"x")
    client.unsubscribe(name)
    client.subscribe(name)
    client.expect_publish(name, b"x", retain=True)


@pytest.mark.parametrize("name", ["x" * 4097, "x" * 65535, "/" * 200])
@pytest.mark.parametrize("qos", [0, 1])
def test_a_topic_above_the_limits_is_refused(broker, version, name, qos):
    """[MQTT-4.7.3-3] limits.max_topic_bytes is 4096, limits.max_topic_levels 128: acknowledged with
    a failure, or disconnected; the broker goes on."""
    watcher = broker.connect(version)
    watcher.subscribe("x", "/")
    client = broker.connect(version)
    client.send(packets.publish(version, name, b"x", qos=qos, packet_id=qos or None))
    try:
        answer = client.receive(within=1)
    except AssertionError:
        assert client.closed or qos == 0
    else:
        if version == V5:
            assert answer.type in (PUBACK, DISCONNECT) and answer.code >= 0x80
        else:
            assert answer.type == PUBACK
    watcher.expect_nothing(broker.connect(version))


@pytest.mark.parametrize("name", ["x" * 4097, "+/" * 200 + "#"])
def test_a_filter_above_the_limits_is_refused(broker, version, name):
    """[MQTT-4.7.3-3]"""
    client = broker.connect(version)
    client.send(packets.subscribe(version, 1, [(name, 0)]))
    try:
        answer = client.receive()
    except AssertionError:
        assert client.closed and version != V5
        return
    if answer.type == SUBACK:
        assert answer.codes[0] >= 0x80
    else:
        assert answer.type == DISCONNECT and answer.code >= 0x80


def test_a_topic_of_128_levels_is_taken(broker, version):
    """[MQTT-4.7.3-3]"""
    name = unique("t") + "/x" * 127
    client = broker.connect(version)
    client.subscribe(name, "/".join(["+"] * 128))
    client.publish(name, b"x")
    client.expect_publish(name, b"x")


def test_a_wildcard_in_3_is_refused_in_suback_only(broker, topic):
    """[MQTT311-3.8.3-2] the other filters of the packet are granted, the connection stays."""
    client = broker.connect(V311)
    client.send(packets.subscribe(V311, 1, [(topic, 1), ("a/#/b", 1)]))
    client.expect(SUBACK, packet_id=1, codes=[1, 0x80])
    client.publish(topic, b"x")
    client.expect_publish(topic, b"x")
