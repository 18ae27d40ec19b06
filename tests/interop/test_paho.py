"""Debian's paho-mqtt, with its network thread, as programs in Python use it."""

import itertools
import queue
import select

import paho.mqtt.client as mqtt
import pytest
from mqtt_wire.client import unique

VERSIONS = (mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5)
QOS = (0, 1, 2)
LARGE = pytest.mark.parametrize("size", (1 << 20, 10 << 20), ids=("1MiB", "10MiB"))


@pytest.fixture(params=VERSIONS, ids=("3.1", "3.1.1", "5.0"))
def version(request):
    return request.param


@pytest.fixture
def client(paho, broker):
    """client(version, ...): connected."""

    def make(*arguments, **options):
        made = paho(broker.port, *arguments, **options)
        made.connect()
        return made

    return make


@pytest.mark.parametrize("published, subscribed", itertools.product(QOS, QOS))
def test_every_qos_both_ways(client, version, topic, published, subscribed):
    receiver, publisher = client(version), client(version)
    assert receiver.subscribe(topic, subscribed) == subscribed
    payloads = [b"%d" % number for number in range(20)]
    for payload in payloads:
        publisher.publish(topic, payload, published)
    got = [receiver.next() for _ in payloads]
    assert [each.payload for each in got] == payloads
    assert {(each.topic, each.qos, each.retain) for each in got} == {(topic, min(published, subscribed), False)}


@pytest.mark.parametrize("qos", QOS)
def test_a_pipelined_thousand(client, version, topic, qos):
    receiver, publisher = client(version), client(version)
    receiver.subscribe(topic, qos)
    sent = [publisher.client.publish(topic, b"%d" % number, qos) for number in range(1000)]
    for each in sent:
        each.wait_for_publish(30)
    assert [receiver.next().payload for _ in sent] == [b"%d" % number for number in range(1000)]


def test_retained(client, version, topic):
    client(version).publish(topic, b"kept", 1, retain=True)
    receiver = client(version)
    receiver.subscribe(topic, 1)
    kept = receiver.next()
    assert (kept.payload, kept.qos, kept.retain) == (b"kept", 1, True)


def test_will_when_the_connection_breaks(client, version, topic):
    receiver = client(version)
    receiver.subscribe(topic, 1)
    client(version, unique("w"), will={"topic": topic, "payload": b"gone", "qos": 1}).cut()
    assert receiver.next().payload == b"gone"


