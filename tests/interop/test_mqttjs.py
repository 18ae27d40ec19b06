"""MQTT.js over WebSocket, with and without TLS, in Node and in Chromium: the same scenarios in both."""

import pytest

from mqtt_wire.broker import CONTROL, Broker
from mqtt_wire.certificates import Authority
from mqtt_wire.passwords import line_of
from mqttjs_runtimes import Chromium, Node, skip_without

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")
QOS = pytest.mark.parametrize("qos", (0, 1, 2))
MIB = 1 << 20
NUMBERS = [str(number) for number in range(1000)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def identity(authority):
    """(certificate, key) of the broker."""
    return authority.issue("server", alternative="DNS:localhost,IP:127.0.0.1")


@pytest.fixture(scope="module")
def node(authority):
    skip_without(Node)
    return Node(authority)


@pytest.fixture(scope="module")
def chromium(identity, tmp_path_factory):
    skip_without(Chromium)
    started = Chromium(identity[0], tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


@pytest.fixture(params=["node", "chromium"])
def runtime(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def broker_of(identity, tmp_path_factory):
    """broker_of(secure, origins=[...]): it knows alice, and nobody else."""
    started = {}

    def get(secure, receive_maximum=1000, **options):
        key = repr((secure, receive_maximum, options))
        if key not in started:
            folder = tmp_path_factory.mktemp("broker")
            (folder / "passwords").write_text(line_of("alice", "secret"))
            listener = {"websocket": {"path": "/mqtt", **options}}
            if secure:
                listener["tls"] = {"cert_file": str(identity[0]), "key_file": str(identity[1])}
            auth = {"password_file": str(folder / "passwords"), "backoff": False}
            limits = {"max_packet_size": "2MiB", "server_receive_maximum": receive_maximum}
            started[key] = Broker(folder, listener=listener, auth=auth, mqtt=limits).start()
        return started[key]

    yield get
    for broker in started.values():
        broker.stop()


def url_of(broker, secure, path="/mqtt"):
    return f"{'wss' if secure else 'ws'}://localhost:{broker.port}{path}"


@pytest.fixture(params=[False, True], ids=["ws", "wss"])
def secure(request):
    return request.param


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5.0"])
def version(request):
    return request.param


@pytest.fixture
def run(runtime, broker_of, secure, version, topic):
    """run(scenario, parameter=...): what it saw as alice."""

    def start(scenario, path="/mqtt", user="alice", password="secret", broker=None, **parameters):
        options = {"username": user, "password": password} if user else {}
        url = url_of(broker or broker_of(secure), secure, path)
        return runtime.run(scenario=scenario, url=url, version=version,
                           topic=topic, options=options, parameters=parameters)

    return start


def seen(messages):
    return [(each["payload"], each["qos"], each["retain"]) for each in messages]


@QOS
def test_messages_of_every_qos_arrive_once_and_in_order(run, topic, qos):
    result = run("qos", qos=qos)
    assert result["granted"] == qos
    assert seen(result["got"]) == [(number, qos, False) for number in NUMBERS[:20]]
    assert {each["topic"] for each in result["got"]} == {topic}


@QOS
def test_a_pipelined_thousand(run, qos):
    assert run("pipelined", qos=qos) == NUMBERS


@pytest.mark.parametrize("version", [5], indirect=True, ids=["5.0"])
def test_who_sends_more_at_once_than_the_receive_maximum_is_told_so(run, broker_of, secure):
    """[MQTT-3.3.4-7]"""
    assert run("flood", broker=broker_of(secure, receive_maximum=100)) == 0x93


def test_retained(run):
    assert seen(run("retained")) == [("kept", 1, True)]


def test_will_when_the_connection_breaks(run):
    assert seen(run("will")) == [("gone", 1, False)]


def test_no_will_of_a_client_that_says_goodbye(run):
    assert seen(run("goodbye")) == [("the next", 1, False)]


@pytest.mark.parametrize("qos", (1, 2))
def test_a_session_outlives_its_connection(run, qos):
    result = run("resume", qos=qos)
    assert result["present"] == [False, True]
    assert seen(result["got"]) == [(number, qos, False) for number in NUMBERS[:10]]


def test_it_comes_back_by_itself_and_goes_on(run):
    result = run("reconnect")
    assert result["present"] is True
    assert seen(result["got"]) == [("said while it was away", 2, False)]


@QOS
def test_a_mebibyte(run, qos):
    assert run("large", qos=qos, size=MIB) == {"size": MIB, "same": True}


def test_only_what_is_still_subscribed_arrives(run):
    assert seen(run("unsubscribe")) == [("wanted", 1, False)]


@pytest.mark.parametrize("version", [5], indirect=True, ids=["5.0"])
def test_properties_arrive(run):
    message = run("properties")
    assert message["payload"] == "é"
    properties = message["properties"]
    assert 50 <= properties.pop("messageExpiryInterval") <= 60
    assert properties == {"contentType": "text/plain", "responseTopic": "answers", "correlationData": [0, 1, 255],
                          "payloadFormatIndicator": True, "subscriptionIdentifier": 7,
                          "userProperties": {"one": ["1", "again"], "zwei": "zwölf"}}


@pytest.mark.parametrize("user, password, codes", [("alice", "wrong", {4: (4, 5), 5: (0x86, 0x87)}),
                                                   (None, None, {4: (5,), 5: (0x87,)})], ids=["wrong", "nobody"])
def test_who_is_not_known_is_told_why(run, version, user, password, codes):
    assert run("refusal", user=user, password=password).get("code") in codes[version]


@pytest.mark.parametrize("version", [3, 4, 5], indirect=True, ids=["3.1", "3.1.1", "5.0"])
def test_the_sub_protocol_is_of_the_version_and_no_extension_is_agreed_on(run, version):
    """[MQTT-6.0.0-3] [MQTT-6.0.0-4]"""
    assert run("protocol") == {"protocol": "mqttv3.1" if version == 3 else "mqtt", "extensions": ""}


def test_another_path_is_not_found(runtime, run):
    said = run("refusal", path="/other")["message"]
    assert "404" in said if isinstance(runtime, Node) else said in ("WebSocket error", "closed"), said


@pytest.mark.parametrize("protocols", [["soap"], []], ids=["soap", "none"])
def test_another_sub_protocol_is_refused(runtime, run, protocols):
    said = run("refusal", protocols=protocols)["message"]
    assert "400" in said if isinstance(runtime, Node) else said in ("WebSocket error", "closed"), said


def test_node_wants_the_certificate_of_an_authority_it_knows(node, broker_of, topic, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    result = node.run(scenario="refusal", url=url_of(broker_of(True), True), version=5, topic=topic,
                      authority=str(stranger.certificate))
    assert "certificate" in result["message"]


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_only_pages_of_an_allowed_origin_may_connect(chromium, broker_of, secure, topic):
    broker = broker_of(secure, origins=[chromium.origins[0].name])
    task = {"scenario": "refusal", "url": url_of(broker, secure), "version": 5, "topic": topic,
            "options": {"username": "alice", "password": "secret"}}
    assert chromium.run(origin=0, **task)["message"] == "connected"
    assert chromium.run(origin=1, **task)["message"] in ("WebSocket error", "closed")
    assert "origin not allowed" in broker.log()
