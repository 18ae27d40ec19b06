"""The programs in examples/ that embed the broker, met by the clients people have."""

import subprocess

import paho.mqtt.client as mqtt
import pytest
from mosquitto_programs import PATIENCE, Programs
from mqtt_wire.broker import CONTROL, PROGRAM

FOLDER = PROGRAM.resolve().parent / "examples"
pytestmark = pytest.mark.skipif(bool(CONTROL) or not FOLDER.is_dir(), reason="no examples beside the broker")


class Example:
    """One of them, listening on a free port; its state is in the folder it runs in."""

    def __init__(self, name, folder):
        self.process = subprocess.Popen([FOLDER / name, "127.0.0.1:0"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        cwd=folder)
        self.port = int(self.next().removeprefix("listening on 127.0.0.1:"))

    def next(self):
        return self.process.stdout.readline().rstrip("\n")

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        """Tells it to stop; what else it says."""
        self.tell("stop")
        rest = self.process.stdout.read()
        assert self.process.wait(PATIENCE) == 0
        return rest.splitlines()


@pytest.fixture
def example(tmp_path):
    started = []

    def start(name):
        started.append(Example(name, tmp_path))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def test_embed_minimal(example):
    running = example("embed_minimal")
    with Programs(running.port) as programs:
        subscriber = programs.subscribe("mqttv5", "-i", "ada", "-t", "t", how="%p")
        programs.publish("mqttv5", "-i", "grace", "-t", "t", "-m", "here")
        assert subscriber.next() == "here"
    assert [running.next(), *running.end()] == ["welcome, ada", "welcome, grace"]


def refused(port, password):
    done = subprocess.run(["/usr/bin/mosquitto_pub", "-p", str(port), "-V", "mqttv5", "-u", "ada", "-P", password,
                           "-t", "users/ada/x", "-n"], capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode != 0


def test_auth_hook(example, paho):
    running = example("auth_hook")
    assert refused(running.port, "guess")
    assert not refused(running.port, "engine")
    ada = paho(running.port)
    ada.client.username_pw_set("ada", "engine")
    ada.connect()
    assert ada.subscribe("users/ada/#", 1) == 1
    assert ada.subscribe("users/grace/#", 1) == 0x87
    ada.publish("users/grace/inbox", b"not hers", 1)
    ada.publish("users/ada/inbox", b"hers", 1)
    assert ada.next().payload == b"hers"
    ada.disconnect()
    assert running.end() == []


def test_publish_from_app(example, paho):
    running = example("publish_from_app")
    reader = paho(running.port, mqtt.MQTTv5, "reader")
    reader.connect()
    reader.subscribe("app/status", 1)
    running.tell("warming up")
    got = reader.next()
    assert (got.payload, got.qos, got.retain) == (b"warming up", 1, False)
    assert got.properties.ContentType == "text/plain"
    assert got.properties.UserProperty == [("from", "publish_from_app")]
    late = paho(running.port, mqtt.MQTTv5, "late")
    late.connect()
    late.subscribe("app/status", 1)
    assert late.next().retain
    late.disconnect()
    said = running.end()
    assert said[0] == "reader is here"
    assert any(line.startswith("lmqtt_") for line in said[1:])
