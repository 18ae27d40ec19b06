"""persistence.type = "sqlite": what was acknowledged is there after kill -9, and sqlite3 can read it."""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, V5, V311

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the store of lmqttd")

LASTING = {"clean": False, "properties": [("session_expiry_interval", 3600)]}


def lasting(version):
    return LASTING if version == V5 else {"clean": False}


class Durable:
    """A broker with a database, and what a test does to it."""

    def __init__(self, broker):
        self.broker = broker
        self.database = broker.folder / "state.db"

    def kill(self):
        """kill -9; what it had not written is lost."""
        self.broker.crash()

    def crash(self):
        """kill -9, and up again."""
        self.kill()
        self.broker.start()

    def restart(self):
        """A clean stop, and up again."""
        self.broker.forget_clients()
        self.broker.signal(signal.SIGTERM)
        assert self.broker.process.wait(timeout=20) == 0
        self.broker.start()

    def rows(self, query, *values):
        """As an operator would: read only, while the broker runs."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(query, values).fetchall()

    def connect(self, *arguments, **options):
        return self.broker.connect(*arguments, **options)


@pytest.fixture
def durable(own_broker):
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"})
    return Durable(broker.start())


def test_a_session_and_its_subscriptions_survive(durable, any_version, topic):
    """Row 26 [MQTT-3.1.2-5] [MQTT-4.1.0-1] session present, and the subscription works."""
    name = unique("c")
    durable.connect(any_version, name, **lasting(any_version)).subscribe(topic, f"{topic}/#", qos=1)
    durable.crash()
    again = durable.connect(any_version, name, **lasting(any_version))
    assert any_version not in (V5, V311) or again.connack.session_present
    durable.connect(any_version).publish(topic, b"after", qos=1)
    again.expect_publish(topic, b"after", qos=1)


@pytest.mark.parametrize("qos", (1, 2))
def test_what_was_acknowledged_is_delivered_after_a_crash(durable, version, topic, qos):
    """Row 26: queued for an offline session, in order, once."""
    name = unique("c")
    durable.connect(version, name, **lasting(version)).subscribe(topic, qos=qos)
    publisher = durable.connect(version)
    durable.broker.clients[0].disconnect()
    for number in range(50):
        publisher.publish(topic, b"%d" % number, qos=qos)
    durable.crash()
    again = durable.connect(version, name, **lasting(version))
    for number in range(50):
        again.expect_publish(topic, b"%d" % number, qos=qos, dup=False)
    again.expect_nothing()


@pytest.mark.parametrize("qos", (1, 2))
def test_what_was_not_acknowledged_by_its_receiver_is_sent_again(durable, version, topic, qos):
    """[MQTT-4.4.0-1] under its own packet identifier, marked as sent before. [MQTT-3.3.1-1]"""
    name = unique("c")
    receiver = durable.connect(version, name, **lasting(version))
    receiver.subscribe(topic, qos=qos)
    publisher = durable.connect(version)
    for number in range(3):
        publisher.publish(topic, b"%d" % number, qos=qos)
    ids = [receiver.expect_publish(topic, b"%d" % n, answer=False).packet_id for n in range(3)]
    durable.crash()
    again = durable.connect(version, name, **lasting(version))
    for number in range(3):
        again.expect_publish(topic, b"%d" % number, qos=qos, dup=True, packet_id=ids[number])


def test_a_released_exchange_goes_on_with_pubrel(durable, version, topic):
    """[MQTT-4.3.3-4] the receiver had said PUBREC: it gets PUBREL, and the message never again."""
    name = unique("c")
    receiver = durable.connect(version, name, **lasting(version))
    receiver.subscribe(topic, qos=2)
    durable.connect(version).publish(topic, b"once", qos=2)
    packet = receiver.expect_publish(topic, b"once", answer=False)
    receiver.send(packets.pubrec(packet.packet_id))
    receiver.wait_for(PUBREL, packet_id=packet.packet_id)
    durable.crash()
    again = durable.connect(version, name, **lasting(version))
    again.expect(PUBREL, packet_id=packet.packet_id)
    again.send(packets.pubcomp(packet.packet_id))
    again.expect_nothing()
    # PUBCOMP promises its sender nothing, so the row goes when it goes.
    until(lambda: durable.rows("SELECT * FROM v_inflight") == [], 10, "the exchange is still stored")
    durable.crash()
    durable.connect(version, name, **lasting(version)).expect_nothing()


def test_a_repeated_qos_2_publish_is_not_delivered_twice(durable, version, topic):
    """[MQTT-4.3.3-10] PUBREC was sent, the broker crashed, the publisher repeats with DUP."""
    name, receiver_name = unique("c"), unique("r")
    durable.connect(version, receiver_name, **lasting(version)).subscribe(topic, qos=2)
    publisher = durable.connect(version, name, **lasting(version))
    request = packets.publish(version, topic, b"once", qos=2, packet_id=9)
    publisher.send(request)
    publisher.expect(PUBREC, packet_id=9)
    durable.crash()
    publisher = durable.connect(version, name, **lasting(version))
    publisher.send(packets.publish(version, topic, b"once", qos=2, packet_id=9, dup=True))
    publisher.expect(PUBREC, packet_id=9)
    publisher.send(packets.pubrel(9))
    publisher.expect(PUBCOMP, packet_id=9)
    receiver = durable.connect(version, receiver_name, **lasting(version))
    receiver.expect_publish(topic, b"once")
    receiver.expect_nothing()


def test_a_released_packet_id_is_free_after_a_crash(durable, version, topic):
    """PUBCOMP was sent: the next message under that identifier is a new one."""
    name, receiver_name = unique("c"), unique("r")
    durable.connect(version, receiver_name, **lasting(version)).subscribe(topic, qos=2)
    publisher = durable.connect(version, name, **lasting(version))
    publisher.publish(topic, b"one", qos=2)
    durable.crash()
    durable.connect(version, name, **lasting(version)).publish(topic, b"two", qos=2)
    receiver = durable.connect(version, receiver_name, **lasting(version))
    receiver.expect_publish(topic, b"one")
    receiver.expect_publish(topic, b"two")


def test_retained_messages_survive_and_stay_deleted(durable, any_version, topic):
    """Row 23 [MQTT-3.3.1-5] [MQTT-3.3.1-6]"""
    publisher = durable.connect(any_version)
    for name in ("a", "b", "c"):
        publisher.publish(f"{topic}/{name}", name.encode(), qos=1, retain=True)
    publisher.publish(f"{topic}/a", b"newer", qos=1, retain=True)
    publisher.publish(f"{topic}/b", b"", qos=1, retain=True)
    durable.crash()
    client = durable.connect(any_version)
    client.subscribe(f"{topic}/+")
    kept = sorted((p.topic, p.payload) for p in (client.expect_publish(retain=True) for _ in "ac"))
    assert kept == [(f"{topic}/a", b"newer"), (f"{topic}/c", b"c")]
    client.expect_nothing()


def test_all_properties_of_a_message_survive(durable, topic):
    """[MQTT-3.3.2-17] [MQTT-3.3.2-18] what was published is what is delivered, order of user
    properties included."""
    given = [("payload_format_indicator", 1), ("content_type", "text/plain; x=\"y\""),
             ("response_topic", "answers/ü"), ("correlation_data", b"\x00\x01\xff"),
             ("user_property", ("b", "1")), ("user_property", ("a", "\"\\\n")),
             ("user_property", ("b", "2"))]
    name = unique("c")
    durable.connect(V5, name, **LASTING).subscribe(topic, qos=1, properties=[("subscription_identifier", 77)])
    durable.broker.clients[0].disconnect()
    durable.connect(V5).publish(topic, b"x", qos=1, properties=[*given, ("message_expiry_interval", 500)])
    durable.crash()
    packet = durable.connect(V5, name, **LASTING).expect_publish(topic, b"x")
    left = packet.properties["message_expiry_interval"]
    assert 490 <= left <= 500
    assert packet.properties.all("subscription_identifier") == [77]
    for name in ("payload_format_indicator", "content_type", "response_topic", "correlation_data"):
        assert packet.properties.all(name) == [dict(given)[name]]
    users = [value for name, value in given if name == "user_property"]
    assert packet.properties.all("user_property") == users


def test_downtime_counts_for_expiry(durable, topic):
    """[MQTT-3.3.2-5] [MQTT-4.1.0-2] a message and a session that expire while nobody runs."""
    name, short = unique("c"), unique("c")
    durable.connect(V5, name, **LASTING).subscribe(topic, qos=1)
    durable.connect(V5, short, clean=False, properties=[("session_expiry_interval", 1)]).disconnect()
    durable.broker.clients[0].disconnect()
    publisher = durable.connect(V5)
    publisher.publish(topic, b"late", qos=1, properties=[("message_expiry_interval", 1)])
    publisher.publish(topic, b"lasts", qos=1)
    durable.kill()
    gone = time.time() + 1.2
    until(lambda: time.time() > gone, 10, "the clock stands still")
    durable.broker.start()
    client = durable.connect(V5, name, **LASTING)
    client.expect_publish(topic, b"lasts")
    assert not durable.connect(V5, short, **LASTING).connack.session_present


def test_the_will_of_who_was_connected_is_published(durable, any_version, topic):
    """[MQTT-3.1.2-8] a crash of the broker ends the connection as well."""
    watcher = unique("c")
    durable.connect(any_version, watcher, **lasting(any_version)).subscribe(topic, qos=1)
    durable.connect(any_version, unique("c"), will=Will(topic, b"gone", qos=1), **lasting(any_version))
    durable.crash()
    durable.connect(any_version, watcher, **lasting(any_version)).expect_publish(topic, b"gone")


@pytest.mark.parametrize("retain", [False, True])
def test_the_will_of_a_session_that_does_not_last_survives_a_crash(durable, any_version, topic, retain):
    """[MQTT-3.1.2-8] its session ended with the crash: the will is published by the broker that comes back, once."""
    watcher, name = unique("c"), unique("c")
    durable.connect(any_version, watcher, **lasting(any_version)).subscribe(topic, qos=1)
    durable.connect(any_version, name, will=Will(topic, b"gone", qos=1, retain=retain), clean=True)
    until(lambda: durable.rows("SELECT 1 FROM v_wills WHERE client_id=?", name), 10, "the will is not stored")
    durable.crash()
    durable.connect(any_version, watcher, **lasting(any_version)).expect_publish(topic, b"gone")
    until(lambda: not durable.rows("SELECT 1 FROM v_wills"), 10, "the will is still there")
    until(lambda: not durable.rows("SELECT 1 FROM v_queue"), 10, "the message is still there")
    reader = durable.connect(any_version, unique("c"), clean=True)
    reader.subscribe(topic, qos=1)
    if retain:
        reader.expect_publish(topic, b"gone")
    durable.crash()
    durable.connect(any_version, watcher, **lasting(any_version)).expect_nothing()


def test_the_will_of_a_session_that_does_not_last_goes_with_it(durable, any_version, topic):
    """[MQTT-3.1.2-10] by DISCONNECT, by another connection of its client, and by being published."""
    watcher, name = unique("c"), unique("c")
    durable.connect(any_version, watcher, **lasting(any_version)).subscribe(topic, qos=1)

    def come():
        client = durable.connect(any_version, name, will=Will(topic, b"gone", qos=1), clean=True)
        until(lambda: durable.rows("SELECT 1 FROM v_wills WHERE client_id=?", name), 10, "the will is not stored")
        return client

    def left():
        return durable.rows("SELECT 1 FROM v_wills WHERE client_id=?", name)

    come().disconnect()
    until(lambda: not left(), 10, "the will is still there")
    come()
    durable.connect(any_version, name, clean=True)
    durable.broker.clients[0].expect_publish(topic, b"gone")
    until(lambda: not left(), 10, "the will is still there")
    come()
    durable.restart()
    assert left() == []
    durable.crash()
    reader = durable.connect(any_version, watcher, **lasting(any_version))
    reader.expect_publish(topic, b"gone")
    reader.expect_nothing()


def test_a_delayed_will_is_still_due(durable, topic):
    """Row 24 [MQTT-3.1.3-9] [X-WILL-1]: the delay goes on over a crash, and a return cancels it."""
    watcher, name = unique("c"), unique("c")
    durable.connect(V5, watcher, **LASTING).subscribe(topic, qos=1)
    will = Will(topic, b"gone", qos=1, properties=[("will_delay_interval", 2)])
    durable.connect(V5, name, will=will, **LASTING).drop()
    until(lambda: durable.rows("SELECT fires_at FROM v_wills WHERE fires_at IS NOT NULL"), 5, "no will is due")
    durable.crash()
    durable.connect(V5, watcher, **LASTING).expect_publish(topic, b"gone", within=10)
    durable.connect(V5, name, will=will, **LASTING).drop()
    durable.crash()
    durable.connect(V5, name, **LASTING)
    durable.crash()
    assert durable.rows("SELECT * FROM v_wills") == []


def test_clean_start_and_unsubscribe_are_durable(durable, version, topic):
    """[MQTT-3.1.2-4] [MQTT-3.10.4-1] what was ended does not come back."""
    one, two = unique("c"), unique("c")
    durable.connect(version, one, **lasting(version)).subscribe(topic, qos=1)
    client = durable.connect(version, two, **lasting(version))
    client.subscribe(topic, f"{topic}/x", qos=1)
    client.unsubscribe(topic)
    durable.connect(version, one, clean=True)
    durable.crash()
    assert not durable.connect(version, one, **lasting(version)).connack.session_present
    assert durable.rows("SELECT client_id, topic_filter FROM v_subscriptions") == [(two, f"{topic}/x")]


def test_shared_subscriptions_survive(durable, topic):
    """Row 26: a member's message is still its own after a crash."""
    name = unique("c")
    durable.connect(V5, name, **LASTING).subscribe(f"$share/g/{topic}", qos=1)
    durable.broker.clients[0].disconnect()
    durable.connect(V5).publish(topic, b"x", qos=1)
    durable.crash()
    durable.connect(V5, name, **LASTING).expect_publish(topic, b"x")


