"""What only MQTT 3.1 does."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import PUBCOMP, PUBREC, SUBACK, UNSUBACK, V31, V311


def test_requests_are_repeated_with_dup(broker, topic):
    """[MQTT31] SUBSCRIBE, PUBREL and UNSUBSCRIBE may have DUP set: a client that got no answer asks
    again on the same connection."""
    client = broker.connect(V31)
    for flags in (0b0010, 0b1010):
        client.send(packets.subscribe(V31, 1, [(topic, 2)], flags=flags))
        client.expect(SUBACK, packet_id=1)
    client.send(packets.publish(V31, topic + "/other", b"once", qos=2, packet_id=2))
    client.expect(PUBREC, packet_id=2)
    for first_byte in (0x62, 0x6A):
        client.send(packets.frame(first_byte, packets.u16(2)))
        client.expect(PUBCOMP, packet_id=2)
    for flags in (0b0010, 0b1010):
        client.send(packets.unsubscribe(V31, 3, [topic], flags=flags))
        client.expect(UNSUBACK, packet_id=3)


@pytest.mark.parametrize("first_byte", [0x6A, 0x8A, 0xAA])
def test_later_versions_know_no_dup_on_requests(broker, first_byte):
    """[MQTT311-2.2.2-2]"""
    client = broker.connect(V311)
    client.send(packets.frame(first_byte, packets.u16(1) + packets.text("a") + b"\0"))
    client.expect_closed()


def test_a_connack_says_nothing_of_a_stored_session(broker):
    """[MQTT31] the byte is reserved there."""
    name = unique("c")
    for _ in range(2):
        client = broker.connect(V31, name, clean=False)
        assert client.connack.session_present is False
        client.disconnect()
