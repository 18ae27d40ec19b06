"""Strings, integers, fixed headers and packet identifiers (sections 1 and 2 of MQTT 5.0)."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.places import CONNECT_PLACES, PACKET_PLACES, every, in_connect, in_packets
from mqtt_wire.tables import (AUTH, CONNECT, DISCONNECT, FLAGS, NAMES, PINGREQ, PINGRESP, PUBACK,
                              PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, SUBSCRIBE, UNSUBACK,
                              UNSUBSCRIBE, V5, V311)

MALFORMED = 0x81

ILL_FORMED = {
    "surrogate": b"a\xed\xa0\x80b",
    "surrogate_pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "overlong_slash": b"\xc0\xaf",
    "overlong_nul": b"\xc0\x80",
    "overlong_three_bytes": b"\xe0\x80\xaf",
    "above_10ffff": b"\xf4\x90\x80\x80",
    "lone_continuation": b"a\x80",
    "truncated_sequence": b"a\xe2\x82",
    "byte_ff": b"\xff",
}


@pytest.mark.parametrize("sample", ILL_FORMED)
@pytest.mark.parametrize("version", [V311, V5])
def test_ill_formed_utf8_in_a_topic_name_is_malformed(broker, version, sample):
    """[MQTT-1.5.4-1] [MQTT311-1.5.3-1] [MQTT-3.3.2-1]"""
    client = broker.connect(version)
    client.send(packets.publish(version, ILL_FORMED[sample], b"x"))
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("version, place", every(PACKET_PLACES))
def test_ill_formed_utf8_is_malformed_wherever_a_string_is(broker, version, place):
    """[MQTT-1.5.4-1] [MQTT-1.5.7-1] [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-3.3.2-13]
    [MQTT-3.3.2-19]"""
    client = broker.connect(version)
    client.send(in_packets(version, b"a\xed\xa0\x80")[place])
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("version, place", every(CONNECT_PLACES))
@pytest.mark.parametrize("sample", ["surrogate", "overlong_slash", "byte_ff"])
def test_ill_formed_utf8_in_connect_is_refused(broker, version, place, sample):
    """[MQTT-1.5.4-1] [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12]"""
    client = broker.open(version)
    client.send(in_connect(version, ILL_FORMED[sample])[place])
    client.expect_refused_connect(0x81, 0x85)


@pytest.mark.parametrize("version, place", every(PACKET_PLACES))
def test_the_null_character_is_malformed_wherever_a_string_is(broker, version, place):
    """[MQTT-1.5.4-2] [MQTT311-1.5.3-2] [MQTT-4.7.3-2]"""
    client = broker.connect(version)
    client.send(in_packets(version, "a\0b")[place])
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("version, place", every(CONNECT_PLACES))
def test_the_null_character_in_connect_is_refused(broker, version, place):
    """[MQTT-1.5.4-2]"""
    client = broker.open(version)
    client.send(in_connect(version, "a\0b")[place])
    client.expect_refused_connect(0x81, 0x85)


def test_a_byte_order_mark_is_a_character_like_any_other(broker, version, topic):
    """[MQTT-1.5.4-3] EF BB BF is neither skipped nor stripped in filters, topics and ids."""
    marked = "\ufeff" + topic
    plain, bom = broker.connect(version), broker.connect(version, "\ufeff" + unique("c"))
    plain.subscribe(topic)
    bom.subscribe(marked)
    publisher = broker.connect(version)
    publisher.publish(marked, b"marked", qos=1)
    bom.expect_publish(marked, b"marked")
    plain.expect_nothing(publisher)
    publisher.publish(topic, b"plain", qos=1)
    plain.expect_publish(topic, b"plain")
    bom.expect_nothing(publisher)


def test_client_ids_that_differ_in_a_byte_order_mark_are_two_clients(broker, version):
    """[MQTT-1.5.4-3]"""
    name = unique("c")
    first = broker.connect(version, name)
    broker.connect(version, "\ufeff" + name)
    first.ping()


@pytest.mark.parametrize("length", [0, 1, 120, 121, 122, 127, 128, 16370, 16383, 16384, 2000000])
def test_payloads_of_every_length_of_the_length_field_arrive_intact(broker, version, length):
    """[MQTT-1.5.5-1] the decoder refuses a Remaining Length that is not minimal."""
    topic = unique("t")
    client = broker.connect(version)
    client.subscribe(topic)
    payload = bytes(i * 7 % 251 for i in range(min(length, 4096))) * (length // 4096 + 1)
    client.publish(topic, payload[:length])
    client.expect_publish(topic, payload[:length])


@pytest.mark.parametrize("length", [b"\x80\x00", b"\x80\x80\x00", b"\x80\x80\x80\x00",
                                    b"\x80\x80\x80\x80\x00", b"\xff\xff\xff\xff\x7f",
                                    b"\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\xff\x01"],
                         ids=bytes.hex)
def test_an_overlong_remaining_length_is_malformed(broker, any_version, length):
    """[MQTT-1.5.5-1] and what follows the broken packet is never executed."""
    client = broker.connect(any_version)
    client.send(b"\xc0" + length + packets.pingreq())
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("length", [b"\x80\x00", b"\x80\x80\x80\x80\x00", b"\xff\xff\xff\xff\x7f"],
                         ids=bytes.hex)
@pytest.mark.parametrize("place", ["publish", "subscribe", "unsubscribe", "puback", "disconnect"])
def test_an_overlong_property_length_is_malformed(broker, topic, length, place):
    """[MQTT-1.5.5-1]"""
    made = {
        "publish": (0x30, packets.text(topic) + length),
        "subscribe": (0x82, packets.u16(1) + length + packets.text(topic) + b"\0"),
        "unsubscribe": (0xA2, packets.u16(1) + length + packets.text(topic)),
        "puback": (0x40, packets.u16(1) + b"\0" + length),
        "disconnect": (0xE0, b"\0" + length),
    }
    client = broker.connect(V5)
    client.send(packets.frame(*made[place]))
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("number", [b"\x81\x00", b"\x81\x80\x80\x00", b"\x81\x80\x80\x80\x00",
                                    b"\xff\xff\xff\xff\x7f"], ids=bytes.hex)
def test_an_overlong_subscription_identifier_is_malformed(broker, topic, number):
    """[MQTT-1.5.5-1]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [(topic, 0)],
                                  properties=[("subscription_identifier", number)]))
    client.expect_disconnect(MALFORMED)


