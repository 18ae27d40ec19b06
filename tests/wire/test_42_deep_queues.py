"""persistence.cache_bytes: what waits deep in queues is in the database alone, and nobody can tell."""

import sqlite3

import pytest

from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import unique
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the store of lmqttd")

KIB = 1024
COUNT = 1000
LASTING = {"clean": False, "properties": [("session_expiry_interval", 3600)]}


def lasting(version):
    return LASTING if version == V5 else {"clean": False}


def payload(number):
    return b"%06d" % number + b"." * (3 * KIB)


@pytest.fixture
def small_cache(own_broker):
    """A third of what the tests queue fits into memory."""
    return own_broker(
        mqtt={"max_queued_messages": 2 * COUNT, "max_queued_bytes": "unlimited"},
        persistence={"type": "sqlite", "path": "state.db", "cache_bytes": "1MiB"},
    ).start()


def queue_up(broker, version, topic, qos, name):
    broker.connect(version, name, **lasting(version)).subscribe(topic, qos=qos)
    broker.clients[-1].disconnect()
    publisher = broker.connect(version)
    for number in range(COUNT):
        publisher.publish(topic, payload(number), qos=qos)
    return publisher


def assert_all_arrive(client, topic, first=0):
    for number in range(first, COUNT):
        client.expect_publish(topic, payload(number))
    client.expect_nothing()


@pytest.mark.parametrize("qos", (1, 2))
def test_a_deep_queue_comes_back_whole_and_in_order(small_cache, version, topic, qos):
    """[MQTT-4.6.0-6] with its head from memory and the rest from the database."""
    name = unique("c")
    queue_up(small_cache, version, topic, qos, name)
    client = small_cache.connect(version, name, **lasting(version))
    assert_all_arrive(client, topic)


def test_a_deep_queue_comes_back_after_a_crash(small_cache, version, topic):
    """[MQTT-4.4.0-1] what is more than the cache is not even read at the start."""
    name = unique("c")
    queue_up(small_cache, version, topic, 1, name)
    small_cache.crash()
    small_cache.start()
    client = small_cache.connect(version, name, **lasting(version))
    assert_all_arrive(client, topic)


def test_a_receiver_that_comes_and_goes_misses_nothing(small_cache, version, topic):
    """[MQTT-4.4.0-1] also while a page is on its way."""
    name = unique("c")
    queue_up(small_cache, version, topic, 1, name)
    received = 0
    while received < COUNT - 500:
        client = small_cache.connect(version, name, **lasting(version))
        for number in range(received, received + 400):
            client.expect_publish(topic, payload(number))
        received += 400
        client.ping()  # what it acknowledged has arrived
        client.drop()
    client = small_cache.connect(version, name, **lasting(version))
    assert_all_arrive(client, topic, received)


def test_new_messages_queue_up_behind_those_in_the_database(small_cache, version, topic):
    """[MQTT-4.6.0-6]"""
    name = unique("c")
    publisher = queue_up(small_cache, version, topic, 1, name)
    client = small_cache.connect(version, name, **lasting(version))
    for number in range(COUNT):
        client.expect_publish(topic, payload(number))
        if number % 100 == 0:
            publisher.publish(topic, b"new %d" % number, qos=1)
    for number in range(0, COUNT, 100):
        client.expect_publish(topic, b"new %d" % number)
    client.expect_nothing()


def test_a_session_that_ends_takes_its_deep_queue_along(small_cache, version, topic):
    """[MQTT-3.1.2-4] clean start, while part of the queue is in the database alone."""
    name = unique("c")
    queue_up(small_cache, version, topic, 1, name)
    small_cache.connect(version, name).expect_nothing()

    def rows():
        with sqlite3.connect(f"file:{small_cache.folder / 'state.db'}?mode=ro", uri=True) as state:
            return state.execute("SELECT count(*) FROM messages").fetchone()[0]

    until(lambda: rows() == 0, 10, "the messages are still stored")