def test_a_member_that_is_not_to_last_leaves_its_messages_to_others(durable, topic):
    """[MQTT-4.8.2-5] they were acknowledged, and its session ends with the crash of the broker."""
    chosen, other, payloads = unique("c"), unique("c"), [b"1", b"2", b"3"]
    durable.connect(V5, chosen, **LASTING).subscribe("$share/g/" + topic, qos=1)
    durable.broker.forget_clients()
    publisher = durable.connect(V5)
    for each in payloads:
        publisher.publish(topic, each, qos=1)
    durable.connect(V5, other, **LASTING).subscribe("$share/g/" + topic, qos=1)
    durable.connect(V5, chosen, clean=False).expect_publish(topic, b"1", answer=False)
    durable.crash()
    again = durable.connect(V5, other, **LASTING)
    for each in payloads:
        again.expect_publish(topic, each)
    until(lambda: not durable.rows("SELECT 1 FROM v_queue"), 10, "the messages are still there")
    assert durable.rows("SELECT client_id FROM v_sessions") == [(other,)]


def test_sqlite3_reads_the_state_while_the_broker_runs(durable, topic):
    """The line we sell, with the program people have."""
    name = unique("c")
    durable.connect(V5, name, username="anna", **LASTING).subscribe(topic, qos=1)
    durable.broker.clients[0].disconnect()
    durable.connect(V5).publish(topic, b"hello", qos=1, retain=True)
    said = subprocess.run(
        ["sqlite3", "-readonly", durable.database,
         "SELECT client_id, topic, state, bytes FROM v_queue;"
         "SELECT topic, payload_preview FROM v_retained;"
         "SELECT client_id, status, username, queued FROM v_sessions;"],
        capture_output=True, check=True, text=True).stdout
    assert said == f"{name}|{topic}|queued|5\n{topic}|hello\n{name}|offline|anna|1\n"