def _with_flags(kind, flags, version):
    bodies = {
        PUBACK: b"\0\1", PUBREC: b"\0\1", PUBREL: b"\0\1", PUBCOMP: b"\0\1", PINGREQ: b"",
        DISCONNECT: b"", AUTH: b"",
        SUBSCRIBE: b"\0\1" + (b"\0" if version == V5 else b"") + packets.text("a") + b"\0",
        UNSUBSCRIBE: b"\0\1" + (b"\0" if version == V5 else b"") + packets.text("a"),
    }
    return packets.plain(kind, bodies[kind], flags)


RESERVED = [(version, kind, flags)
            for version in (V311, V5)
            for kind in (PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ,
                         DISCONNECT, AUTH)
            for flags in range(16)
            if flags != FLAGS[kind] and (kind != AUTH or version == V5)]


@pytest.mark.parametrize("version, kind, flags", RESERVED,
                         ids=[f"{version}-{NAMES[kind]}-{flags:04b}"
                              for version, kind, flags in RESERVED])
def test_reserved_fixed_header_flags_are_malformed(broker, version, kind, flags):
    """[MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1]
    [MQTT-3.15.1-1] [MQTT311-2.2.2-2]"""
    client = broker.connect(version)
    client.send(_with_flags(kind, flags, version), packets.pingreq())
    client.expect_disconnect(MALFORMED)


@pytest.mark.parametrize("flags", range(1, 16))
def test_reserved_fixed_header_flags_of_connect_are_malformed(broker, version, flags):
    """[MQTT-2.1.3-1] [MQTT-3.1.4-1]"""
    client = broker.open(version)
    client.send(bytes([CONNECT << 4 | flags]) + packets.connect(version, "id")[1:])
    client.expect_refused_connect()


def test_a_qos_0_publish_has_no_packet_identifier(broker, version, topic):
    """[MQTT-2.2.1-2] what stands after the topic is properties and payload, in both directions."""
    client = broker.connect(version)
    client.subscribe(topic, qos=2)
    client.publish(topic, b"\x00\x07payload")
    client.expect_publish(topic, b"\x00\x07payload", qos=0, packet_id=None)


