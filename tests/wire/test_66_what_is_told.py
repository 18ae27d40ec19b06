"""What the broker tells: nothing that was told to it, nobody why it was refused, and no other user of the
machine anything.

Rows C15, C16 and C19 of the list of attacks. That the log says who is refused, and why, is for the operator.
"""

import base64
import os
import subprocess

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, PROGRAM, REPORTS, until
from mqtt_wire.client import Client, unique
from mqtt_wire.packets import Will
from mqtt_wire.scram import Scram, begin
from mqtt_wire.tables import CONNACK, PUBLISH, V5
from mqtt_wire.transports import open_stream

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options and commands of lmqttd")


def run(broker, *words, said=""):
    """A command of lmqttd beside this broker; what it printed."""
    done = subprocess.run([str(PROGRAM), *words, "-c", str(broker.config_file)], input=said, text=True,
                          capture_output=True, check=False, cwd=broker.folder, timeout=60)
    assert done.returncode == 0 and not REPORTS.search(done.stderr), done.stderr
    return done.stdout


# ---- C19: what clients say stays where it belongs

@pytest.fixture
def talkative(own_broker):
    """Everything that can be told is, and the state is kept; alice has an account."""
    broker = own_broker(
        log={"level": "trace", "dump_packet": True, "max_lines_per_cause": 1000},
        sys={"interval": "1s"}, listener={"allow_anonymous": True},
        persistence={"type": "sqlite", "path": "state.db"},
        auth={"hash": "argon2id_edge", "backoff": False},
        acl={"rules": [{"allow": ["publish", "subscribe", "receive", "retain"], "topic": "open/#"},
                       {"allow": ["subscribe", "receive"], "topic": "$SYS/#"}]})
    broker.write_config()
    run(broker, "user", "add", "alice", said="canary-password\n")
    return broker.start()


def told_by(broker, watcher):
    """All that it says of itself, with what $SYS says from now on."""
    start = watcher.expect(PUBLISH, 20)
    said = [start]
    while len(said) == 1 or said[-1].topic != start.topic:
        said.append(watcher.expect(PUBLISH, 20))
    running = broker.folder / "state.db.running.toml"
    with open(f"/proc/{broker.process.pid}/cmdline", encoding="utf-8") as file:
        command_line = file.read()
    return {"log": broker.log(), "$SYS": repr(said), "running file": running.read_text(),
            "command line": command_line, "config show": run(broker, "config", "show"),
            "config diff": run(broker, "config", "diff"), "user list": run(broker, "user", "list")}


def assert_untold(broker, watcher, secrets):
    for where, text in told_by(broker, watcher).items():
        for each in secrets:
            assert each not in text, f"{each} is in the {where}"


def watching(broker):
    watcher = broker.connect(V5)
    watcher.subscribe("$SYS/#")
    return watcher


def beside(version):
    """What 5.0 has next to the payload."""
    return [("correlation_data", b"canary-data"), ("user_property", ("canary-name", "canary-value")),
            ("response_topic", "canary/answer"), ("content_type", "canary/type")] if version == V5 else ()


def test_c19_no_payload_is_told(talkative, any_version):
    """C19: delivered, retained, queued, of a will, denied or in a packet that is malformed."""
    broker, version = talkative, any_version
    watcher = watching(broker)
    reader, writer = broker.connect(version), broker.connect(version)
    reader.subscribe("open/#", qos=2)
    for qos in (0, 1, 2):
        writer.publish("open/x", b"canary-live-%d" % qos, qos=qos, properties=beside(version))
        reader.expect_publish("open/x", b"canary-live-%d" % qos)
        writer.publish("open/kept", b"canary-kept-%d" % qos, qos=qos, retain=True)
        reader.expect_publish("open/kept", b"canary-kept-%d" % qos)
    late = broker.connect(version)
    late.subscribe("open/#")
    late.expect_publish("open/kept", b"canary-kept-2", retain=True)
    dying = broker.connect(version, will=Will("open/will", b"canary-will", qos=1, retain=True))
    dying.drop(reset=True)
    reader.expect_publish("open/will", b"canary-will")
    denied = broker.open(version, unique("c"))
    denied.send_connect(will=Will("shut/will", b"canary-no-will"))
    assert denied.expect(CONNACK).code in (5, 0x87)
    for bad in (packets.publish(version, "shut/x", b"canary-denied", qos=1, packet_id=9),
                packets.publish(version, "open/+", b"canary-malformed", qos=1, packet_id=9),
                packets.publish(version, "open/x", b"canary-id", qos=1, packet_id=0)):
        teller = broker.connect(version)
        teller.send(bad)
        teller.stream.receive(20)  # it is answered, or closed
    asleep = broker.connect(version, clean=False, properties=[("session_expiry_interval", 100)]
                            if version == V5 else ())
    asleep.subscribe("open/x", qos=1)
    asleep.drop()
    writer.publish("open/x", b"canary-queued", qos=1)
    assert 'topic=open/x' in broker.log(), "packets are dumped"
    assert_untold(broker, watcher, ["canary"])


