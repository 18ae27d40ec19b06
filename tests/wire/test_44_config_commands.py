"""lmqttd config diff and show, beside a broker that runs."""

import json
import signal
import stat
import subprocess

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, REPORTS, free_port, until
from mqtt_wire.certificates import shared_server
from mqtt_wire.tables import V5
from mqtt_wire.transports import listener_address

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the commands of lmqttd")


def lmqttd(broker, command, *words):
    done = subprocess.run([PROGRAM, "config", command, "-c", broker.config_file, *words],
                          capture_output=True, text=True, cwd=broker.folder, timeout=60)
    assert not REPORTS.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def stored(own_broker):
    return own_broker(persistence={"type": "sqlite", "path": "state.db"})


def running_file(broker):
    return broker.folder / "state.db.running.toml"


def reload(broker):
    before = broker.log().count("configuration reloaded")
    broker.signal(signal.SIGHUP)
    until(lambda: broker.log().count("configuration reloaded") > before, 10, "it reloads")


def test_what_was_started_is_what_runs(stored):
    broker = stored.start()
    assert lmqttd(broker, "diff") == (0, f"{broker.config_file}: is what runs\n", "")
    assert json.loads(lmqttd(broker, "diff", "--json")[1])["differences"] == []


def test_every_difference_says_what_it_takes_to_apply_it(stored):
    broker = stored.start()
    broker.write_config(mqtt={"max_inflight": 32}, workers=3, listener={"maximum_qos": 1})
    code, said, errors = lmqttd(broker, "diff")
    assert (code, errors) == (1, "")
    assert "mqtt.max_inflight: 100 -> 32 (SIGHUP)\n" in said
    assert "-> 3 (restart)\n" in said and "workers: " in said
    assert f"listeners({listener_address(broker.port)}).maximum_qos: not written -> 1 (SIGHUP)\n" in said
    assert len(said.splitlines()) == 3, said
    found = {each["key"]: each for each in json.loads(lmqttd(broker, "diff", "--json")[1])["differences"]}
    assert found["mqtt.max_inflight"] == {"key": "mqtt.max_inflight", "running": "100", "file": "32",
                                          "applies": "SIGHUP"}
    assert found["workers"]["applies"] == "restart"


def test_after_a_reload_only_what_needs_a_restart_differs(stored):
    broker = stored.start()
    broker.write_config(mqtt={"max_inflight": 32}, workers=3)
    reload(broker)
    code, said, _ = lmqttd(broker, "diff")
    assert code == 1 and len(said.splitlines()) == 1 and said.startswith("workers: "), said
    assert "changed key needs a restart key=workers" in broker.log()


def test_c14_tls_that_comes_or_goes_waits_for_the_restart(stored):
    """C14: before the reload and after it."""
    _, certificate, key = shared_server()
    broker = stored
    broker.sections["listeners"] = [
        {"address": listener_address(broker.port)},
        {"address": "127.0.0.1:0", "tls": {"cert_file": str(certificate), "key_file": str(key)}}]
    broker.start()
    del broker.sections["listeners"][1]["tls"]
    broker.write_config()
    for _ in range(2):
        code, said, _ = lmqttd(broker, "diff")
        assert code == 1
        assert f'listeners(127.0.0.1:0).tls.cert_file: "{certificate}" -> not written (restart)\n' in said
        assert "(SIGHUP)" not in said
        reload(broker)


def test_a_reload_that_is_refused_leaves_what_runs_as_it_was(stored):
    broker = stored.start()
    before = running_file(broker).read_bytes()
    broker.config_file.write_text("[mqtt]\nmaximum_qos = 9\n")
    broker.signal(signal.SIGHUP)
    until(lambda: "the running one stays" in broker.log(), 10, "it is refused")
    assert running_file(broker).read_bytes() == before
    code, said, errors = lmqttd(broker, "diff")
    assert code == 78 and said == "" and "mqtt.maximum_qos" in errors


def test_rules_and_listeners_are_compared(stored, tmp_path):
    rules = tmp_path / "rules.acl"
    rules.write_text("topic readwrite a/#\n")
    broker = stored
    broker.sections["acl"] = {"file": str(rules)}
    broker.start()
    assert lmqttd(broker, "diff")[0] == 0
    rules.write_text("# another line\ntopic readwrite a/#\ntopic read b\n")
    code, said, _ = lmqttd(broker, "diff")
    assert code == 1 and "1 added, 0 gone (SIGHUP)\n" in said
    assert 'acl.rules: + { allow = ["receive"], topic = "b", users = [""] }\n' in said
    reload(broker)
    assert lmqttd(broker, "diff")[0] == 0
    other = f"127.0.0.1:{free_port()}"
    with open(broker.config_file, "a", encoding="utf-8") as file:
        file.write(f'\n[[listeners]]\naddress = "{other}"\n')
    assert lmqttd(broker, "diff")[1] == f"listeners: not written -> {other} (restart)\n"


def test_nothing_is_compared_with_a_broker_that_runs_no_more(stored):
    broker = stored.start()
    assert stat.S_IMODE(running_file(broker).stat().st_mode) == 0o640
    copy = broker.folder / "copy.toml"
    copy.write_bytes(running_file(broker).read_bytes())
    broker.crash()
    code, said, errors = lmqttd(broker, "diff")
    assert (code, said) == (66, "") and "runs no more" in errors
    assert lmqttd(broker, "diff", "--running", str(copy))[0] == 0
    broker.start()
    assert lmqttd(broker, "diff")[0] == 0
    broker.stop()
    assert not running_file(broker).exists()
    code, said, errors = lmqttd(broker, "diff")
    assert (code, said) == (66, "") and "no lmqttd runs" in errors


def test_without_a_database_it_stands_beside_the_pid_file_or_nowhere(own_broker):
    broker = own_broker().start()
    code, said, errors = lmqttd(broker, "diff")
    assert (code, said) == (66, "") and "not known" in errors
    broker.stop()
    broker.sections["pid_file"] = str(broker.folder / "lmqttd.pid")
    broker.start()
    assert lmqttd(broker, "diff")[0] == 0
    broker.stop()
    assert not list(broker.folder.glob("*running*"))


def test_where_it_cannot_be_written_nothing_old_is_left(stored):
    """A folder in its place: the broker serves all the same."""
    running_file(stored).mkdir()
    broker = stored.start()
    until(lambda: "cannot be written" in broker.log(), 10, "it says so")
    broker.connect(V5).ping()
    assert lmqttd(broker, "diff")[0] == 66


def test_show_prints_a_file_that_says_the_same(stored, own_broker):
    stored.sections["mqtt"] = {"max_inflight": 32}
    stored.sections["acl"] = {"rules": [{"allow": ["publish"], "topic": "a \"b\""}]}
    broker = stored.start()
    for words in ((), ("--all",)):
        code, said, errors = lmqttd(broker, "show", *words)
        assert (code, errors) == (0, "")
        assert "max_inflight = 32\n" in said
        assert ("max_queued_messages" in said) == bool(words)
        shown = broker.folder / "shown.toml"
        shown.write_text(said)
        done = subprocess.run([PROGRAM, "config", "diff", "-c", shown], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