def test_sqlite3_copies_the_state_while_the_broker_runs(durable, topic):
    """The command of docs/database.md, word for word."""
    durable.connect(V5, unique("c"), **LASTING).subscribe(topic, qos=1)
    durable.broker.clients[0].disconnect()
    durable.connect(V5).publish(topic, b"hello", qos=1)
    page = (pathlib.Path(__file__).parents[2] / "docs" / "database.md").read_text(encoding="utf-8")
    command = re.search(r"^\$ (sqlite3 .*VACUUM INTO.*)$", page, re.MULTILINE).group(1)
    subprocess.run(command.replace("lmqtt.db", "state.db"), shell=True, check=True, cwd=durable.broker.folder)
    with sqlite3.connect(durable.broker.folder / "copy.db") as copy:
        assert copy.execute("SELECT topic, packet_id FROM v_queue").fetchall() == [(topic, 1)]


def test_qos_0_of_offline_sessions_is_kept_over_a_clean_stop(durable, version, topic):
    """In memory while the broker runs, so a crash takes it; once it is delivered it is over."""
    name = unique("c")
    durable.connect(version, name, **lasting(version)).subscribe(topic, qos=1)
    durable.broker.clients[-1].disconnect()
    publisher = durable.connect(version)
    publisher.publish(topic, b"one", qos=0)
    publisher.publish(topic, b"two", qos=0)
    publisher.ping()
    assert durable.rows("SELECT count(*) FROM v_queue") == [(0,)]
    durable.restart()
    durable.restart()
    again = durable.connect(version, name, **lasting(version))
    again.expect_publish(topic, b"one", qos=0)
    again.expect_publish(topic, b"two", qos=0)
    again.disconnect()
    durable.restart()
    again = durable.connect(version, name, **lasting(version))
    durable.connect(version).publish(topic, b"three", qos=1)
    again.expect_publish(topic, b"three", qos=1)
    again.disconnect()
    durable.restart()  # an acknowledgement is written lazily, and would be lost with the message
    durable.connect(version).publish(topic, b"lost", qos=0)
    durable.crash()
    again = durable.connect(version, name, **lasting(version))
    durable.connect(version).publish(topic, b"four", qos=1)
    again.expect_publish(topic, b"four", qos=1)


