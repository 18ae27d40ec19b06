"""AUTH and enhanced authentication as far as no method is configured (sections 3.15, 4.12)."""

import pytest

from mqtt_wire import packets
from mqtt_wire.client import unique
from mqtt_wire.tables import CONNACK, V5

METHOD = [("authentication_method", "NO-SUCH-METHOD")]


@pytest.mark.parametrize("data", [None, b"", b"\0\xff not text"], ids=["none", "empty", "binary"])
def test_an_unknown_method_is_refused(broker, data):
    """[MQTT-4.12.0-1] [MQTT-4.12.0-4] [MQTT-3.1.4-2]"""
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=METHOD + ([] if data is None
                                             else [("authentication_data", data)]))
    answer = client.expect(CONNACK)
    assert answer.code in (0x8C, 0x87)
    client.expect_closed()


def test_authentication_data_without_a_method_is_refused(broker):
    """[X-PROP-6]"""
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=[("authentication_data", b"d")])
    client.expect_refused_connect(0x82)


@pytest.mark.parametrize("code", [0x00, 0x18, 0x19])
def test_auth_without_a_method_in_connect_is_a_protocol_error(broker, code):
    """[MQTT-4.12.0-7] [MQTT-4.12.1-1] there is nothing to re-authenticate."""
    client = broker.connect(V5)
    client.send(packets.auth(code, METHOD))
    client.expect_disconnect(0x81, 0x82)


def test_a_short_auth_without_a_method_in_connect_is_a_protocol_error(broker):
    """[MQTT-4.12.0-7] [X-DISC-3]"""
    client = broker.connect(V5)
    client.send(packets.auth())
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("code", [0x01, 0x17, 0x80, 0x87, 0xFF])
def test_an_auth_code_that_does_not_exist_is_refused(broker, code):
    """[MQTT-3.15.2-1]"""
    client = broker.connect(V5)
    client.send(packets.auth(code, METHOD))
    client.expect_disconnect(0x81, 0x82)


def test_no_method_in_connect_means_none_in_connack(broker):
    """[MQTT-4.12.0-6]"""
    properties = broker.connect(V5).connack.properties
    assert "authentication_method" not in properties
    assert "authentication_data" not in properties


@pytest.mark.parametrize("early", ["publish", "subscribe", "pingreq"])
def test_before_connack_only_auth_and_disconnect_are_taken(broker, early, topic):
    """[MQTT-3.1.2-30] with a method in CONNECT, anything else has no effect and ends it."""
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    client = broker.open(V5, unique("c"))
    made = {"publish": packets.publish(V5, topic, b"early"), "pingreq": packets.pingreq(),
            "subscribe": packets.subscribe(V5, 1, [(topic, 0)])}
    client.send(packets.connect(V5, client.client_id, properties=METHOD), made[early])
    client.expect_refused_connect()
    watcher.expect_nothing(broker.connect(V5))


def test_a_foreign_property_in_auth_is_refused(broker):
    """[X-PROP-1]"""
    client = broker.connect(V5)
    client.send(packets.auth(0x18, METHOD + [("topic_alias", 1)]))
    client.expect_disconnect(0x81, 0x82)


def test_auth_is_unknown_to_3(broker, v3_version):
    """[X-TYPE-1]"""
    client = broker.connect(v3_version)
    client.send(packets.auth())
    client.expect_closed()


def test_a_refused_method_leaves_no_session(broker):
    """[MQTT-3.1.4-2]"""
    name = unique("c")
    client = broker.open(V5, name)
    client.send_connect(clean=False, properties=METHOD + [("session_expiry_interval", 60)])
    client.expect_refused_connect(0x8C, 0x87)
    assert not broker.connect(V5, name, clean=False).connack.session_present
