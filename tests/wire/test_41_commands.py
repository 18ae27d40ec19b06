"""lmqttd backup, verify, restore and migrate, beside a broker that serves."""

import re
import sqlite3
import subprocess
import threading

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, REPORTS
from mqtt_wire.client import unique
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the commands of lmqttd")

LASTING = {"clean": False, "properties": [("session_expiry_interval", 3600)]}


def lmqttd(broker, command, *words):
    """What the command says, and its exit code: one line on the right stream, or a report."""
    done = subprocess.run([PROGRAM, command, "-c", broker.config_file, *words],
                          capture_output=True, text=True, cwd=broker.folder, timeout=60)
    assert not REPORTS.search(done.stderr), done.stderr
    assert (done.stdout == "") == (done.returncode != 0), done
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def stored(own_broker):
    """A broker with a database, and room for what the tests queue."""
    return own_broker(persistence={"type": "sqlite", "path": "state.db"},
                      mqtt={"max_queued_messages": "unlimited", "max_queued_bytes": "unlimited"})


class Traffic:
    """A publisher that never stops, on a thread of its own; `acknowledged` counts what was promised."""

    def __init__(self, broker, topic):
        self.client = broker.connect(V5)
        self.topic = topic
        self.acknowledged = 0
        self.begun = threading.Event()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopping.is_set():
            self.client.publish(self.topic, b"%d" % self.acknowledged, qos=1)
            self.acknowledged += 1
            if self.acknowledged == 100:
                self.begun.set()

    def __enter__(self):
        self.thread.start()
        assert self.begun.wait(60), "no traffic"
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def offline_subscriber(broker, topic):
    name = unique("c")
    broker.connect(V5, name, **LASTING).subscribe(topic, qos=1)
    broker.clients[-1].disconnect()
    return name