def test_what_is_over_leaves_no_rows(durable, version, topic):
    """Acknowledged, expired, ended: the database holds what would be sent, and nothing else."""
    name = unique("c")
    client = durable.connect(version, name, **lasting(version))
    client.subscribe(topic, qos=2)
    publisher = durable.connect(version, unique("c"), **lasting(version))
    for qos in (1, 2, 1, 2):
        publisher.publish(topic, b"x" * 100, qos=qos)
        client.expect_publish(topic)
    publisher.publish(topic, b"", qos=1, retain=True)
    client.expect_publish(topic)
    client.disconnect()
    for view in ("v_queue", "v_inflight", "v_retained", "v_wills", "messages"):
        until(lambda: durable.rows(f"SELECT * FROM {view}") == [], 5, f"rows left in {view}")
    assert {row[0] for row in durable.rows("SELECT client_id FROM v_sessions")} >= {name}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_larger_than_the_queue_is_not_kept_for_who_is_away(own_broker, topic, qos):
    """Row 13: it is dropped, and shown where other drops are."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, sys={"interval": "1s"}, mqtt={"max_queued_bytes": "64KiB"})
    durable, name = Durable(broker.start()), unique("c")
    durable.connect(V5, name, **LASTING).subscribe(topic, qos=qos)
    broker.clients[0].disconnect()
    publisher = durable.connect(V5)
    publisher.publish(topic, b"large" * 40_000, qos=qos)
    publisher.publish(topic, b"small", qos=qos)
    until(lambda: durable.rows("SELECT client_id, reason, messages FROM v_dropped")
          == [(name, "queue_full", 1)], 10, "v_dropped does not show it")
    publisher.subscribe("$SYS/broker/publish/messages/dropped")
    while publisher.expect_publish().payload != b"1":
        pass
    durable.connect(V5, name, **LASTING).expect_publish(topic, b"small")


@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_larger_than_the_queue_is_owed_once_it_is_taken(own_broker, topic, qos):
    """Row 13: over a crash, and then, too, it takes no room from the others."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, mqtt={"max_queued_bytes": "64KiB"})
    durable, name, large = Durable(broker.start()), unique("c"), b"large" * 40_000
    reader = durable.connect(V5, name, **LASTING)
    reader.subscribe(topic, qos=qos)
    durable.connect(V5).publish(topic, large, qos=qos)
    reader.expect_publish(topic, large, answer=False)
    durable.crash()
    durable.connect(V5).publish(topic, b"small", qos=qos)
    reader = durable.connect(V5, name, **LASTING)
    reader.expect_publish(topic, large)
    reader.expect_publish(topic, b"small")


