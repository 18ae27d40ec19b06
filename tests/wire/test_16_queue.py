"""The queue of a session: limits, drop order, overflow policies (rows 12 to 14)."""

import threading

import pytest

from mqtt_wire import packets
from mqtt_wire.client import PATIENCE, unique
from mqtt_wire.stream import CHUNK
from mqtt_wire.tables import PINGRESP, PUBACK, PUBREC, V5, V311

EXPIRY = [("session_expiry_interval", 60)]
FIVE = {"max_queued_messages": 5, "max_inflight": 5}


def durable(broker, name, version=V5, properties=()):
    if version == V5:
        properties = EXPIRY + list(properties)
    return broker.connect(version, name, clean=False, properties=properties)


def offline(broker, topic, version=V5, qos=1):
    """A stored session that subscribes to this topic; returns its client id."""
    name = unique("c")
    client = durable(broker, name, version)
    client.subscribe(topic, qos=qos)
    client.disconnect()
    return name


def drained(broker, name, publisher, version=V5):
    """What the session has kept, in order."""
    client = durable(broker, name, version)
    kept, more = [], True
    while more:  # first until a PINGREQ brings nothing but its answer: a full queue takes no canary
        client.send(packets.pingreq())
        more = False
        while True:
            packet = client.receive()
            if packet.type == PINGRESP:
                break
            client.answer(packet)
            kept.append(packet.payload)
            more = True
    fence = unique("fence")
    client.subscribe(fence)
    publisher.publish(fence, b"")
    while True:
        packet = client.expect_publish()
        if packet.topic == fence:
            return kept
        kept.append(packet.payload)


def let_pass(client, seconds):
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=seconds)


@pytest.mark.slow
@pytest.mark.parametrize("version", [V311, V5])
def test_the_default_queue_keeps_the_newest_thousand(broker, version, topic):
    """Row 13: 1005 QoS 1 messages while away; numbers 5 to 1004 come."""
    name = offline(broker, topic, version)
    publisher = broker.connect(version)
    for base in range(0, 1005, 67):
        publisher.send(*[packets.publish(version, topic, b"%d" % i, qos=1, packet_id=i + 1)
                         for i in range(base, base + 67)])
        for i in range(base, base + 67):
            publisher.expect(PUBACK, packet_id=i + 1)
    assert drained(broker, name, publisher, version) == [b"%d" % i for i in range(5, 1005)]


def test_a_queue_within_its_limit_loses_nothing(broker_with, version, topic):
    """Row 13."""
    broker = broker_with(mqtt=FIVE)
    name = offline(broker, topic, version)
    publisher = broker.connect(version)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert drained(broker, name, publisher, version) == [b"%d" % i for i in range(5)]


def test_rule_6_the_oldest_waiting_message_makes_room(broker_with, topic):
    """Row 13, seed-audit 1.6."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = offline(broker, topic), broker.connect(V5)
    for i in range(8):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert drained(broker, name, publisher) == [b"3", b"4", b"5", b"6", b"7"]


def test_rule_4_a_waiting_qos_0_message_goes_first(broker_with, topic):
    """Row 13."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = offline(broker, topic), broker.connect(V5)
    for payload, qos in ((b"1", 1), (b"2", 1), (b"zero", 0), (b"3", 1), (b"4", 1), (b"5", 1)):
        publisher.publish(topic, payload, qos=qos)
    assert drained(broker, name, publisher) == [b"1", b"2", b"3", b"4", b"5"]


def test_rule_5_a_new_qos_0_message_does_not_displace_qos_1(broker_with, topic):
    """Row 13."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = offline(broker, topic), broker.connect(V5)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=1)
    publisher.publish(topic, b"zero", qos=0)
    assert drained(broker, name, publisher) == [b"%d" % i for i in range(5)]


def test_rule_3_an_expired_waiting_message_goes_first(broker_with, topic):
    """Row 13: the third of five has expired when the sixth comes."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = offline(broker, topic), broker.connect(V5)
    for i in range(5):
        properties = [("message_expiry_interval", 1)] if i == 2 else []
        publisher.publish(topic, b"%d" % i, qos=1, properties=properties)
    let_pass(publisher, 1.5)
    publisher.publish(topic, b"5", qos=1)
    assert drained(broker, name, publisher) == [b"0", b"1", b"3", b"4", b"5"]