def test_c19_no_password_is_told_in_whatever_connect(talkative, any_version):
    """C19: right, wrong, of nobody, too long, or in a packet that is malformed."""
    broker, version = talkative, any_version
    watcher = watching(broker)
    for name, password in [("alice", "canary-password"), ("alice", "canary-wrong"),
                           ("nobody", "canary-unknown"), ("alice", "canary" * 2000)]:
        client = broker.open(version, unique("c"))
        client.send_connect(username=name, password=password)
        assert (client.expect(CONNACK).code == 0) == (password == "canary-password")
    for how in ({"surplus": b"canary-surplus"}, {"flip_flags": 0x01}, {"name": "MQTX"}, {"level": 9}):
        client = broker.open(version, unique("c"))
        client.send_connect(username="alice", password="canary-malformed", **how)
        client.stream.receive(20)  # it is answered, or closed
    assert "type=CONNECT" in broker.log(), "packets are dumped"
    assert_untold(broker, watcher, ["canary"])


def test_c19_nothing_of_an_enhanced_authentication_is_told(talkative):
    """C19: neither of one that succeeds nor of one that fails: no password, nonce, salt, proof or
    signature. Users are named in the log: that is what it is for."""
    broker, secrets = talkative, ["canary-password", "canary-wrong", "canary-unknown", "canary-data"]
    watcher = watching(broker)
    for name, password, code in [("alice", "canary-password", 0), ("alice", "canary-wrong", 0x87),
                                 ("nobody", "canary-unknown", 0x87)]:
        scram = Scram(name, password)
        begin(broker, scram).expect(CONNACK, code=code)
        secrets += [scram.nonce, scram.salt, scram.proof,
                    base64.b64encode(scram.server_signature).decode()]
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=[("authentication_method", "unknown"),
                                    ("authentication_data", b"canary-data")])
    assert client.expect(CONNACK).code == 0x8C
    assert "type=AUTH" in broker.log(), "packets are dumped"
    assert_untold(broker, watcher, secrets)


# ---- C15: what a refused client learns

def plain(broker, version, client_id=None, source=None):
    stream = open_stream(broker.address, source=source, transport=broker.transport)
    client = Client(stream, version, unique("c") if client_id is None else client_id)
    broker.clients.append(client)
    return client


def refused_by_password(broker):
    return {"username": "alice", "password": "wrong"}


def refused_by_name(broker):
    return {"username": "mallory", "password": "secret"}


def refused_as_nobody(broker):
    return {}


def refused_for_its_will(broker):
    return {"username": "alice", "password": "secret", "will": Will("shut")}


def refused_for_its_id(broker):
    return {"username": "alice", "password": "secret", "client_id": "a/b"}


def refused_for_anothers_session(broker):
    held = unique("c")
    broker.connect(V5, held, username="bob", password="secret")
    return {"username": "alice", "password": "secret", "client_id": held}


def banned(broker, kind, value):
    run(broker, "user", "ban", kind, value, "--reason", "canary")
    until(lambda: code_of(broker) == 0x8A, 20, "the ban holds")
    return {"username": "alice", "password": "secret", "client_id": "device"}


def code_of(broker):
    client = plain(broker, V5, "device")
    client.send_connect(username="alice", password="secret")
    return client.expect(CONNACK).code


def refused_as_banned_user(broker):
    return banned(broker, "user", "alice")