@pytest.mark.parametrize("qos", (1, 2))
def test_session_outlives_its_connection(paho, broker, version, topic, qos):
    name = unique("s")
    first = paho(broker.port, version, name, clean=False, expiry=600)
    assert not first.connect()
    first.subscribe(topic, qos)
    first.disconnect()
    publisher = paho(broker.port, version)
    publisher.connect()
    for number in range(10):
        publisher.publish(topic, b"%d" % number, qos)
    again = paho(broker.port, version, name, clean=False, expiry=600)
    assert again.connect() == (version != mqtt.MQTTv31)  # 3.1 has no Session Present flag
    assert [again.next().payload for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_message_properties_arrive(client, topic):
    receiver, publisher = client(), client()
    receiver.subscribe(topic, 1)
    publisher.publish(topic, b"{}", 1, ContentType="application/json", ResponseTopic="answers/1",
                      CorrelationData=b"\x00\x01\xff", PayloadFormatIndicator=1, MessageExpiryInterval=60,
                      UserProperty=[("one", "1"), ("one", "again"), ("zwei", "zwölf")])
    got = receiver.next().properties
    assert (got.ContentType, got.ResponseTopic, got.CorrelationData) == ("application/json", "answers/1",
                                                                         b"\x00\x01\xff")
    assert got.PayloadFormatIndicator == 1
    assert 58 <= got.MessageExpiryInterval <= 60
    assert got.UserProperty == [("one", "1"), ("one", "again"), ("zwei", "zwölf")]


def test_request_and_response(client, topic):
    server, asking = client(), client()
    server.subscribe(f"{topic}/ask", 1)
    asking.subscribe(f"{topic}/answer", 1)
    asking.publish(f"{topic}/ask", b"6 * 7", 1, ResponseTopic=f"{topic}/answer", CorrelationData=b"q1")
    question = server.next()
    server.publish(question.properties.ResponseTopic, b"42", 1,
                   CorrelationData=question.properties.CorrelationData)
    answer = asking.next()
    assert (answer.payload, answer.properties.CorrelationData) == (b"42", b"q1")


def test_shared_subscription_shares(client, version, topic):
    members = [client(version) for _ in range(4)]
    for member in members:
        member.subscribe(f"$share/crew/{topic}", 1)
        member.subscribe(f"{topic}/end", 1)
    publisher = client(version)
    for number in range(100):
        publisher.publish(topic, b"%d" % number, 1)
    publisher.publish(f"{topic}/end", b"end", 1)
    work = [list(iter(lambda each=member: each.next().payload, b"end")) for member in members]
    assert sorted(itertools.chain(*work), key=int) == [b"%d" % number for number in range(100)]
    assert [len(each) for each in work] == [25] * 4


@LARGE
@pytest.mark.parametrize("qos", QOS)
def test_a_large_payload(paho, wide_broker, topic, size, qos):
    """With max_packet_size raised, and nothing else."""
    receiver, publisher = paho(wide_broker.port), paho(wide_broker.port)
    receiver.connect()
    publisher.connect()
    receiver.subscribe(topic, qos)
    payload = bytes(range(256)) * (size // 256)
    publisher.publish(topic, payload, qos)
    assert receiver.next().payload == payload


class Crowd:
    """Many paho clients without a thread each: one loop serves all their sockets."""

    def __init__(self, port, count, version):
        self.messages = queue.Queue()
        self.greeted = self.granted = 0
        self.clients = {}
        self.poll = select.poll()
        for number in range(count):
            client = mqtt.Client(f"crowd-{version}-{number}", protocol=version, userdata=number)
            client.on_connect = self._greeted
            client.on_subscribe = self._granted
            client.on_message = lambda _client, number, message: self.messages.put((number, message.payload))
            client.connect("127.0.0.1", port)
            self.clients[client.socket().fileno()] = client
            self.poll.register(client.socket(), select.POLLIN)

    def _greeted(self, *_):
        self.greeted += 1

    def _granted(self, *_):
        self.granted += 1

    def until(self, done):
        """Serves whoever has something to read."""
        while not done():
            ready = self.poll.poll(30_000)
            assert ready, "it does not come"
            for descriptor, _ in ready:
                assert self.clients[descriptor].loop_read() == mqtt.MQTT_ERR_SUCCESS

    def leave(self):
        for client in self.clients.values():
            client.disconnect()


@pytest.mark.parametrize("version", (mqtt.MQTTv311, mqtt.MQTTv5), ids=("3.1.1", "5.0"))
def test_a_thousand_clients(broker, topic, version):
    """All connected at once; each gets what is meant for it, and what is meant for all."""
    count = 1000
    crowd = Crowd(broker.port, count, version)
    crowd.until(lambda: crowd.greeted == count)
    for number, client in enumerate(crowd.clients.values()):
        client.subscribe([(f"{topic}/{number}", 1), (f"{topic}/all", 0)])
    crowd.until(lambda: crowd.granted == count)
    for number, client in enumerate(crowd.clients.values()):
        client.publish(f"{topic}/{count - 1 - number}", b"%d" % (count - 1 - number), 1)
    client.publish(f"{topic}/all", b"all", 1)
    crowd.until(lambda: crowd.messages.qsize() >= 2 * count)
    got = [crowd.messages.get() for _ in range(2 * count)]
    assert sorted(got) == sorted([(number, b"%d" % number) for number in range(count)]
                                 + [(number, b"all") for number in range(count)])
    crowd.leave()