def test_rule_2_a_new_message_is_dropped_when_everything_is_in_flight(broker_with, topic):
    """Row 13: online, five unacknowledged, nothing waiting."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = unique("c"), broker.connect(V5)
    client = durable(broker, name)
    client.subscribe(topic, qos=1)
    for i in range(6):
        publisher.publish(topic, b"%d" % i, qos=1)
    window = [client.expect_publish(topic, b"%d" % i, answer=False) for i in range(5)]
    for packet in window:
        client.answer(packet)
    publisher.publish(topic, b"7", qos=1)
    client.expect_publish(topic, b"7")


def test_rule_7_what_is_in_flight_is_kept_for_an_absent_client(broker_with, topic):
    """Row 13: five in flight, the client gone, a sixth comes: the new one is dropped."""
    broker = broker_with(mqtt=FIVE)
    name, publisher = unique("c"), broker.connect(V5)
    client = durable(broker, name)
    client.subscribe(topic, qos=1)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=1)
    for i in range(5):
        client.expect_publish(topic, b"%d" % i, answer=False)
    client.drop()
    publisher.publish(topic, b"5", qos=1)
    assert drained(broker, name, publisher) == [b"%d" % i for i in range(5)]


def test_rule_1_an_in_flight_message_past_its_in_flight_expiry_makes_room(broker_with, topic):
    """Row 12: the queue is full of unacknowledged messages; after inflight_expiry a new one
    displaces the oldest of them."""
    broker = broker_with(mqtt={**FIVE, "inflight_expiry": "1s"})
    name, publisher = unique("c"), broker.connect(V5)
    client = durable(broker, name)
    client.subscribe(topic, qos=1)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=1)
    window = [client.expect_publish(topic, b"%d" % i, answer=False) for i in range(5)]
    let_pass(publisher, 1.5)
    publisher.publish(topic, b"new", qos=1)
    client.in_flight.pop(window[0].packet_id)  # the broker may use its id again
    client.expect_publish(topic, b"new", dup=False)
    client.drop()
    assert drained(broker, name, publisher) == [b"1", b"2", b"3", b"4"]


def test_in_flight_expiry_re_sends_nothing(broker_with, topic):
    """[MQTT-4.4.0-1] Row 12: it is a rule for full queues, not a retransmission timer."""
    broker = broker_with(mqtt={**FIVE, "inflight_expiry": "1s"})
    client = broker.connect(V5)
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x", qos=1)
    delivery = client.expect_publish(topic, b"x", answer=False)
    let_pass(client, 1.7)
    client.answer(delivery)


@pytest.mark.parametrize("queue", [True, False], ids=["on", "off"])
def test_qos_0_messages_are_queued_by_option(broker_with, version, topic, queue):
    """Row 14: queue_qos0_messages."""
    broker = broker_with(mqtt={"queue_qos0_messages": queue})
    name = offline(broker, topic, version)
    publisher = broker.connect(version)
    publisher.publish(topic, b"zero", qos=0)
    publisher.publish(topic, b"one", qos=1)
    expected = [b"zero", b"one"] if queue else [b"one"]
    assert drained(broker, name, publisher, version) == expected


def test_qos_0_messages_reach_a_connected_client_whatever_the_option_says(broker_with, topic):
    """Row 14."""
    broker = broker_with(mqtt={"queue_qos0_messages": False})
    client = broker.connect(V5, properties=[("receive_maximum", 1)])
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x")
    client.expect_publish(topic, b"x")


# ---- overflow policies

def test_drop_newest_keeps_what_came_first(broker_with, topic):
    """overflow = "drop_newest"."""
    broker = broker_with(mqtt={**FIVE, "overflow": "drop_newest"})
    name, publisher = offline(broker, topic), broker.connect(V5)
    for i in range(8):
        publisher.publish(topic, b"%d" % i, qos=1)
    assert drained(broker, name, publisher) == [b"%d" % i for i in range(5)]


@pytest.mark.parametrize("qos", [1, 2])
def test_reject_tells_the_publisher(broker_with, topic, qos):
    """[X-PUB-1] overflow = "reject": 0x97 Quota exceeded; what was acknowledged is kept."""
    broker = broker_with(mqtt={**FIVE, "overflow": "reject"})
    name, publisher = offline(broker, topic, qos=qos), broker.connect(V5)
    for i in range(5):
        assert publisher.publish(topic, b"%d" % i, qos=qos) == 0
    assert publisher.publish(topic, b"5", qos=qos) == 0x97
    publisher.ping()
    assert drained(broker, name, publisher) == [b"%d" % i for i in range(5)]
    assert publisher.publish(topic, b"6", qos=qos) == 0


@pytest.mark.parametrize("qos", [1, 2])
def test_reject_closes_a_3_publisher_without_an_ack(broker_with, v3_version, topic, qos):
    """[MQTT311-4.8.0-2] the only negative answer 3.x has."""
    broker = broker_with(mqtt={**FIVE, "overflow": "reject"})
    name, publisher = offline(broker, topic, qos=qos), broker.connect(v3_version)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=qos)
    publisher.send(packets.publish(v3_version, topic, b"5", qos=qos, packet_id=50))
    publisher.expect_closed()
    assert drained(broker, name, broker.connect(V5)) == [b"%d" % i for i in range(5)]


def test_a_rejected_qos_2_publish_can_be_repeated(broker_with, topic):
    """[MQTT-4.3.3-9] after PUBREC 0x97 the same id is a new message."""
    broker = broker_with(mqtt={**FIVE, "overflow": "reject"})
    name, publisher = offline(broker, topic, qos=2), broker.connect(V5)
    for i in range(5):
        publisher.publish(topic, b"%d" % i, qos=2)
    for _ in range(3):
        publisher.send(packets.publish(V5, topic, b"again", qos=2, packet_id=77))
        publisher.expect(PUBREC, packet_id=77, code=0x97)
    client = durable(broker, name)
    for i in range(5):
        client.expect_publish(topic, b"%d" % i)
    publisher.send(packets.publish(V5, topic, b"again", qos=2, packet_id=77))
    publisher.expect(PUBREC, packet_id=77, code=0)
    publisher.send(packets.pubrel(77))
    publisher.expect(7, packet_id=77, code=0)
    client.expect_publish(topic, b"again")


def test_the_queue_is_also_limited_in_bytes(broker_with, topic):
    """max_queued_bytes = 64 KiB: of twenty messages of 8 KiB the newest few stay."""
    broker = broker_with(mqtt={"max_queued_bytes": "64KiB"})
    name, publisher = offline(broker, topic), broker.connect(V5)
    for i in range(20):
        publisher.publish(topic, b"%02d" % i + b"x" * 8192, qos=1)
    kept = [int(payload[:2]) for payload in drained(broker, name, publisher)]
    assert kept == list(range(20 - len(kept), 20)) and 4 <= len(kept) <= 8


WIDE = {"max_queued_bytes": "64KiB"}
LARGE = b"large" * 40_000


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_larger_than_the_queue_reaches_who_is_there(broker_with, version, topic, qos):
    """Row 13: max_queued_bytes bounds what waits for others, not what a client can be sent; the
    smaller ones beside it keep their place."""
    broker = broker_with(mqtt=WIDE)
    reader, publisher = broker.connect(version), broker.connect(version)
    reader.subscribe(topic, qos=qos)
    for payload in (b"before", LARGE, b"behind" * 8000):
        publisher.publish(topic, payload, qos=qos)
    for payload in (b"before", LARGE, b"behind" * 8000):
        reader.expect_publish(topic, payload, qos=qos)


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest", "reject"])
def test_there_is_one_message_larger_than_the_queue_at_a_time(broker_with, topic, overflow):
    """Row 13: until it is acknowledged the next one is dropped, or refused."""
    broker = broker_with(mqtt={**WIDE, "overflow": overflow})
    reader, publisher = broker.connect(V5), broker.connect(V5)
    reader.subscribe(topic, qos=1)
    publisher.publish(topic, b"1" + LARGE, qos=1)
    first = reader.expect_publish(topic, b"1" + LARGE, answer=False)
    assert publisher.publish(topic, b"2" + LARGE, qos=1) == (0x97 if overflow == "reject" else 0)
    reader.send(packets.puback(first.packet_id))
    reader.ping()
    publisher.publish(topic, b"3" + LARGE, qos=1)
    reader.expect_publish(topic, b"3" + LARGE)


@pytest.mark.parametrize("qos", [1, 2])
def test_with_reject_a_message_larger_than_the_queue_is_refused(broker_with, topic, qos):
    """Row 12: whoever is away has no place for it, and the publisher is told so."""
    broker = broker_with(mqtt={**WIDE, "overflow": "reject"})
    offline(broker, topic, qos=qos)
    publisher = broker.connect(V5)
    assert publisher.publish(topic, LARGE, qos=qos) == 0x97
    assert publisher.publish(topic, b"small", qos=qos) == 0


@pytest.mark.skipif(bool(CHUNK), reason="a segment for each of millions of bytes")
def test_a_burst_of_qos_0_reaches_who_reads(broker, topic):
    """Output and queue are for who does not keep up, and not for what a publisher says at once: 1.5 MB
    of 40,000 messages are more than both."""
    reader, publisher = broker.connect(V311), broker.connect(V311)
    reader.subscribe(topic)
    all_of_it = packets.publish(V311, topic, b"x" * 20) * 40_000
    sender = threading.Thread(target=publisher.stream.send, args=(all_of_it,))
    sender.start()
    got = 0
    while got < len(all_of_it):
        got += len(reader.stream.receive(within=PATIENCE))
    sender.join()
    assert got == len(all_of_it)


@pytest.mark.skipif(bool(CHUNK), reason="a segment for each of millions of bytes")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_with_large_packets_allowed_large_messages_arrive(broker_with, version, topic, qos):
    """Row 13: 10 MiB, with max_packet_size raised and nothing else; neither max_queued_bytes nor
    limits.max_output_bytes stops it, and the start-up warning says what is true."""
    broker = broker_with(mqtt={"max_packet_size": "12MiB"})
    reader, publisher = broker.connect(version), broker.connect(version)
    reader.subscribe(topic, qos=qos)
    payload = b"0123456789abcdef" * (10 << 16)
    for _ in range(3):
        publisher.publish(topic, payload, qos=qos)
        reader.expect_publish(topic, payload, within=30)
        reader.ping()
    assert "is sent one larger message at a time" in broker.log()