def damage(database):
    """A page of messages becomes noise: the schema is in the first ones."""
    with open(database, "r+b") as file:
        file.seek((database.stat().st_size // 4096 - 4) * 4096)
        file.write(b"\x5a" * 4096)


def test_a_backup_under_load_has_everything_acknowledged_before_it(stored, own_broker, topic):
    """And another broker serves it: backup, restore elsewhere, start, receive."""
    broker = stored.start()
    name = offline_subscriber(broker, topic)
    with Traffic(broker, topic) as traffic:
        for number in range(3):
            promised = traffic.acknowledged
            code, said = lmqttd(broker, "backup", f"copy{number}.db")
            assert code == 0, said
            messages = re.fullmatch(rf"copy{number}\.db: \d+ bytes, 1 sessions, (\d+) messages\n", said).group(1)
            assert promised <= int(messages)
            code, said = lmqttd(broker, "verify")
            assert code == 0, said
    broker.assert_alive()
    assert not list(broker.folder.glob("*.unfinished*"))
    other = own_broker(persistence={"type": "sqlite", "path": "other.db"},
                       mqtt={"max_queued_messages": "unlimited", "max_queued_bytes": "unlimited"})
    other.write_config()
    code, said = lmqttd(other, "restore", broker.folder / "copy2.db")
    assert code == 0 and said.startswith(f"{other.folder}/other.db: "), said
    other.start()
    client = other.connect(V5, name, **LASTING)
    assert client.connack.session_present
    for number in range(promised):
        client.expect_publish(topic, b"%d" % number, qos=1)


def test_commands_that_only_look_leave_the_files_of_a_stopped_broker_alone(stored, topic):
    broker = stored.start()
    offline_subscriber(broker, topic)
    broker.connect(V5).publish(topic, b"x", qos=1)
    broker.crash()
    before = {name: (broker.folder / name).read_bytes() for name in ("state.db", "state.db-wal")}
    assert before["state.db-wal"]
    assert lmqttd(broker, "backup", "copy.db")[0] == 0
    assert lmqttd(broker, "verify")[0] == 0
    assert lmqttd(broker, "migrate", "--check")[0] == 0
    assert lmqttd(broker, "verify", "copy.db")[0] == 0
    for name, content in before.items():
        assert (broker.folder / name).read_bytes() == content, name
    assert not (broker.folder / "copy.db-wal").exists()
    broker.exit_expected = -9


def test_nothing_is_restored_or_migrated_while_a_broker_runs(stored, topic):
    broker = stored.start()
    offline_subscriber(broker, topic)
    assert lmqttd(broker, "backup", "copy.db")[0] == 0
    refusal = (75, f"lmqttd: {broker.folder}/state.db: another lmqttd is using it\n")
    assert lmqttd(broker, "restore", "copy.db") == refusal
    assert lmqttd(broker, "migrate") == refusal
    assert lmqttd(broker, "migrate", "--check")[0] == 0
    assert not list(broker.folder.glob("*.replaced*"))
    broker.connect(V5).publish(topic, b"x", qos=1)


def test_restore_goes_back_and_keeps_what_was_there(stored, topic):
    broker = stored.start()
    publisher = broker.connect(V5)
    publisher.publish(topic, b"before", qos=1, retain=True)
    assert lmqttd(broker, "backup", "copy.db")[0] == 0
    publisher.publish(topic, b"after", qos=1, retain=True)
    broker.stop()
    code, said = lmqttd(broker, "restore", "copy.db")
    assert code == 0, said
    replaced = re.search(r"what was there is now (\S+)\n", said).group(1)
    broker.start()
    client = broker.connect(V5)
    client.subscribe(topic)
    client.expect_publish(topic, b"before")
    with sqlite3.connect(f"file:{replaced}?mode=ro", uri=True) as kept:
        assert kept.execute("SELECT payload_preview FROM v_retained").fetchall() == [("after",)]


def test_a_damaged_copy_is_not_restored(stored, topic):
    broker = stored.start()
    publisher = broker.connect(V5)
    for number in range(100):
        publisher.publish(f"{topic}/{number}", b"x" * 500, qos=1, retain=True)
    assert lmqttd(broker, "backup", "copy.db")[0] == 0
    broker.stop()
    damage(broker.folder / "copy.db")
    before = (broker.folder / "state.db").read_bytes()
    code, said = lmqttd(broker, "restore", "copy.db")
    assert code == 65 and said.count("\n") == 1, said
    assert said.startswith("lmqttd: copy.db: ") and "nothing was restored" in said
    assert (broker.folder / "state.db").read_bytes() == before


def test_verify_finds_a_damaged_page(stored, topic):
    broker = stored.start()
    publisher = broker.connect(V5)
    for number in range(100):
        publisher.publish(f"{topic}/{number}", b"x" * 500, qos=1, retain=True)
    broker.stop()
    damage(broker.folder / "state.db")
    code, said = lmqttd(broker, "verify")
    assert code == 65
    assert re.search(r"^problem  pages: ", said, re.MULTILINE), said
    assert re.search(rf"^{re.escape(str(broker.folder))}/state.db: \d+ problems?$", said, re.MULTILINE)


def test_verify_finds_a_missing_message(stored, topic):
    """Also while a broker runs that has not noticed."""
    broker = stored.start()
    offline_subscriber(broker, topic)
    broker.connect(V5).publish(topic, b"x", qos=1)
    assert lmqttd(broker, "verify")[0] == 0
    with sqlite3.connect(broker.folder / "state.db") as shell:
        (gone,) = shell.execute("SELECT id FROM messages").fetchone()
        shell.execute("DELETE FROM messages")
    code, said = lmqttd(broker, "verify")
    assert code == 65
    assert f"problem  a place in a queue has no message: message {gone} for session 1\n" in said
    assert said.endswith("state.db: 1 problem\n")


def test_a_newer_database_is_refused_by_all(stored):
    broker = stored.start()
    assert lmqttd(broker, "backup", "copy.db")[0] == 0
    broker.stop()
    for name in ("state.db", "copy.db"):
        with sqlite3.connect(broker.folder / name) as shell:
            shell.execute("PRAGMA user_version=99")
    for code, said in (lmqttd(broker, "migrate"), lmqttd(broker, "migrate", "--check"),
                       lmqttd(broker, "restore", "copy.db")):
        assert code == 74 and said.count("\n") == 1 and "newer lmqttd" in said, said
    code, said = lmqttd(broker, "verify")
    assert code == 65 and "problem  its schema has version 99" in said
