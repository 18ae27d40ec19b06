"""The program itself: start, configuration errors, signals, what it writes (rows 1, 2, 5 to 7, 28,
45, 48)."""

import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, PROGRAM, ROOT, free_port, test_config, toml, until
from mqtt_wire.client import unique
from mqtt_wire.tables import CONNACK, V5, V311
from mqtt_wire.transports import listener_options

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the command line of lmqttd")


def run(*arguments, folder, within=20):
    """lmqttd with these arguments, to its end: (exit code, everything it said)."""
    done = subprocess.run([str(PROGRAM), *arguments], cwd=folder, timeout=within, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def check(folder, text):
    file = pathlib.Path(folder) / "checked.toml"
    file.write_text(text)
    return run("check", "-c", str(file), folder=folder)


# ---- start

def test_start_says_where_it_listens(own_broker):
    """Row 1."""
    broker = own_broker(transport="tcp").start()
    broker.connect(V5).ping()
    assert f"127.0.0.1:{broker.port}" in broker.log()


def test_two_listeners_both_answer(own_broker):
    """Row 2."""
    broker = own_broker()
    second = free_port()
    config = test_config(broker.port)
    config["listeners"].append({"address": f"127.0.0.1:{second}", **listener_options()})
    broker.write_config = lambda: broker.config_file.write_text(toml(config))
    broker.start()
    broker.connect(V5).ping()
    broker.address = ("127.0.0.1", second)
    broker.connect(V311).ping()


def test_a_port_in_use_is_an_error_that_names_it(tmp_path):
    """Row 2: exit code other than 0, the address in the message."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "c.toml").write_text(toml(test_config(port, transport="tcp")))
        code, said = run("start", "-c", "c.toml", folder=tmp_path)
    assert code != 0 and f"127.0.0.1:{port}" in said


def test_one_busy_listener_of_two_is_an_error(tmp_path):
    """Row 2, seed-audit 1.1: whichever of them it is, nothing is half started."""
    for busy_first in (True, False):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            busy, free = taken.getsockname()[1], free_port()
            config = test_config(busy if busy_first else free, transport="tcp")
            config["listeners"].append({"address": f"127.0.0.1:{free if busy_first else busy}"})
            (tmp_path / "c.toml").write_text(toml(config))
            code, said = run("start", "-c", "c.toml", folder=tmp_path)
        assert code != 0 and f"127.0.0.1:{busy}" in said


@pytest.mark.parametrize("command", ["start", "check"])
def test_a_missing_file_is_an_error_that_names_it(tmp_path, command):
    """Row 5."""
    code, said = run(command, "-c", "no-such-file.toml", folder=tmp_path)
    assert code != 0 and "no-such-file.toml" in said


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]", ""])
def test_an_open_listener_off_loopback_must_say_so(tmp_path, address):
    """A listener without authentication binds to loopback only: start is refused otherwise."""
    port = free_port()
    config = test_config(port)
    config["listeners"][0]["address"] = f"{address}:{port}"
    (tmp_path / "c.toml").write_text(toml(config))
    code, said = run("start", "-c", "c.toml", folder=tmp_path)
    assert code != 0 and "allow_anonymous" in said


def test_version_and_help(tmp_path):
    """`lmqttd --version` names the libraries; `lmqttd` alone prints help."""
    code, said = run("--version", folder=tmp_path)
    assert code == 0 and "lmqttd" in said and "Boost" in said
    _, said = run(folder=tmp_path)
    assert "start" in said and "check" in said


# ---- configuration

def test_a_good_file_passes_the_check(tmp_path):
    """Row 5."""
    code, said = check(tmp_path, toml(test_config(free_port())))
    assert code == 0, said


def test_the_sample_file_is_complete_and_valid(tmp_path):
    """Row 6: etc/lmqttd.toml is what `describe config` prints, and it loads."""
    sample = ROOT / "etc" / "lmqttd.toml"
    assert sample.exists()
    code, said = check(tmp_path, sample.read_text())
    assert code == 0, said
    code, described = run("describe", "config", folder=tmp_path)
    assert code == 0
    for key in ("session_expiry", "max_keepalive", "delivery_mode", "handshake_timeout",
                "max_retained_bytes", "shared_subscription_strategy"):
        assert key in sample.read_text() and key in described


@pytest.mark.parametrize("text, key, suggestion", [
    ("[mqtt]\nmax_keep_alive = 60\n", "max_keep_alive", "max_keepalive"),
    ("[mqtt]\nsession_expirey = '2h'\n", "session_expirey", "session_expiry"),
    ("[limits]\nmax_conections = 60\n", "max_conections", "max_connections"),
    ("[mqtz]\nmaximum_qos = 1\n", "mqtz", "mqtt"),
    ("worker = 1\n", "worker", "workers"),
    ("[[listeners]]\nadress = '127.0.0.1:1883'\n", "adress", "address"),
])
def test_an_unknown_key_is_refused_with_its_place_and_a_suggestion(tmp_path, text, key, suggestion):
    """Row 7."""
    code, said = check(tmp_path, text)
    assert code != 0
    assert key in said and suggestion in said
    assert re.search(r":\d+:\d+|line \d+", said), said


def test_all_errors_are_said_at_once(tmp_path):
    """Row 7."""
    code, said = check(tmp_path, "[mqtt]\nmaximum_qos = 7\nno_such_key = 1\nsession_expiry = 'x'\n"
                                 "[limits]\nmax_connections = -1\n")
    assert code != 0
    for key in ("maximum_qos", "no_such_key", "session_expiry", "max_connections"):
        assert key in said, said


_BAD_VALUES = [
    ("mqtt", "session_expiry", "'soon'"), ("mqtt", "session_expiry", "'-1s'"),
    ("mqtt", "session_expiry", "12"), ("mqtt", "session_expiry_check_interval", "'0s'"),
    ("mqtt", "message_expiry", "'2 parsecs'"), ("mqtt", "inflight_expiry", "true"),
    ("mqtt", "max_packet_size", "0"), ("mqtt", "max_packet_size", "268435461"),
    ("mqtt", "max_packet_size", "'1 elephant'"), ("mqtt", "server_receive_maximum", "0"),
    ("mqtt", "server_receive_maximum", "65536"), ("mqtt", "max_keepalive", "65536"),
    ("mqtt", "max_keepalive", "-1"), ("mqtt", "topic_alias_maximum", "65536"),
    ("mqtt", "topic_alias_maximum", "-1"), ("mqtt", "subscription_identifier_available", "1"),
    ("mqtt", "wildcard_subscription_available", "'yes'"),
    ("mqtt", "shared_subscription_available", "0"),
    ("mqtt", "shared_subscription_strategy", "'fastest'"), ("mqtt", "maximum_qos", "3"),
    ("mqtt", "maximum_qos", "-1"), ("mqtt", "retain_available", "'true'"),
    ("mqtt", "max_queued_messages", "0"), ("mqtt", "max_queued_bytes", "'-1KiB'"),
    ("mqtt", "max_inflight", "0"), ("mqtt", "max_inflight", "65536"),
    ("mqtt", "queue_qos0_messages", "2"), ("mqtt", "overflow", "'panic'"),
    ("mqtt", "delivery_mode", "'twice'"), ("mqtt", "allow_zero_length_clientid", "[]"),
    ("mqtt", "assigned_clientid_prefix", "3"), ("mqtt", "upgrade_outgoing_qos", "1.5"),
    ("limits", "handshake_timeout", "'0s'"), ("limits", "max_connections", "0"),
    ("limits", "max_clientid_bytes", "0"), ("limits", "max_topic_levels", "0"),
    ("persistence", "type", "'cloud'"), ("log", "level", "'loud'"), ("log", "format", "'xml'"),
    ("sys", "interval", "'0s'"),
]


@pytest.mark.parametrize("section, key, value", _BAD_VALUES,
                         ids=[f"{key}={value}" for _, key, value in _BAD_VALUES])
def test_a_value_out_of_range_is_refused_by_name(tmp_path, section, key, value):
    """Row 7."""
    code, said = check(tmp_path, f"[{section}]\n{key} = {value}\n")
    assert code != 0 and key in said, said


def test_a_queue_smaller_than_its_window_is_refused(tmp_path):
    """Row 7: max_queued_messages below max_inflight."""
    code, said = check(tmp_path, "[mqtt]\nmax_queued_messages = 10\nmax_inflight = 11\n")
    assert code != 0 and "max_queued_messages" in said and "max_inflight" in said


@pytest.mark.parametrize("text", ["[mqtt", "= 1", "[mqtt]\nmaximum_qos = 1\nmaximum_qos = 2\n",
                                  "\0\0\0", "\u00ff" * 100, "[mqtt]\nmaximum_qos = 1_\n"])
def test_a_file_that_is_no_toml_is_refused_with_its_place(tmp_path, text):
    """Row 7."""
    code, said = check(tmp_path, text)
    assert code != 0 and re.search(r":\d+:\d+|line \d+", said), said


# ---- signals

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_shutdown_tells_5_clients_and_exits_0(own_broker, number):
    """Row 45: DISCONNECT 0x8B, and nothing to 3.x clients."""
    broker = own_broker().start()
    new, old, unfinished = broker.connect(V5), broker.connect(V311), broker.open(V5)
    broker.signal(number)
    new.expect_disconnect(0x8B)
    old.expect_closed()
    unfinished.expect_closed()
    assert broker.wait() == 0


def test_shutdown_flushes_what_was_on_its_way(own_broker, topic):
    """Row 45: messages delivered before the signal are read before the DISCONNECT."""
    broker = own_broker().start()
    subscriber, publisher = broker.connect(V5), broker.connect(V5)
    subscriber.subscribe(topic)
    for i in range(50):
        publisher.publish(topic, b"x" * 10000, qos=1)
    broker.signal(signal.SIGTERM)
    for i in range(50):
        subscriber.expect_publish(topic)
    subscriber.expect_disconnect(0x8B)
    assert broker.wait() == 0


def test_shutdown_does_not_wait_for_a_client_that_does_not_read(own_broker, topic):
    """Row 45: a bounded wait."""
    broker = own_broker().start()
    stuck, publisher = broker.open(V5, unique("c"), receive_buffer=4096), broker.connect(V5)
    stuck.connect()
    stuck.subscribe(topic)
    for _ in range(100):
        publisher.publish(topic, b"x" * 100000)
    publisher.ping()
    broker.signal(signal.SIGTERM)
    assert broker.wait(within=15) == 0


def test_hangup_with_a_bad_file_keeps_the_old_configuration(own_broker):
    """Row 45: and SIGTERM still works after it."""
    broker = own_broker(mqtt={"max_keepalive": 77}).start()
    client = broker.connect(V5, keep_alive=0)
    broker.config_file.write_text("[mqtt]\nmaximum_qos = 9\n")
    seen = len(broker.log())
    broker.signal(signal.SIGHUP)
    until(lambda: "maximum_qos" in broker.log()[seen:] or client.ping(), 10,
          "the broker does not say what is wrong with the file")
    client.ping()
    again = broker.connect(V5, keep_alive=0)
    assert again.connack.properties["server_keep_alive"] == 77
    broker.signal(signal.SIGTERM)
    again.expect_disconnect(0x8B)
    assert broker.wait() == 0


@pytest.mark.parametrize("damage", ["missing", "empty_value", "not_toml"])
def test_hangup_with_an_unreadable_file_keeps_the_broker_running(own_broker, damage):
    """Row 45: D12: any failure keeps the old state entirely."""
    broker = own_broker().start()
    client = broker.connect(V5)
    if damage == "missing":
        broker.config_file.unlink()
    else:
        broker.config_file.write_text("x =" if damage == "empty_value" else "\0\1\2")
    for _ in range(3):
        broker.signal(signal.SIGHUP)
        client.ping()
    broker.connect(V5).ping()
    broker.signal(signal.SIGTERM)
    client.expect_disconnect(0x8B)
    assert broker.wait() == 0


def test_hangup_takes_a_good_file(own_broker):
    """Row 45: re-read, validated, swapped; connected clients stay."""
    broker = own_broker(mqtt={"max_keepalive": 77}).start()
    client = broker.connect(V5)
    broker.write_config(mqtt={"max_keepalive": 55})
    broker.signal(signal.SIGHUP)

    def swapped():
        fresh = broker.connect(V5, keep_alive=0)
        value = fresh.connack.properties["server_keep_alive"]
        fresh.disconnect()
        assert value in (77, 55)
        return value == 55

    until(swapped, 10, "the new value does not arrive")
    client.ping()


# ---- memory mode, hygiene

def test_memory_mode_leaves_no_file_and_forgets(own_broker, topic):
    """Row 28."""
    broker = own_broker().start()
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=[("session_expiry_interval", 60)])
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x", qos=1, retain=True)
    client.drop()
    broker.stop()
    assert sorted(os.listdir(broker.folder)) == ["stderr.txt", "test.toml"]
    broker.start()
    client = broker.connect(V5, name, clean=False, properties=[("session_expiry_interval", 60)])
    assert not client.connack.session_present
    client.subscribe(topic)
    client.expect_nothing(client)


def test_c19_no_secret_is_ever_logged(own_broker, topic):
    """C19: passwords, payloads and authentication data stay out of the log at its most talkative, and
    what clients choose is escaped."""
    broker = own_broker(log={"level": "trace", "dump_packet": True}).start()
    name = "evil\nERROR forged line\x1b[31m" + unique("c")
    client = broker.connect(V5, name, username="user", password=b"s3cret-password")
    client.subscribe(topic, qos=2)
    client.publish(topic, b"s3cret-payload", qos=2, retain=True)
    client.expect_publish(topic, b"s3cret-payload")
    refused = broker.open(V5, unique("c"))
    refused.send_connect(properties=[("authentication_method", "M"),
                                     ("authentication_data", b"s3cret-data")])
    refused.expect_refused_connect()
    old = broker.open(V311, unique("c"))
    old.send(packets.connect(V311, "x", username="u", password=b"s3cret-old", surplus=b"s3cret-z"))
    old.expect_closed()
    broker.connect(V5, will=packets.Will(topic, b"s3cret-will")).drop()
    client.expect_publish(topic, b"s3cret-will")
    broker.stop()
    for kind in ("CONNECT", "SUBSCRIBE", "PUBLISH", "PUBREC", "CONNACK", "SUBACK"):
        assert f"type={kind} " in broker.log(), kind
    assert "s3cret" not in broker.log()
    assert "\x1b" not in broker.log()
    assert not any(line.startswith("ERROR forged") for line in broker.log().splitlines())


def test_packets_are_dumped_when_asked_for_and_only_then(own_broker, topic):
    """log.dump_packet, at level debug, also after a reload."""
    broker = own_broker(log={"level": "debug"}).start()
    broker.connect(V5).publish(topic, b"x", qos=1)
    assert "type=PUBLISH" not in broker.log()
    broker.write_config(log={"level": "debug", "dump_packet": True})
    broker.signal(signal.SIGHUP)

    def dumped():
        broker.connect(V5).publish(topic, b"x", qos=1)
        return f"type=PUBLISH" in broker.log() and topic in broker.log()

    until(dumped, 10, "no packet is dumped after the reload")


def test_descriptors_are_given_back(own_broker, any_version):
    """Row 48, B06: after refusals, drops and disconnects of every kind."""
    broker = own_broker().start()
    witness = broker.connect(any_version)
    before = broker.descriptors()
    for _ in range(20):
        broker.connect(any_version).disconnect()
        broker.connect(any_version).drop(reset=True)
        refused = broker.open(any_version, "x" * 300)
        refused.send_connect()
        assert refused.expect(CONNACK).code != 0
        refused.expect_closed()
        garbage = broker.open(any_version)
        garbage.send(b"GET / HTTP/1.1\r\n\r\n")
        garbage.expect_closed()
    for client in broker.clients:
        if client is not witness:
            client.stream.close()
    until(lambda: broker.descriptors() <= before or witness.ping(), 10, "descriptors leak")


def test_the_pid_file_names_the_process_and_goes_with_it(own_broker):
    """pid_file."""
    broker = own_broker()
    pid_file = broker.folder / "lmqttd.pid"
    broker.sections["pid_file"] = str(pid_file)
    broker.start()
    assert int(pid_file.read_text()) == broker.process.pid
    broker.stop()
    assert not pid_file.exists()
