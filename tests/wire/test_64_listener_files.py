"""acl_file of a listener: what it says holds there and nowhere else (row C11 of the list of attacks)."""

import signal
import subprocess

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, free_port, until
from mqtt_wire.tables import V5
from mqtt_wire.transports import listener_options

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

NOT_ALLOWED = 0x87


@pytest.fixture
def two(own_broker, tmp_path):
    """two(text, suffix): a broker with the listeners "lan", which has a file of this text, and
    "open", which has none."""
    def make(text, suffix=".acl", **sections):
        file = tmp_path / f"lan{suffix}"
        file.write_text(text)
        broker = own_broker(**sections)
        broker.other = ("127.0.0.1", free_port())
        listeners = [{"address": f"127.0.0.1:{broker.port}", "name": "lan", "acl_file": str(file)},
                     {"address": "127.0.0.1:%d" % broker.other[1], "name": "open"}]
        broker.sections["listeners"] = [{**each, **listener_options()} for each in listeners]
        return broker
    return make


def may_publish(client, topic):
    code = client.publish(topic, b"x", qos=1)
    assert code < 0x80 or code == NOT_ALLOWED
    return code < 0x80


def on_lan(broker):
    return broker.connect(V5)


def elsewhere(broker):
    return broker.connect(V5, address=broker.other)


@pytest.mark.parametrize("suffix, text", [
    (".acl", "topic readwrite a/#\n"),
    (".toml", '[[rules]]\nallow = ["publish"]\ntopic = "a/#"\n')])
def test_c11_a_listeners_file_is_about_that_listener_alone(two, suffix, text):
    """What it does not allow is denied there; it neither opens nor closes the other."""
    broker = two(text, suffix).start()
    assert may_publish(on_lan(broker), "a/b") and not may_publish(on_lan(broker), "b")
    assert may_publish(elsewhere(broker), "b")


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_c11_an_empty_file_closes_its_listener(two, text):
    """And that one only."""
    broker = two(text).start()
    assert not may_publish(on_lan(broker), "a")
    assert may_publish(elsewhere(broker), "a")


def test_c11_a_listeners_file_opens_no_other_that_rules_close(two):
    """With rules for all there is default deny for all, and the file adds to its own listener."""
    broker = two("topic readwrite a/#\n", acl={"rules": [{"allow": ["publish"], "topic": "all"}]})
    broker.start()
    assert may_publish(on_lan(broker), "a/b") and may_publish(on_lan(broker), "all")
    assert may_publish(elsewhere(broker), "all") and not may_publish(elsewhere(broker), "a/b")


def test_c11_what_a_rule_for_all_denies_no_listeners_file_allows(two):
    broker = two("topic readwrite #\n", acl={"rules": [{"deny": ["publish"], "topic": "secret"}]})
    broker.start()
    assert may_publish(on_lan(broker), "a") and not may_publish(on_lan(broker), "secret")


def test_c11_a_message_from_elsewhere_is_not_received_past_the_file(two, topic):
    """The other listener is open; what it sends is still judged where it arrives."""
    broker = two(f"topic read {topic}/ok\n").start()
    reader = on_lan(broker)
    reader.subscribe(f"{topic}/#")
    writer = elsewhere(broker)
    for level in ("no", "ok"):
        assert may_publish(writer, f"{topic}/{level}")
    reader.expect_publish(f"{topic}/ok")


@pytest.mark.parametrize("text", ["topic sideways a\n", None])
def test_c11_a_file_that_cannot_be_used_stops_the_start(two, text):
    broker = two(text or "")
    if text is None:
        (broker.folder.parent / "lan.acl").unlink()
    broker.exit_expected = 78
    broker.write_config()
    broker.spawn()
    assert broker.wait() == 78
    assert "lan.acl" in broker.log()


def test_c11_sighup_reads_it_again_or_keeps_it(two):
    """A rule that is gone is gone, also for who is connected; a bad file changes nothing."""
    broker = two("topic readwrite a/#\n").start()
    file = broker.folder.parent / "lan.acl"
    client = on_lan(broker)
    assert may_publish(client, "a/b")
    file.write_text("topic sideways a\n")
    broker.signal(signal.SIGHUP)
    until(lambda: "configuration not reloaded" in broker.log(), 10, "it refuses")
    assert may_publish(client, "a/b") and not may_publish(client, "c")
    file.write_text("topic readwrite c\n")
    broker.signal(signal.SIGHUP)
    until(lambda: may_publish(client, "c"), 10, "the new rule is in force")
    assert not may_publish(client, "a/b")
    assert may_publish(elsewhere(broker), "a/b")


def test_acl_explain_knows_the_listener(two):
    broker = two("topic readwrite a/#\n")
    broker.write_config()

    def explain(*words):
        done = subprocess.run([str(PROGRAM), "acl", "explain", "-c", str(broker.config_file), "--client",
                               "c", "--action", "publish", "--topic", "b", *words],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    assert explain("--listener", "lan") == (1, "denied: no rule allows it\n")
    assert explain("--listener", "open") == (0, "allowed: there is no access control\n")
    assert explain()[0] == 64
