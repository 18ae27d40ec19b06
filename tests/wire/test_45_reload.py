"""SIGHUP is all or nothing: whatever part of what it reads is bad, nothing of the rest applies."""

import os
import signal
import subprocess

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, until
from mqtt_wire.certificates import Authority
from mqtt_wire.client import unique
from mqtt_wire.passwords import line_of
from mqtt_wire.tables import CONNACK, PUBLISH, V5
from mqtt_wire.transports import listener_address, listener_options

pytestmark = [pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd"),
              pytest.mark.skipif("tls" in listener_options(), reason="it brings its own TLS")]

OLD, NEW = 77, 55
RULES = """[[rules]]
allow = ["publish", "subscribe", "receive", "retain"]
topic = "#"
[[rules]]
allow = ["subscribe", "receive"]
topic = "$SYS/#"
"""


class World:
    """A broker with every kind of file a reload reads, all of them good."""

    def __init__(self, make, folder):
        self.folder = folder
        authority = Authority(folder)
        self.certificate, self.key = authority.issue("server")
        self.other_key = authority.issue("other")[1]
        self.rules = folder / "rules.toml"
        self.rules.write_text(RULES)
        self.passwords = folder / "passwords"
        self.passwords.write_text(line_of("alice", "old"))
        self.broker = broker = make(
            persistence={"type": "sqlite", "path": "state.db"}, acl={"file": str(self.rules)},
            auth={"password_file": str(self.passwords), "backoff": False},
            mqtt={"max_keepalive": OLD}, sys={"interval": "1s"},
            listeners=[{}, self.secure_listener(self.certificate, self.key)])
        broker.sections["listeners"][0] = {"address": listener_address(broker.port), **listener_options(),
                                           "allow_anonymous": True}
        broker.write_config()
        subprocess.run([str(PROGRAM), "user", "add", "-c", str(broker.config_file), "dora"],
                       input="old\n", text=True, check=True)
        broker.start()
        self.accounts = broker.folder / "accounts.db"

    def secure_listener(self, certificate, key):
        return {"address": "127.0.0.1:0", "allow_anonymous": False, "name": "secure",
                "tls": {"cert_file": str(certificate), "key_file": str(key)}}

    def write(self, **sections):
        """The file with another keep-alive, and these sections."""
        self.broker.write_config(**{"mqtt": {"max_keepalive": NEW}, **sections})

    def hang_up(self):
        """Reads the file again: whether the broker took it."""
        def answers():
            log = self.broker.log()
            return (log.count("configuration reloaded"), log.count("configuration not reloaded"))
        taken, refused = answers()
        self.broker.signal(signal.SIGHUP)
        until(lambda: sum(answers()) > taken + refused, 20, "it says what it did")
        now = answers()
        assert sum(now) == taken + refused + 1, "one line"
        return now[0] > taken

    def keep_alive(self):
        return self.broker.connect(V5, keep_alive=0).connack.properties["server_keep_alive"]

    def lets_in(self, user, password):
        client = self.broker.open(V5, unique("c"))
        client.send_connect(username=user, password=password)
        return client.expect(CONNACK).code == 0

    def state(self):
        client = self.broker.connect(V5)
        client.subscribe("$SYS/broker/config/state")
        return client.expect_publish("$SYS/broker/config/state", within=10).payload


@pytest.fixture
def world(own_broker, tmp_path):
    return World(own_broker, tmp_path)


def spoil_configuration(world):
    with open(world.broker.config_file, "a", encoding="utf-8") as file:
        file.write("\n[nonsense]\n")


def spoil_rules(world):
    world.rules.write_text('[[rules]]\nallow = ["publish"]\n')


def remove_rules(world):
    world.rules.unlink()


def spoil_passwords(world):
    world.passwords.write_text(line_of("eve", "x") + "garbage\n")


def spoil_certificate(world):
    world.certificate.write_text("garbage")


def exchange_key(world):
    world.key.write_bytes(world.other_key.read_bytes())


def spoil_accounts(world):
    new = world.folder / "new.db"
    new.write_bytes(b"garbage" * 1000)
    new.chmod(0o600)
    new.rename(world.accounts)


def add_bad_listener(world):
    world.write(listeners=[*world.broker.sections["listeners"],
                           {"address": "127.0.0.1:1", "tls": {"cert_file": "/none"}}])


def lose_the_log(world):
    world.write(log={"destination": f"{world.folder}/"})


@pytest.mark.parametrize("spoil", [
    spoil_configuration, spoil_rules, remove_rules, spoil_passwords, spoil_certificate, exchange_key,
    spoil_accounts, add_bad_listener, lose_the_log], ids=lambda function: function.__name__)
def test_one_bad_part_and_nothing_applies(world, spoil):
    """D12: neither another key of the same file, nor who may come in, nor what the alarm says."""
    world.write()
    spoil(world)
    assert not world.hang_up()
    assert world.keep_alive() == OLD
    assert world.lets_in("alice", "old") and world.lets_in("dora", "old")
    assert not world.lets_in("eve", "x")
    assert world.state() == b"refused"
    client = world.broker.connect(V5)
    client.subscribe("t")
    assert client.publish("t", b"by the old rules", qos=1) < 0x80
    client.wait_for(PUBLISH, 5, topic="t")


def test_the_alarm_ends_with_the_reload_that_works(world):
    """D12: $SYS/broker/config/state tells whoever watches, at once and to who comes later."""
    watcher = world.broker.connect(V5)
    watcher.subscribe("$SYS/broker/config/state")
    watcher.wait_for(PUBLISH, 10, payload=b"applied")
    good = world.rules.read_text()
    world.write()
    spoil_rules(world)
    assert not world.hang_up()
    watcher.wait_for(PUBLISH, 10, payload=b"refused")
    world.rules.write_text(good)
    assert world.hang_up()
    watcher.wait_for(PUBLISH, 10, payload=b"applied")
    assert world.keep_alive() == NEW


def test_sighup_reads_the_accounts_with_everything_else(world):
    """D12: who is in the password file comes in from the reload on, and not from some time later."""
    world.write()
    world.passwords.write_text(line_of("eve", "x"))
    assert world.hang_up()
    assert world.lets_in("eve", "x")
    assert not world.lets_in("alice", "old")


def limit_descriptors(pid, spare):
    """A limit below which so many descriptors are free."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    number = limit = 0
    while number <= spare:
        limit += 1
        number += limit - 1 not in used
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={limit - 1}:"], check=True)


def test_b08_a_reload_that_runs_out_of_descriptors_changes_nothing(world):
    """B08: wherever it is that the last one is taken: CVE-2017-7652 dropped all security there."""
    before = world.broker.folder / "state.db.running.toml"
    outcomes = []
    for spare in range(8):
        kept = before.read_bytes() if before.exists() else None
        world.write(mqtt={"max_keepalive": 100 + spare})
        world.passwords.write_text(line_of("alice", "old") + line_of(f"new{spare}", "x"))
        limit_descriptors(world.broker.process.pid, spare)
        taken = world.hang_up()
        subprocess.run(["prlimit", f"--pid={world.broker.process.pid}", "--nofile=1000:"], check=True)
        outcomes.append(taken)
        assert (world.keep_alive() == 100 + spare) == taken, (spare, outcomes)
        assert world.lets_in("alice", "old")
        assert not world.lets_in("alice", "wrong")
        if not taken and kept is not None:
            assert before.read_bytes() == kept
    assert not outcomes[0] and outcomes[-1], outcomes
    world.write()
    assert world.hang_up() and world.keep_alive() == NEW
