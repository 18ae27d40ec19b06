"""Debian's mosquitto_pub, mosquitto_sub and mosquitto_rr."""

import itertools

import pytest

VERSIONS = ("mqttv31", "mqttv311", "mqttv5")
QOS = (0, 1, 2)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("published, subscribed", itertools.product(QOS, QOS))
def test_every_qos_both_ways(programs, topic, version, published, subscribed):
    subscriber = programs.subscribe(version, "-t", topic, "-q", subscribed)
    programs.publish(version, "-t", topic, "-q", published, "-m", "here")
    assert subscriber.next() == f"{topic}|{min(published, subscribed)}|0|here"


@pytest.mark.parametrize("publisher, receiver", itertools.permutations(VERSIONS, 2))
def test_versions_reach_each_other(programs, topic, publisher, receiver):
    subscriber = programs.subscribe(receiver, "-t", topic, "-q", 2)
    programs.publish(publisher, "-t", topic, "-q", 2, "-m", "here")
    assert subscriber.next() == f"{topic}|2|0|here"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", QOS)
def test_a_thousand_lines_stay_in_order(programs, topic, version, qos):
    lines = [f"line {number}" for number in range(1000)]
    subscriber = programs.subscribe(version, "-t", topic, "-q", qos, how="%p")
    programs.publish(version, "-t", topic, "-q", qos, "-l", data="\n".join(lines).encode())
    assert [subscriber.next() for _ in lines] == lines


@pytest.mark.parametrize("version", VERSIONS)
def test_wildcards(programs, topic, version):
    subscriber = programs.subscribe(version, "-t", f"{topic}/+/temperature", "-t", f"{topic}/hall/#")
    programs.publish(version, "-t", f"{topic}/cellar/humidity", "-m", "no")
    programs.publish(version, "-t", f"{topic}/cellar/temperature", "-m", "12")
    programs.publish(version, "-t", f"{topic}/hall", "-m", "lit")
    assert subscriber.next() == f"{topic}/cellar/temperature|0|0|12"
    assert subscriber.next() == f"{topic}/hall|0|0|lit"


@pytest.mark.parametrize("version", VERSIONS)
def test_retained_until_cleared(programs, topic, version):
    programs.publish(version, "-t", topic, "-q", 1, "-r", "-m", "kept")
    first = programs.subscribe(version, "-t", topic, "-q", 1)
    assert first.next() == f"{topic}|1|1|kept"
    programs.publish(version, "-t", topic, "-q", 1, "-r", "-n")
    assert first.next() == f"{topic}|1|0|"
    second = programs.subscribe(version, "-t", topic, "-q", 1)
    programs.publish(version, "-t", topic, "-q", 1, "-m", "later")
    assert second.next() == f"{topic}|1|0|later"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", QOS)
def test_will_of_a_killed_client(programs, topic, version, qos):
    watcher = programs.subscribe(version, "-t", f"{topic}/will", "-q", 2)
    doomed = programs.subscribe(version, "-t", f"{topic}/any", "--will-topic", f"{topic}/will", "--will-payload",
                                "gone", "--will-qos", qos, "--will-retain")
    doomed.kill()
    assert watcher.next() == f"{topic}/will|{qos}|0|gone"
    late = programs.subscribe(version, "-t", f"{topic}/will", "-q", 2)
    assert late.next() == f"{topic}/will|{qos}|1|gone"