def refused_as_banned_client(broker):
    return banned(broker, "client", "device")


def refused_as_banned_address(broker):
    return banned(broker, "address", "127.0.0.1")


def refused_for_guessing(broker):
    for _ in range(10):
        client = plain(broker, V5)
        client.send_connect(username="mallory", password="guess")
        client.expect(CONNACK)
    return {"username": "alice", "password": "secret"}


def refused_for_its_sessions(broker):
    for _ in range(3):
        client = plain(broker, V5)
        client.connect(clean=False, username="alice", password="secret",
                       properties=[("session_expiry_interval", 1000)])
        client.drop()
    return {"username": "alice", "password": "secret", "clean": False}


# What, the code of 5.0, that of 3.x
REFUSALS = [
    (refused_by_password, 0x86, 4), (refused_by_name, 0x86, 4), (refused_as_nobody, 0x87, 5),
    (refused_for_its_will, 0x87, 5), (refused_for_its_id, 0x85, 2),
    (refused_for_anothers_session, 0x85, 2), (refused_as_banned_user, 0x8A, 5),
    (refused_as_banned_client, 0x8A, 5), (refused_as_banned_address, 0x8A, 5),
    (refused_for_guessing, 0x9F, 3), (refused_for_its_sessions, 0x97, 3)]


@pytest.mark.parametrize("refusal, code, code_3", REFUSALS, ids=[row[0].__name__ for row in REFUSALS])
def test_c15_a_refused_client_learns_the_code_and_never_why(own_broker, any_version, refusal, code, code_3):
    """C15: 5.0 has room for more, and asks for it by default; 3.x has two bytes. Then it is closed."""
    broker = own_broker(
        auth={"hash": "argon2id_edge", "backoff": refusal is refused_for_guessing},
        limits={"max_sessions_per_user": 3}, listener={"allow_anonymous": False},
        acl={"rules": [{"allow": ["publish"], "topic": "dev/%c"}]})
    broker.write_config()
    for name in ("alice", "bob"):
        run(broker, "user", "add", name, said="secret\n")
    broker.start()
    how = refusal(broker)
    client = plain(broker, any_version, how.pop("client_id", None))
    lasting = any_version == V5 and not how.get("clean", True)
    client.send_connect(properties=[("session_expiry_interval", 1000)] if lasting else (), **how)
    connack = client.expect(CONNACK, code=code if any_version == V5 else code_3)
    assert not connack.session_present
    if any_version == V5:
        assert not connack.properties, "it is told more than the code"
    else:
        assert connack.size == 4
    client.expect_closed()


# ---- C19: files

@pytest.mark.parametrize("mask", [0, 0o077, 0o777 & ~0o600])
def test_c19_files_have_their_modes_whatever_the_umask(own_broker, mask):
    """C19: accounts for their owner alone, the state and what is beside it for the group as well."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"},
                        auth={"hash": "argon2id_edge", "accounts": "accounts.db"},
                        listener={"allow_anonymous": True})
    broker.write_config()

    def command(*words, said=""):
        subprocess.run([str(PROGRAM), *words, "-c", str(broker.config_file)], input=said, text=True,
                       check=True, capture_output=True, cwd=broker.folder, umask=mask)

    command("user", "add", "alice", said="secret\n")
    broker.start(lambda: os.umask(mask))
    client = broker.connect(V5, clean=False, username="alice", password="secret",
                            properties=[("session_expiry_interval", 100)])
    client.subscribe("t", qos=1)
    client.publish("t", b"x", qos=1, retain=True)
    command("user", "role", "alice", "--add", "reader")
    command("backup", "copy.db")
    modes = {each.name: each.stat().st_mode & 0o777 for each in broker.folder.iterdir()}
    accounts = {name: mode for name, mode in modes.items() if name.startswith("accounts.db")}
    state = {name: mode for name, mode in modes.items() if name.startswith(("state.db", "copy.db"))}
    assert "accounts.db" in accounts and set(accounts.values()) == {0o600}, accounts
    assert {"state.db", "state.db-wal", "state.db-shm", "state.db.running.toml", "copy.db"} <= set(state), modes
    assert set(state.values()) == {0o640}, state
