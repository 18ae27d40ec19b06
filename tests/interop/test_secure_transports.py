"""The clients people have, over TLS, with certificates of their own, and over WebSocket."""

import queue
import subprocess

import paho.mqtt.client as mqtt
import pytest

from mosquitto_programs import PATIENCE
from mqtt_wire.broker import CONTROL, Broker
from mqtt_wire.certificates import Authority
from mqtt_wire.client import unique

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secured(authority, tmp_path_factory):
    """secured(websocket=True, client_certificate="required"): brokers that end well."""
    started = []

    def make(websocket=False, **tls):
        certificate, key = authority.issue("server", alternative="DNS:localhost,IP:127.0.0.1")
        listener = {"tls": {"cert_file": str(certificate), "key_file": str(key), **tls}}
        if websocket:
            listener["websocket"] = {"path": "/mqtt"}
        started.append(Broker(tmp_path_factory.mktemp("broker"), listener=listener).start())
        return started[-1]

    yield make
    for broker in started:
        broker.stop()


def mosquitto(program, broker, authority, *arguments, identity=None):
    command = [program, "-h", "localhost", "-p", str(broker.port), "--cafile",
               str(authority.certificate), *arguments]
    if identity:
        command += ["--cert", str(identity[0]), "--key", str(identity[1])]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("tls", ["tlsv1.2", "tlsv1.3"])
def test_mosquitto_publishes_and_subscribes_over_tls(secured, authority, version, tls):
    broker, topic = secured(), unique("tls/")
    options = ["-V", version, "--tls-version", tls, "-t", topic, "-q", "1"]
    sent = mosquitto("mosquitto_pub", broker, authority, *options, "-r", "-m", "kept")
    assert sent.returncode == 0, sent.stderr
    got = mosquitto("mosquitto_sub", broker, authority, *options, "-C", "1")
    assert got.stdout == "kept\n", got.stderr


def test_mosquitto_comes_in_with_its_certificate_and_not_without(secured, authority):
    broker = secured(client_certificate="required", identity_as_username="cn",
                     client_ca_file=str(authority.certificate))
    options = ["-t", unique("mtls/"), "-q", "1", "-m", "x"]
    sensor = authority.issue("sensor")
    assert mosquitto("mosquitto_pub", broker, authority, *options, identity=sensor).returncode == 0
    assert mosquitto("mosquitto_pub", broker, authority, *options).returncode != 0


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("version", [mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5])
def test_paho_speaks_over_websocket(secured, authority, tmp_path, secure, version):
    if secure:
        broker = secured(websocket=True)
    else:
        broker = Broker(tmp_path, listener={"websocket": {"path": "/mqtt"}}).start()
    topic, received, ready = unique("ws/"), queue.Queue(), queue.Queue()
    client = mqtt.Client(unique("paho"), protocol=version, transport="websockets",
                         reconnect_on_failure=False)
    client.ws_set_options(path="/mqtt")
    if secure:
        client.tls_set(str(authority.certificate))
    client.on_connect = lambda *_: client.subscribe(topic, 2)
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_message = lambda _client, _data, message: received.put(message.payload)
    client.connect("localhost" if secure else "127.0.0.1", broker.port)
    client.loop_start()
    ready.get(timeout=PATIENCE)
    for payload in (b"small", b"x" * 100_000):
        client.publish(topic, payload, 2)
        assert received.get(timeout=PATIENCE) == payload
    client.disconnect()
    client.loop_stop()
    if not secure:
        broker.stop()