def test_no_will_of_a_client_that_leaves(programs, topic):
    watcher = programs.subscribe("mqttv5", "-t", f"{topic}/#")
    programs.publish("mqttv5", "-t", f"{topic}/any", "-m", "x", "--will-topic", f"{topic}/will", "--will-payload", "no")
    programs.publish("mqttv5", "-t", f"{topic}/after", "-m", "y")
    assert [watcher.next(), watcher.next()] == [f"{topic}/any|0|0|x", f"{topic}/after|0|0|y"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", (1, 2))
def test_session_keeps_what_came_while_away(programs, topic, version, qos):
    session = ["-c", "-i", topic.replace("/", "-")[-20:], "-t", topic, "-q", qos]
    programs.run("mosquitto_sub", version, *session, "-E")
    for word in ("one", "two", "three"):
        programs.publish(version, "-t", topic, "-q", qos, "-m", word)
    assert programs.run("mosquitto_sub", version, *session, "-C", 3) == b"one\ntwo\nthree\n"


def test_message_properties_arrive(programs, topic):
    subscriber = programs.subscribe("mqttv5", "-t", topic, how="%C|%D|%R|%P|%F|%E|%p")
    programs.publish("mqttv5", "-t", topic, "-m", "body",
                     "-D", "publish", "content-type", "text/plain",
                     "-D", "publish", "correlation-data", "c-17",
                     "-D", "publish", "response-topic", "answers/17",
                     "-D", "publish", "payload-format-indicator", 1,
                     "-D", "publish", "message-expiry-interval", 60,
                     "-D", "publish", "user-property", "colour", "red",
                     "-D", "publish", "user-property", "colour", "blue")
    kind, correlation, answers, pairs, form, expiry, body = subscriber.next().split("|")
    assert (kind, correlation, answers, form, body) == ("text/plain", "c-17", "answers/17", "1", "body")
    assert pairs.split() == ["colour:red", "colour:blue"]
    assert 58 <= int(expiry) <= 60


def test_subscription_identifier_arrives(programs, topic):
    subscriber = programs.subscribe("mqttv5", "-t", topic, "-D", "subscribe", "subscription-identifier", 4711, how="%S")
    programs.publish("mqttv5", "-t", topic, "-m", "x")
    assert subscriber.next() == "4711"


@pytest.mark.parametrize("version", ("mqttv311", "mqttv5"))
def test_request_and_response(programs, topic, version):
    server = programs.subscribe(version, "-t", f"{topic}/ask", "-q", 1, how="%R" if version == "mqttv5" else "%p")
    asking = programs.start("mosquitto_rr", version, "-t", f"{topic}/ask", "-e", f"{topic}/answer", "-q", 1,
                            "-m", "what time is it?")
    said = server.next()
    assert said == (f"{topic}/answer" if version == "mqttv5" else "what time is it?")
    programs.publish(version, "-t", f"{topic}/answer", "-q", 1, "-m", "tea time")
    assert asking.result() == b"tea time\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_shared_subscription_shares(programs, topic, version):
    members = [programs.subscribe(version, "-t", f"$share/crew/{topic}", "-t", f"{topic}/end", "-q", 1, how="%p")
               for _ in range(3)]
    lines = [f"job {number}" for number in range(300)]
    programs.publish(version, "-t", topic, "-q", 1, "-l", data="\n".join(lines).encode())
    programs.publish(version, "-t", f"{topic}/end", "-q", 1, "-m", "end")
    work = [list(iter(member.next, "end")) for member in members]
    assert sorted(itertools.chain(*work)) == sorted(lines)
    assert [len(each) for each in work] == [100, 100, 100]


@pytest.mark.parametrize("size", (1 << 20, 10 << 20), ids=("1MiB", "10MiB"))
@pytest.mark.parametrize("version", ("mqttv311", "mqttv5"))
def test_a_large_file(roomy_programs, topic, tmp_path, version, size):
    """Through a session that is away, and as a retained message."""
    sent = tmp_path / "payload"
    sent.write_bytes(bytes(range(256)) * (size // 256))
    session = ["-c", "-i", topic.replace("/", "-")[-20:], "-t", topic, "-q", 1]
    roomy_programs.run("mosquitto_sub", version, *session, "-E")
    roomy_programs.publish(version, "-t", topic, "-q", 1, "-r", "-f", sent)
    assert roomy_programs.run("mosquitto_sub", version, *session, "-C", 1, "-N") == sent.read_bytes()
    assert roomy_programs.run("mosquitto_sub", version, "-t", topic, "-C", 1, "-N") == sent.read_bytes()
