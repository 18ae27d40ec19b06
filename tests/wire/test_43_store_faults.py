"""A disk that is full, slow or broken, and what the configuration lets an acknowledgement promise."""

import contextlib
import os
import resource
import sqlite3
import subprocess

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import unique
from mqtt_wire.stream import CHUNK
from mqtt_wire.syncs import Syncs
from mqtt_wire.tables import PUBACK, SUBACK, V5, V311

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the store of lmqttd")

LASTING = {"clean": False, "properties": [("session_expiry_interval", 3600)]}
STATE = "$SYS/broker/store/state"
SYS = {"interval": "1s"}


def durable(own_broker, *, persistence=None, **sections):
    where = {"type": "sqlite", "path": "state.db", **(persistence or {})}
    return own_broker(persistence=where, sys=SYS, **sections).start()


def crash(broker):
    broker.crash()
    broker.start()


@contextlib.contextmanager
def broken_disk(broker):
    """No file of the broker can grow any more: every write beyond its first bytes fails."""
    pid = broker.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        if broker.alive():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def locked(broker):
    """Somebody writes at the shell, and does not finish."""
    shell = sqlite3.connect(broker.folder / "state.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        shell.execute("ROLLBACK")
        shell.close()


def offline_session(broker, topic, qos=1):
    name = unique("c")
    client = broker.connect(V5, name, **LASTING)
    client.subscribe(topic, qos=qos)
    client.disconnect()
    return name


def wait_for_state(client, word):
    while client.expect_publish(STATE).payload != word:
        pass


# ---- on_storage_error


def test_hold_acknowledges_when_the_disk_works_again(own_broker, topic):
    broker = durable(own_broker)
    name = offline_session(broker, topic)
    watcher = broker.connect(V5)
    watcher.subscribe(STATE)
    publisher = broker.connect(V5)
    with broken_disk(broker):
        publisher.send(packets.publish(V5, topic, b"x", qos=1, packet_id=5))
        wait_for_state(watcher, b"failing")
        publisher.ping()  # and no PUBACK before its answer
    publisher.expect(PUBACK, packet_id=5)
    wait_for_state(watcher, b"working")
    crash(broker)
    broker.connect(V5, name, **LASTING).expect_publish(topic, b"x")


def test_memory_goes_on_without_the_disk(own_broker, topic):
    broker = durable(own_broker, persistence={"on_storage_error": "memory"})
    name = offline_session(broker, topic)
    watcher = broker.connect(V5)
    watcher.subscribe(STATE)
    publisher = broker.connect(V5)
    with broken_disk(broker):
        publisher.publish(topic, b"x", qos=1)
        publisher.publish(topic, b"y", qos=2)
        wait_for_state(watcher, b"unreliable")
        client = broker.connect(V5, name, **LASTING)
        client.expect_publish(topic, b"x")
        client.expect_publish(topic, b"y")


def test_exit_stops_and_says_why(own_broker, topic):
    broker = durable(own_broker, persistence={"on_storage_error": "exit"})
    offline_session(broker, topic)
    publisher = broker.connect(V5)
    broker.exit_expected = 74
    with broken_disk(broker):
        publisher.send(packets.publish(V5, topic, b"x", qos=1, packet_id=5))
        publisher.expect_disconnect(0x8B)  # and no PUBACK before it
        assert broker.wait() == 74


# ---- a full disk


@pytest.fixture
def small_disk(tmp_path):
    """Of its 32 MiB the reserve takes eight."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "lmqtt-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def numbered(number):
    return b"%04d" % number + b"." * 50_000


def fill(publisher, topic):
    """Publishes until one is refused; how many were not."""
    for number in range(1000):
        publisher.send(packets.publish(V5, topic, numbered(number), qos=1, packet_id=number + 1))
        if publisher.expect(PUBACK, packet_id=number + 1).code == 0x97:
            return number
    raise AssertionError("50 MB fitted into 32 MiB")


@pytest.mark.skipif(bool(CHUNK), reason="20 MB byte by byte take minutes, and it is about a disk")
def test_a_full_disk_refuses_what_must_be_stored_and_nothing_else(own_broker, small_disk, topic):
    broker = durable(
        own_broker,
        persistence={"path": str(small_disk / "state.db"), "cache_bytes": "1MiB"},
        mqtt={"max_queued_messages": 10000, "max_queued_bytes": "unlimited"},
    )
    name = offline_session(broker, topic)
    watcher = broker.connect(V5)
    watcher.subscribe(STATE)
    live = broker.connect(V5)
    live.subscribe(f"{topic}/live")
    publisher = broker.connect(V5)
    stored = fill(publisher, topic)
    assert stored > 100
    wait_for_state(watcher, b"full")
    other = broker.connect(V5)
    other.send(packets.publish(V5, topic, b"refused", qos=1, packet_id=7))
    assert other.expect(PUBACK, packet_id=7).code == 0x97
    older = broker.connect(V311)
    older.send(packets.publish(V311, topic, b"refused", qos=1, packet_id=7))
    older.expect_closed()
    other.publish(f"{topic}/live", b"QoS 0 flows")
    live.expect_publish(f"{topic}/live", b"QoS 0 flows")
    # A queue that drains makes room, and all is as before.
    client = broker.connect(V5, name, **LASTING)
    for number in range(stored):
        client.expect_publish(topic, numbered(number))
    wait_for_state(watcher, b"working")
    other.publish(topic, b"again", qos=1)


# ---- what an acknowledgement promises


def test_durability_memory_waits_for_nothing(own_broker, topic):
    broker = durable(own_broker, persistence={"durability": "memory"})
    name = offline_session(broker, topic)
    publisher = broker.connect(V5, unique("p"), **LASTING)
    with locked(broker):
        publisher.publish(topic, b"one", qos=1)
        publisher.publish(topic, b"two", qos=2)
        publisher.subscribe(f"{topic}/other", qos=1)
    until(lambda: rows(broker, "SELECT count(*) FROM queue") == [(2,)], 10, "it is written all the same")
    crash(broker)
    client = broker.connect(V5, name, **LASTING)
    client.expect_publish(topic, b"one")
    client.expect_publish(topic, b"two")


def test_a_listener_can_promise_less(own_broker, topic):
    """Its clients wait for nothing, those of other listeners do."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, listener={"durability": "memory"})
    broker.start()
    offline_session(broker, topic)
    publisher = broker.connect(V5)
    with locked(broker):
        publisher.publish(topic, b"one", qos=1)


def test_a_listener_cannot_promise_more(own_broker):
    broker = own_broker(
        persistence={"type": "sqlite", "path": "state.db", "durability": "memory"},
        listener={"durability": "full"},
    )
    broker.write_config()
    broker.exit_expected = 78
    broker.spawn()
    assert broker.wait() == 78
    assert "cannot promise more" in broker.log()


@pytest.fixture
def syncs(tmp_path):
    """Of a broker that this test starts."""
    folder = tmp_path / "syncs"
    folder.mkdir()
    made = Syncs(folder)
    with made.preloaded():
        yield made


@pytest.mark.parametrize("whole, listener, is_synced", (
    ("full", None, True), ("full", "normal", True), ("normal", None, False)))
def test_durability_says_whether_an_acknowledgement_waits_for_a_sync(
        own_broker, syncs, topic, whole, listener, is_synced):
    """One connection to the database writes for all listeners, so none of them has less than the whole."""
    options = {"listener": {"durability": listener}} if listener else {}
    broker = durable(own_broker, persistence={"durability": whole}, **options)
    name = offline_session(broker, topic)
    publisher = broker.connect(V5)
    before = syncs.count()
    for number in range(20):
        publisher.publish(topic, b"%d" % number, qos=1)
    counted = syncs.count() - before
    assert counted >= 20 if is_synced else counted < 5
    crash(broker)
    client = broker.connect(V5, name, **LASTING)
    for number in range(20):
        client.expect_publish(topic, b"%d" % number)


def test_acknowledgements_share_a_commit_within_its_interval(own_broker, syncs, topic):
    """And wait for it: with the disk idle, each would have one of its own."""
    broker = durable(own_broker, persistence={"commit_interval": "1s"})
    offline_session(broker, topic)
    publishers = [broker.connect(V5) for _ in range(10)]
    broker.connect(V5).publish(topic, b"begins an interval", qos=1)
    before = syncs.count()
    for publisher in publishers:
        publisher.send(packets.publish(V5, topic, b"x", qos=1, packet_id=5))
        for _ in range(20):  # time enough to be written
            publisher.ping()
    for publisher in publishers:
        publisher.wait_for(PUBACK, packet_id=5)
    assert 1 <= syncs.count() - before <= 3


def test_a_slow_sync_keeps_nobody_else_waiting(own_broker, syncs, topic):
    """While the disk takes its time, so does the acknowledgement, and nothing besides."""
    broker = durable(own_broker)
    name = offline_session(broker, topic)
    publisher, other = broker.connect(V5), broker.connect(V5)
    other.subscribe(f"{topic}/live")
    with syncs.held_up():
        publisher.send(packets.publish(V5, topic, b"x", qos=1, packet_id=5))
        syncs.wait_until_held()
        for number in range(100):
            other.ping()
            other.publish(f"{topic}/live", b"%d" % number)
            other.expect_publish(f"{topic}/live", b"%d" % number)
        publisher.expect_nothing()  # its pings are answered, too, and no PUBACK comes before
    publisher.expect(PUBACK, packet_id=5)
    broker.connect(V5, name, **LASTING).expect_publish(topic, b"x")


def rows(broker, query):
    with sqlite3.connect(f"file:{broker.folder / 'state.db'}?mode=ro", uri=True) as state:
        return state.execute(query).fetchall()


def test_retained_messages_at_qos_0_are_stored_soon(own_broker, topic):
    broker = durable(own_broker)
    publisher = broker.connect(V5)
    for number in range(100):
        publisher.publish(topic, b"%d" % number, retain=True)
    until(lambda: rows(broker, f"SELECT CAST(payload AS TEXT) FROM messages WHERE topic='{topic}'")
          == [("99",)], 10, "the last one is not stored")
    crash(broker)
    client = broker.connect(V5)
    client.subscribe(topic)
    client.expect_publish(topic, b"99", retain=True)


def test_retained_messages_at_qos_0_can_stay_in_memory(own_broker, topic):
    """And the older one that they replaced does not come back."""
    broker = durable(own_broker, persistence={"retained_qos0": "memory"})
    publisher = broker.connect(V5)
    publisher.publish(f"{topic}/a", b"stored", qos=1, retain=True)
    publisher.publish(f"{topic}/b", b"stored", qos=1, retain=True)
    publisher.publish(f"{topic}/a", b"in memory", retain=True)
    client = broker.connect(V5)
    client.subscribe(f"{topic}/a")
    client.expect_publish(f"{topic}/a", b"in memory", retain=True)
    until(lambda: rows(broker, "SELECT topic FROM v_retained") == [(f"{topic}/b",)], 10, "still stored")
    crash(broker)
    client = broker.connect(V5)
    client.subscribe(f"{topic}/+")
    client.expect_publish(f"{topic}/b", b"stored", retain=True)
    client.expect_nothing()


# ---- back-pressure


@pytest.mark.skipif(bool(CHUNK), reason="who writes byte by byte is as slow as that already")
def test_publishers_are_slowed_down_while_the_store_cannot_write(own_broker, topic):
    """What cannot be written is kept in memory, so whoever sends more of it is read from slowly. A
    QoS 0 publisher is not."""
    broker = durable(own_broker, mqtt={"server_receive_maximum": 65535})
    offline_session(broker, topic)
    publisher = broker.connect(V5)
    other = broker.connect(V5)
    packet = packets.publish(V5, topic, b"." * 60_000, qos=1, packet_id=1)
    with locked(broker):
        publisher.send(packet)
        until(lambda: "the store has a problem" in broker.log(), 10, "nothing in the log")
        publisher.stream.socket.settimeout(0.2)  # four messages a second are read
        with pytest.raises(TimeoutError):  # else it was read from as fast as it sent
            for number in range(2, 2000):
                publisher.send(packets.publish(V5, topic, b"." * 60_000, qos=1, packet_id=number))
        other.publish(topic, b"QoS 0")
        other.ping()
    broker.assert_alive()


# ---- drops


def test_what_a_client_refuses_is_a_drop_with_a_row(own_broker, topic):
    """PUBACK and PUBREC with 0x80 and more."""
    broker = durable(own_broker)
    name = unique("c")
    client = broker.connect(V5, name, **LASTING)
    client.subscribe(topic, qos=2)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"one", qos=1)
    packet = client.expect_publish(topic, b"one", answer=False)
    client.send(packets.puback(packet.packet_id, 0x83))
    publisher.publish(topic, b"two", qos=2)
    packet = client.expect_publish(topic, b"two", answer=False)
    client.send(packets.pubrec(packet.packet_id, 0x83))
    until(lambda: rows(broker, "SELECT client_id, reason, messages FROM v_dropped")
          == [(name, "refused_by_client", 2)], 10, "not in v_dropped")
