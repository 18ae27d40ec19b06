"""A listener on IPv6: the same protocol, and addresses that are told and limited as IPv6 has them."""

import re
import socket

import pytest

from mqtt_wire.broker import until
from mqtt_wire.stream import has_ipv6
from mqtt_wire.tables import CONNACK, PUBLISH, V5
from mqtt_wire.transports import listener_options


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


def free_port():
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def both(own_broker):
    """both(limits={...}): a broker with a listener on 127.0.0.1 and one on ::1, whose address is
    `six`."""
    def make(**sections):
        broker = own_broker(**sections)
        broker.six = ("::1", free_port())
        broker.sections["listeners"] = [
            {"address": f"127.0.0.1:{broker.port}", **listener_options()},
            {"address": f"[::1]:{broker.six[1]}", **listener_options()}]
        return broker.start()
    return make


def test_what_is_published_over_ipv6_arrives_on_either(both, version, topic):
    """The listener says where it is, and the log whose connection it was."""
    broker = both()
    six, four = broker.connect(version, address=broker.six), broker.connect(version)
    for each in (six, four):
        each.subscribe(topic, qos=1)
    six.publish(topic, b"over six", qos=1)
    four.publish(topic, b"over four", qos=1)
    for each in (six, four):
        for said in (b"over six", b"over four"):
            each.wait_for(PUBLISH, 5, topic=topic, payload=said)
    assert f'listening address="[::1]:{broker.six[1]}"' in broker.log()
    port = six.stream.socket.getsockname()[1]
    until(lambda: f'peer="[::1]:{port}"' in broker.log(), 5, "the log names the client")


def is_let_in(broker, address):
    client = broker.open(V5, "", address=address)
    client.send_connect()
    try:
        return client.expect(CONNACK).code == 0
    except AssertionError:
        return False


def test_b09_an_address_of_ipv6_is_limited_as_one(both):
    """B09: so many connections of one address; another one, of IPv4, is not concerned."""
    broker = both(limits={"max_connections_per_address": 3})
    assert [is_let_in(broker, broker.six) for _ in range(5)] == [True, True, True, False, False]
    assert is_let_in(broker, broker.address)
    until(lambda: re.search(r'connection refused .*peer="\[::1\]:', broker.log()), 5, "the log says who")
    broker.clients[0].stream.close()
    until(lambda: is_let_in(broker, broker.six), 5, "its place is free again")


def test_b09_an_address_of_ipv6_connects_no_faster_than_it_may(both):
    """B09: the rate is that of the address, too."""
    broker = both(limits={"connect_rate_per_address": 1, "connect_burst_per_address": 2})
    served = [is_let_in(broker, broker.six) for _ in range(20)]
    assert served[:2] == [True, True] and not all(served)