def test_a_drop_is_a_row(own_broker, topic):
    """A drop is never hidden: how many, for whom, and why."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}, mqtt={"max_queued_messages": 3, "max_inflight": 3})
    durable, name = Durable(broker.start()), unique("c")
    durable.connect(V5, name, **LASTING).subscribe(topic, qos=1)
    broker.clients[0].disconnect()
    publisher = durable.connect(V5)
    for number in range(8):
        publisher.publish(topic, b"%d" % number, qos=1)
    assert durable.rows("SELECT client_id, reason, messages FROM v_dropped") == [(name, "queue_full", 5)]
    durable.crash()
    again = durable.connect(V5, name, **LASTING)
    for number in (5, 6, 7):
        again.expect_publish(topic, b"%d" % number)


def test_every_query_of_the_documentation_works(durable, topic):
    """docs/database.md, block by block, and every view it names."""
    durable.connect(V5, unique("c"), will=Will(topic, b"w"), **LASTING).subscribe(topic, qos=1)
    page = (pathlib.Path(__file__).parents[2] / "docs" / "database.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    views = set(re.findall(r"^\| `(v_\w+)`", page, re.MULTILINE))
    assert len(blocks) >= 6
    for query in "".join(blocks).split(";"):
        if query.strip():
            durable.rows(query)
    assert views == {row[0] for row in durable.rows("SELECT name FROM sqlite_schema WHERE type='view'")}
    for view, columns in re.findall(r"^\| `(v_\w+)` \| [^|]* \| (.*) \|$", page, re.MULTILINE):
        for column in re.findall(r"`(\w+)`", columns):
            durable.rows(f"SELECT {column} FROM {view}")


def test_a_second_broker_is_refused(durable, own_broker):
    """One writer: the other says who is in the way, and touches nothing."""
    other = own_broker(persistence={"type": "sqlite", "path": str(durable.database)})
    other.write_config()
    other.exit_expected = 75
    other.spawn()
    assert other.wait() == 75
    assert other.log() == f"lmqttd: persistence.path {durable.database}: another lmqttd is using it\n"
    durable.connect(V5).ping()


@pytest.mark.parametrize("damage, words", (
    (b"this is no database at all, but a text of more than a hundred bytes" * 4, "not a database"),
    (b"", None),
), ids=("a text", "an empty file"))
def test_a_file_that_is_no_database(own_broker, damage, words):
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"})
    (broker.folder / "state.db").write_bytes(damage)
    if words is None:
        broker.start()
        return
    broker.write_config()
    broker.exit_expected = 65
    broker.spawn()
    assert broker.wait() == 65
    assert words in broker.log()
    assert (broker.folder / "state.db").read_bytes() == damage


def damaged_broker(own_broker, topic, **persistence):
    """Stopped, with a retained message, and a page of noise in its database."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db", **persistence})
    publisher = broker.start().connect(V5)
    for number in range(100):
        publisher.publish(f"{topic}/{number}", b"x" * 500, qos=1, retain=True)
    broker.stop()
    durable = Durable(broker)
    with open(durable.database, "r+b") as file:
        file.seek(durable.database.stat().st_size // 8192 * 4096)
        file.write(b"\x5a" * 4096)
    return durable


def test_a_damaged_database_is_refused_and_both_ways_out_are_named(own_broker, topic):
    durable = damaged_broker(own_broker, topic)
    before = durable.database.read_bytes()
    durable.broker.log_file.unlink()
    durable.broker.exit_expected = 65
    durable.broker.spawn()
    assert durable.broker.wait() == 65
    assert durable.broker.log().count("\n") == 1
    assert f"persistence.path {durable.database}: is damaged (" in durable.broker.log()
    assert "lmqttd restore" in durable.broker.log()
    assert "persistence.on_corrupt = \"quarantine\"" in durable.broker.log()
    assert durable.database.read_bytes() == before


def test_a_damaged_database_is_set_aside_if_that_is_wanted(own_broker, topic):
    """Loudly, and nothing of it is lost."""
    durable = damaged_broker(own_broker, topic, on_corrupt="quarantine")
    before = durable.database.read_bytes()
    durable.broker.start()
    aside = [p for p in durable.broker.folder.glob("state.db.corrupt-*") if p.name[-4:] not in ("-wal", "-shm")]
    assert [path.read_bytes() for path in aside] == [before]
    assert re.fullmatch(r"state\.db\.corrupt-\d{8}T\d{6}Z", aside[0].name)
    said = [line for line in durable.broker.log().splitlines() if str(aside[0]) in line]
    assert len(said) == 1 and "error" in said[0] and "is damaged" in said[0]
    client = durable.connect(V5)
    client.subscribe(f"{topic}/#")
    client.expect_nothing()
    client.publish(f"{topic}/new", b"x", qos=1, retain=True)
    assert durable.rows("SELECT topic FROM v_retained") == [(f"{topic}/new",)]


def test_a_missing_folder_is_one_clear_line(own_broker):
    broker = own_broker(persistence={"type": "sqlite", "path": "none/state.db"})
    broker.write_config()
    broker.exit_expected = 74
    broker.spawn()
    assert broker.wait() == 74
    assert broker.log() == (f"lmqttd: persistence.path {broker.folder}/none/state.db: "
                            f"its folder {broker.folder}/none does not exist\n")


def test_a_folder_that_cannot_be_written_is_one_clear_line(own_broker):
    """Root may write everywhere, so it becomes somebody else first."""
    options = {"user": "nobody"} if os.geteuid() == 0 else {}
    broker = own_broker(persistence={"type": "sqlite", "path": "closed/state.db"}, **options)
    (broker.folder / "closed").mkdir(mode=0o500)
    broker.write_config()
    broker.exit_expected = 74
    broker.spawn()
    assert broker.wait() == 74
    assert broker.log() == (f"lmqttd: persistence.path {broker.folder}/closed/state.db: "
                            "cannot be opened: Permission denied\n")


def test_a_newer_schema_is_refused(durable, own_broker):
    durable.broker.stop()
    with sqlite3.connect(durable.database) as connection:
        connection.execute("PRAGMA user_version=99")
    durable.broker.write_config()
    durable.broker.exit_expected = 74
    durable.broker.spawn()
    assert durable.broker.wait() == 74
    assert "newer lmqttd" in durable.broker.log()


def test_files_are_for_the_owner_and_its_group(durable):
    modes = {path.name: path.stat().st_mode & 0o777 for path in durable.broker.folder.glob("state.db*")}
    assert set(modes.values()) == {0o640}, modes


def test_nothing_is_acknowledged_while_the_database_is_locked(durable, topic):
    """SQLITE_BUSY: somebody writes at the shell. The acknowledgement waits, and nothing is lost."""
    name = unique("c")
    durable.connect(V5, name, **LASTING).subscribe(topic, qos=1)
    durable.broker.clients[0].disconnect()
    publisher = durable.connect(V5)
    shell = sqlite3.connect(durable.database, isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    publisher.send(packets.publish(V5, topic, b"x", qos=1, packet_id=5))
    publisher.ping()
    until(lambda: "the store has a problem" in durable.broker.log(), 10, "nothing in the log")
    publisher.ping()
    shell.execute("ROLLBACK")
    publisher.expect(PUBACK, packet_id=5)
    shell.close()
    durable.crash()
    durable.connect(V5, name, **LASTING).expect_publish(topic, b"x")
