"""$SYS/broker/...: what the broker says about itself, under the names mosquitto users know."""

import pytest

from mqtt_wire.client import unique
from mqtt_wire.tables import PUBLISH, V5

FAST = {"interval": "1s"}


def value_of(client, name, within=5):
    """The next value of this topic."""
    return client.wait_for(PUBLISH, within, topic=name).payload.decode()


@pytest.mark.parametrize("name", [
    "version", "uptime", "clients/connected", "clients/disconnected", "clients/total",
    "clients/maximum", "messages/received", "messages/sent", "bytes/received", "bytes/sent",
    "subscriptions/count", "retained messages/count", "store/messages/count",
    "store/messages/bytes", "load/messages/received/1min", "load/messages/sent/5min",
    "load/bytes/received/15min", "publish/messages/received", "publish/messages/sent",
    "publish/messages/dropped"])
def test_the_topic_is_there(broker_with, version, name):
    """Retained, so that a subscriber does not wait."""
    broker = broker_with(sys=FAST)
    client = broker.connect(version)
    client.subscribe("$SYS/broker/" + name)
    got = client.expect_publish("$SYS/broker/" + name, within=5)
    assert got.payload


def test_the_number_of_clients_follows(broker_with, version):
    broker = broker_with(sys=FAST)
    client = broker.connect(version)
    client.subscribe("$SYS/broker/clients/connected")
    others = [broker.connect(version) for _ in range(5)]
    for _ in range(5):
        before = int(value_of(client, "$SYS/broker/clients/connected"))
        if before >= 6:
            break
    assert before >= 6
    for other in others:
        other.disconnect()
    for _ in range(5):
        after = int(value_of(client, "$SYS/broker/clients/connected"))
        if after <= before - 5:
            break
    assert after <= before - 5


def test_received_messages_are_counted(broker_with, version):
    broker = broker_with(sys=FAST)
    client = broker.connect(version)
    name = "$SYS/broker/publish/messages/received"
    client.subscribe(name)
    first = int(value_of(client, name))
    for _ in range(100):
        client.publish(unique("t"), b"x")
    for _ in range(5):
        now = int(value_of(client, name))
        if now >= first + 100:
            break
    assert now >= first + 100


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_clients_cannot_set_them(broker_with, version, qos):
    broker = broker_with(sys=FAST)
    client = broker.connect(version)
    client.publish("$SYS/broker/version", b"forged", qos=qos, retain=True)
    client.subscribe("$SYS/broker/version")
    assert client.expect_publish("$SYS/broker/version", within=5).payload != b"forged"


def test_they_can_be_switched_off(broker_with):
    broker = broker_with(sys={"interval": "off"})
    client = broker.connect(V5)
    client.subscribe("$SYS/#")
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=1.5)
    client.expect_nothing()
