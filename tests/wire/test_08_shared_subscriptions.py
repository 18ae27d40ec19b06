"""Shared subscriptions (section 4.8.2)."""

import collections

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import DISCONNECT, PUBLISH, PUBREL, SUBACK, V5

EXPIRY = [("session_expiry_interval", 60)]


def refused(broker, version, topic_filter):
    """The filter is refused: by its code in SUBACK, or as malformed."""
    client = broker.connect(version)
    client.send(packets.subscribe(version, 1, [(topic_filter, 0)]))
    try:
        answer = client.receive()
    except AssertionError:
        assert version != V5 and client.closed
        return
    if answer.type == SUBACK:
        assert answer.codes == ([0x8F] if version == V5 else [0x80]), str(answer)
    else:
        assert answer.type == DISCONNECT and answer.code in (0x81, 0x82, 0x8F), str(answer)


@pytest.mark.parametrize("bad", ["$share", "$share/", "$share//t", "$share//", "$share/g",
                                 "$share/g/", "$share/#", "$share/+"])
def test_a_shared_filter_needs_a_name_and_a_filter(broker, version, bad):
    """[MQTT-4.8.2-1] [MQTT-4.8.2-2] [MQTT-4.7.3-1] none of them is taken as an ordinary topic."""
    refused(broker, version, bad)


@pytest.mark.parametrize("bad", ["$share/g+/t", "$share/#/t", "$share/+/t", "$share/a#b/t"])
def test_a_share_name_has_no_wildcards(broker, version, bad):
    """[MQTT-4.8.2-2]"""
    refused(broker, version, bad)


@pytest.mark.parametrize("bad", ["$share/g/a#", "$share/g/a/#/b", "$share/g/+a"])
def test_the_filter_of_a_shared_subscription_is_checked(broker, version, bad):
    """[MQTT-4.7.1-1] [MQTT-4.7.1-2]"""
    refused(broker, version, bad)


def members(broker, version, topic_filter, count, qos=1):
    made = [broker.connect(version) for _ in range(count)]
    for member in made:
        member.subscribe(topic_filter, qos=qos)
    return made


def received(clients, publisher):
    """What each client got up to now; a canary of the publisher marks the end."""
    counts = []
    for client in clients:
        fence = unique("fence")
        client.subscribe(fence)
        publisher.publish(fence, b"", qos=0)
        got = []
        while True:
            packet = client.wait_for(PUBLISH)
            if packet.topic == fence:
                break
            client.answer(packet)
            got.append(packet.payload)
        counts.append(got)
    return counts


def test_each_message_goes_to_one_member(broker, version, topic):
    """[MQTT-4.8.2-3] row 22: nobody gets it twice, none is lost."""
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    for i in range(60):
        publisher.publish(topic, b"%d" % i, qos=1)
    got = received(group, publisher)
    assert sorted(sum(got, [])) == sorted(b"%d" % i for i in range(60))


def test_round_robin_shares_evenly(broker, version, topic):
    """Row 22: shared_subscription_strategy = "round_robin", the default."""
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    for i in range(60):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert [len(got) for got in received(group, publisher)] == [20, 20, 20]


def test_sticky_stays_with_one_member(broker_with, version, topic):
    """Row 22."""
    broker = broker_with(mqtt={"shared_subscription_strategy": "sticky"})
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    for i in range(30):
        publisher.publish(topic, b"%d" % i, qos=1)
    counts = sorted(len(got) for got in received(group, publisher))
    assert counts == [0, 0, 30]


def test_a_sticky_group_goes_on_when_its_member_leaves(broker_with, version, topic):
    """Row 22."""
    broker = broker_with(mqtt={"shared_subscription_strategy": "sticky"})
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    publisher.publish(topic, b"first", qos=1)
    chosen = next(i for i, got in enumerate(received(group, publisher)) if got)
    group.pop(chosen).disconnect()
    for i in range(10):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert sorted(len(got) for got in received(group, publisher)) == [0, 10]


def test_random_reaches_every_member(broker_with, version, topic):
    """Row 22: 90 messages, three members; each gets some."""
    broker = broker_with(mqtt={"shared_subscription_strategy": "random"})
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    for i in range(90):
        publisher.publish(topic, b"%d" % i, qos=1)
    counts = [len(got) for got in received(group, publisher)]
    assert sum(counts) == 90 and min(counts) > 0


def test_a_thousand_messages_reach_the_two_who_stay(broker, version, topic):
    """Row 22: three members, one leaves, the remaining two share all of 1000 messages."""
    group = members(broker, version, "$share/g/" + topic, 3, qos=0)
    group.pop(1).disconnect()
    publisher = broker.connect(version)
    for start in range(0, 1000, 100):
        publisher.send(*[packets.publish(version, topic, b"%d" % i)
                         for i in range(start, start + 100)])
    got = received(group, publisher)
    assert sorted(int(payload) for payload in sum(got, [])) == list(range(1000))
    assert [len(one) for one in got] == [500, 500]


def test_groups_do_not_share_with_each_other(broker, version, topic):
    """[X-SUB-3] one copy for each group."""
    first = members(broker, version, "$share/first/" + topic, 2)
    second = members(broker, version, "$share/second/" + topic, 2)
    publisher = broker.connect(version)
    for i in range(10):
        publisher.publish(topic, b"%d" % i, qos=1)
    expected = sorted(b"%d" % i for i in range(10))
    assert sorted(sum(received(first, publisher), [])) == expected
    assert sorted(sum(received(second, publisher), [])) == expected