@pytest.mark.parametrize("place", ["publish_qos1", "publish_qos2", "subscribe", "unsubscribe"])
def test_packet_identifier_zero_is_refused(broker, any_version, topic, place):
    """[MQTT-2.2.1-3] [MQTT311-2.3.1-1]"""
    made = {
        "publish_qos1": packets.publish(any_version, topic, b"x", qos=1, packet_id=0),
        "publish_qos2": packets.publish(any_version, topic, b"x", qos=2, packet_id=0),
        "subscribe": packets.subscribe(any_version, 0, [(topic, 0)]),
        "unsubscribe": packets.unsubscribe(any_version, 0, [topic]),
    }
    client = broker.connect(any_version)
    client.send(made[place])
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.slow
def test_packet_identifiers_wrap_around_and_spare_the_one_in_use(broker, topic):
    """[MQTT-2.2.1-4] [MQTT-4.3.2-1] one delivery stays unacknowledged while 66 000 others pass; the
    client refuses an id that is 0 or in use."""
    subscriber, publisher = broker.connect(V311), broker.connect(V311)
    subscriber.subscribe(topic, qos=1)
    publisher.publish(topic, b"held", qos=1)
    held = subscriber.expect_publish(topic, b"held", answer=False)
    for base in range(0, 66000, 50):
        batch = [packets.publish(V311, topic, b"%d" % i, qos=1, packet_id=i % 60000 + 1)
                 for i in range(base, base + 50)]
        publisher.send(*batch)
        got = [subscriber.expect_publish(topic, b"%d" % i, answer=False)
               for i in range(base, base + 50)]
        subscriber.send(*[packets.puback(packet.packet_id) for packet in got])
        for i in range(base, base + 50):
            publisher.expect(PUBACK, packet_id=i % 60000 + 1)
    subscriber.answer(held)


@pytest.mark.parametrize("packet_id", [1, 2, 255, 256, 32768, 65535])
def test_acknowledgements_carry_the_identifier_of_their_publish(broker, version, topic, packet_id):
    """[MQTT-2.2.1-5]"""
    client = broker.connect(version)
    client.send(packets.publish(version, topic, b"x", qos=1, packet_id=packet_id))
    client.expect(PUBACK, packet_id=packet_id)
    client.send(packets.publish(version, topic, b"x", qos=2, packet_id=packet_id))
    client.expect(PUBREC, packet_id=packet_id)
    client.send(packets.pubrel(packet_id))
    client.expect(PUBCOMP, packet_id=packet_id, code=0)


@pytest.mark.parametrize("packet_id", [1, 256, 65535])
def test_suback_and_unsuback_carry_the_identifier_of_their_request(broker, version, topic,
                                                                   packet_id):
    """[MQTT-2.2.1-6] [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5]"""
    client = broker.connect(version)
    client.send(packets.subscribe(version, packet_id, [(topic, 0)]))
    client.expect(SUBACK, packet_id=packet_id)
    client.send(packets.unsubscribe(version, packet_id, [topic]))
    client.expect(UNSUBACK, packet_id=packet_id)


@pytest.mark.parametrize("place", ["publish", "subscribe", "unsubscribe"])
def test_a_missing_property_length_is_malformed(broker, topic, place):
    """[MQTT-2.2.2-1] the absence of properties is written as a Property Length of 0."""
    made = {
        "publish": (0x30, packets.text(topic)),
        "subscribe": (0x82, packets.u16(1)),
        "unsubscribe": (0xA2, packets.u16(1)),
    }
    client = broker.connect(V5)
    client.send(packets.frame(*made[place]))
    client.expect_disconnect(0x81, 0x82)


def test_connect_without_a_property_length_is_refused(broker):
    """[MQTT-2.2.2-1]"""
    client = broker.open(V5)
    client.send(packets.frame(0x10, packets.text("MQTT") + b"\x05\x02\x00\x3c"))
    client.expect_refused_connect(0x81)


def test_packets_need_not_align_with_segments(broker, version, topic):
    """[MQTT-4.2-1] a TCP stream is bytes: one byte a time, then many packets at once."""
    client = broker.connect(version)
    first = packets.subscribe(version, 1, [(topic, 0)])
    second = packets.publish(version, topic, b"split")
    for byte in first + second:
        client.send(bytes([byte]))
    client.expect(SUBACK, packet_id=1)
    client.expect_publish(topic, b"split")
    many = [packets.publish(version, topic, b"%d" % i) for i in range(100)]
    client.send(*many, packets.pingreq())
    for i in range(100):
        client.wait_for(PUBLISH, topic=topic, payload=b"%d" % i)
    client.wait_for(PINGRESP)


def test_connect_may_come_one_byte_at_a_time(broker, any_version):
    """[MQTT-4.2-1]"""
    client = broker.open(any_version, unique("c"))
    for byte in packets.connect(any_version, client.client_id):
        client.send(bytes([byte]))
    client.wait_for(2, code=0)
    client.ping()


def test_a_broken_packet_ends_the_connection_and_nothing_behind_it_is_executed(broker, version,
                                                                               topic):
    """[MQTT-4.13.1-1] [MQTT311-4.8.0-1]"""
    watcher = broker.connect(version)
    watcher.subscribe(topic)
    client = broker.connect(version)
    client.send(packets.plain(PUBLISH, packets.text(topic), flags=6),
                packets.publish(version, topic, b"smuggled"))
    client.expect_disconnect(MALFORMED)
    watcher.expect_nothing(broker.connect(version))