def test_shared_and_plain_subscriptions_of_one_client_coexist(broker, version, topic):
    """[X-SUB-3] each is delivered once by its own rule."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe("$share/g/" + topic, qos=1)
    client.subscribe(topic, qos=1)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=1)
    got, = received([client], publisher)
    assert collections.Counter(got) == {b"%d" % i: 2 for i in range(5)}
    client.unsubscribe(topic)
    publisher.publish(topic, b"shared only", qos=1)
    assert received([client], publisher) == [[b"shared only"]]


@pytest.mark.parametrize("published", [0, 1, 2])
def test_the_chosen_members_granted_qos_holds(broker, version, topic, published):
    """[MQTT-4.8.2-3] members with 0, 1 and 2: each gets its share with its own QoS."""
    group = []
    for qos in (0, 1, 2):
        group += members(broker, version, "$share/g/" + topic, 1, qos)
    publisher = broker.connect(version)
    for _ in range(6):
        publisher.publish(topic, b"x", qos=published)
    publisher.ping()
    for granted, member in enumerate(group):
        for _ in range(2):
            member.expect_publish(topic, b"x", qos=min(granted, published))


def test_a_started_qos_2_delivery_is_completed_to_the_same_member(broker, version, topic):
    """[MQTT-4.8.2-4] over a reconnect, although another member is online meanwhile."""
    name = unique("c")
    properties = EXPIRY if version == V5 else []
    chosen = broker.connect(version, name, clean=False, properties=properties)
    chosen.subscribe("$share/g/" + topic, qos=2)
    publisher = broker.connect(version)
    publisher.publish(topic, b"x", qos=2)
    delivery = chosen.expect_publish(topic, b"x", answer=False)
    other, = members(broker, version, "$share/g/" + topic, 1, qos=2)
    chosen.drop()
    other.expect_nothing(publisher)
    again = broker.connect(version, name, clean=False, properties=properties)
    again.expect_publish(topic, b"x", dup=True, packet_id=delivery.packet_id, answer=False)
    again.send(packets.pubrec(delivery.packet_id))
    again.expect(PUBREL, packet_id=delivery.packet_id)
    again.send(packets.pubcomp(delivery.packet_id))
    other.expect_nothing(publisher)


def test_a_started_qos_2_delivery_dies_with_its_session(broker, version, topic):
    """[MQTT-4.8.2-5]"""
    chosen = broker.connect(version)
    chosen.subscribe("$share/g/" + topic, qos=2)
    publisher = broker.connect(version)
    publisher.publish(topic, b"x", qos=2)
    chosen.expect_publish(topic, b"x", answer=False)
    other, = members(broker, version, "$share/g/" + topic, 1, qos=2)
    chosen.disconnect()
    other.expect_nothing(publisher)


@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_refused_by_the_chosen_member_is_discarded(broker, topic, qos):
    """[MQTT-4.8.2-6]"""
    chosen = broker.connect(V5)
    chosen.subscribe("$share/g/" + topic, qos=qos)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"x", qos=qos)
    delivery = chosen.expect_publish(topic, b"x", answer=False)
    other, = members(broker, V5, "$share/g/" + topic, 1, qos=qos)
    refuse = packets.puback if qos == 1 else packets.pubrec
    chosen.send(refuse(delivery.packet_id, 0x80))
    other.expect_nothing(publisher)
    chosen.expect_nothing(publisher)


def test_shared_wildcard_filters_match(broker, version):
    """[MQTT-4.7.1-1] [MQTT-4.7.1-2]"""
    prefix = unique("t")
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(f"$share/g/{prefix}/+/#", qos=1)
    for name in (f"{prefix}/a", f"{prefix}/a/b/c", prefix, f"{prefix}x/a"):
        publisher.publish(name, name.encode(), qos=1)
    client.expect_publish(f"{prefix}/a")
    client.expect_publish(f"{prefix}/a/b/c")
    client.expect_nothing(publisher)


def test_subscription_identifiers_come_with_shared_deliveries(broker, topic):
    """[MQTT-3.3.4-3]"""
    client, publisher = broker.connect(V5), broker.connect(V5)
    client.subscribe("$share/g/" + topic, qos=1, properties=[("subscription_identifier", 9)])
    publisher.publish(topic, b"x", qos=1)
    assert client.expect_publish(topic).properties.all("subscription_identifier") == [9]


def test_a_member_who_unsubscribes_gets_no_more_share(broker, version, topic):
    """Row 22."""
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher = broker.connect(version)
    group[0].unsubscribe("$share/g/" + topic)
    for i in range(20):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert [len(got) for got in received(group, publisher)] == [0, 10, 10]


def test_a_member_whose_connection_is_cut_costs_the_others_nothing(broker, version, topic):
    """Row 22: its session ends with its connection."""
    group = members(broker, version, "$share/g/" + topic, 3)
    publisher, probe = broker.connect(version), unique("t")
    watcher = broker.connect(version)
    watcher.subscribe(probe)
    leaver = broker.connect(version, will=packets.Will(probe))
    leaver.subscribe("$share/g/" + topic, qos=1)
    leaver.drop(reset=True)
    watcher.expect_publish(probe)  # the broker has noticed
    for i in range(30):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert [len(got) for got in received(group, publisher)] == [10, 10, 10]
