"""SCRAM-SHA-256 as enhanced authentication (MQTT 5.0, 4.12), and accounts.db made by `lmqttd user`.

Rows C15, C16 and C21 of the list of attacks.
"""

import subprocess
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import PROGRAM, until
from mqtt_wire.client import Client, unique
from mqtt_wire.scram import AGAIN, GO_ON, METHOD, Scram, auth, begin
from mqtt_wire.tables import AUTH, CONNACK, DISCONNECT, V5
from mqtt_wire.transports import open_stream

def user(broker, *arguments, said=""):
    done = subprocess.run([str(PROGRAM), "user", *arguments, "-c", str(broker.config_file)],
                          input=said, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def broker(own_broker):
    made = own_broker(auth={"hash": "argon2id_edge", "backoff": False})
    made.write_config()
    user(made, "add", "alice", said="secret\n")
    user(made, "add", "bob", said="hunter2\n")
    return made.start()


def test_both_sides_prove_what_they_know(broker):
    scram = Scram("alice", "secret")
    client = begin(broker, scram)
    connack = client.expect(CONNACK, code=0)
    assert scram.trusts(connack.properties["authentication_data"])
    client.ping()


@pytest.mark.parametrize("name, password", [("alice", "wrong"), ("mallory", "secret")])
def test_c15_a_wrong_password_and_an_unknown_user_fail_in_the_same_place(broker, name, password):
    begin(broker, Scram(name, password)).expect(CONNACK, code=0x87)


def test_c15_an_unknown_user_has_always_the_same_salt(broker):
    salts = set()
    for _ in range(3):
        client = broker.open(V5, unique("scram"))
        client.send_connect(properties=[("authentication_method", METHOD), (
            "authentication_data", Scram("mallory", "x").first())])
        challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"].decode()
        salts.add(challenge.split(",")[1])
    assert len(salts) == 1


@pytest.mark.parametrize("data", [b"", b"n,,", b"p=tls-unique,,n=alice,r=abc",
                                  b"n,,n=alice", b"\xff\xfe", b"n,,n=alice,r=" + b"x" * 5000])
def test_c21_garbage_is_refused(broker, data):
    client = broker.open(V5, unique("scram"))
    client.send_connect(properties=[("authentication_method", METHOD),
                                    ("authentication_data", data)])
    assert client.expect(CONNACK).code >= 0x80


def test_an_unknown_method_is_refused(broker):
    client = broker.open(V5, unique("scram"))
    client.send_connect(properties=[("authentication_method", "PLAIN")])
    client.expect(CONNACK, code=0x8C)


def test_a_client_may_authenticate_again_as_itself(broker):
    """[MQTT-4.12.1-1]"""
    client = begin(broker, Scram("alice", "secret"))
    client.expect(CONNACK, code=0)
    again = Scram("alice", "secret")
    client.send(auth(AGAIN, again.first()))
    challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
    client.send(auth(GO_ON, again.last(challenge)))
    assert again.trusts(client.expect(AUTH, code=0).properties["authentication_data"])
    client.ping()


@pytest.mark.parametrize("name, password", [("bob", "hunter2"), ("alice", "wrong")])
def test_c21_authenticating_again_as_somebody_else_ends_the_connection(broker, name, password):
    """[MQTT-4.12.1-2]"""
    client = begin(broker, Scram("alice", "secret"))
    client.expect(CONNACK, code=0)
    again = Scram(name, password)
    client.send(auth(AGAIN, again.first()))
    challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
    client.send(auth(GO_ON, again.last(challenge)))
    assert client.expect(DISCONNECT).code == 0x87


# ---- guessing

def first_answer(broker, name, source=None):
    """The first packet that answers client-first."""
    client = broker.open(V5, unique("scram"))
    if source:
        client = Client(open_stream(broker.address, source=source), V5, unique("scram"))
        broker.clients.append(client)
    client.send_connect(properties=[("authentication_method", METHOD),
                                    ("authentication_data", Scram(name, "x").first())])
    return client.receive()


@pytest.fixture
def slowing(own_broker):
    made = own_broker(auth={"hash": "argon2id_edge"})
    made.write_config()
    user(made, "add", "alice", said="secret\n")
    user(made, "add", "bob", said="hunter2\n")
    return made.start()


@pytest.mark.parametrize("name", ["alice", "mallory"])
def test_c16_wrong_proofs_slow_down_the_address_and_the_user(slowing, name):
    """C16: nothing is looked at any more: the client is refused instead of challenged."""
    for _ in range(6):
        begin(slowing, Scram(name, "wrong")).expect(CONNACK, code=0x87)
    refused = first_answer(slowing, "bob")
    assert (refused.type, refused.code) == (CONNACK, 0x9F)
    assert first_answer(slowing, "bob", "127.0.0.9").type == AUTH
    refused = first_answer(slowing, name, "127.0.0.10")
    assert (refused.type, refused.code) == (CONNACK, 0x9F)


def test_c16_wrong_proofs_slow_down_passwords_and_wrong_passwords_proofs(slowing):
    for _ in range(3):
        begin(slowing, Scram("alice", "wrong")).expect(CONNACK, code=0x87)
        assert connects(slowing, "alice", "wrong") == 0x86
    assert connects(slowing, "bob", "hunter2") == 0x9F
    assert first_answer(slowing, "bob").code == 0x9F


def test_c16_a_proof_forgives_what_its_user_failed(slowing):
    def fail(last_byte):
        stream = open_stream(slowing.address, source=f"127.0.0.{last_byte}")
        client = Client(stream, V5, unique("scram"))
        slowing.clients.append(client)
        begin(slowing, Scram("alice", "wrong"), client=client).expect(CONNACK, code=0x87)

    for last_byte in range(20, 25):
        fail(last_byte)
    begin(slowing, Scram("alice", "secret")).expect(CONNACK, code=0)
    fail(30)
    assert first_answer(slowing, "alice", "127.0.0.31").type == AUTH


# ---- SASLprep

@pytest.mark.parametrize("typed", ["p\u2168 x", "pIX\u00a0x", "p\u00adIX x"])
def test_a_password_is_the_same_in_every_spelling(broker, typed):
    """RFC 4013, as RFC 5802 asks for: `lmqttd user` prepares it as clients do."""
    user(broker, "add", "carol", said=f"{typed}\n")
    until_code(broker, 0, "carol", typed)
    begin(broker, Scram("carol", "pIX x")).expect(CONNACK, code=0)
    assert connects(broker, "carol", "pIX x") == 0x86  # MQTT's own passwords are bytes


def test_a_user_name_is_the_same_in_every_spelling(broker):
    user(broker, "add", "IX", said="secret\n")
    until_code(broker, 0, "IX", "secret")
    for spelled in ("IX", "\u2168", "I\u00adX"):
        begin(broker, Scram(spelled, "secret")).expect(CONNACK, code=0)
    assert connects(broker, "\u2168", "secret") == 0x86


@pytest.mark.parametrize("name", ["\u00ad", "ali\u200ece", "\u06271", "ali\u0085ce"])
def test_a_user_name_that_is_prohibited_is_refused(broker, name):
    refused = first_answer(broker, name)
    assert (refused.type, refused.code) == (CONNACK, 0x87)


@pytest.mark.parametrize("sent", [
    [auth(AGAIN, b"garbage")],
    [auth(AGAIN, b"")],
    [auth(GO_ON, b"n,,n=alice,r=abc")],
    [auth(AGAIN, b"n,,n=alice,r=abc"), auth(AGAIN, b"n,,n=alice,r=abc")],
    [auth(AGAIN, b"n,,n=alice,r=abc"), auth(GO_ON, b"garbage")],
    [auth(AGAIN, b"n,,n=alice,r=abc"), auth(GO_ON, b"n,,n=alice,r=abc")],
    [packets.auth(AGAIN, [("authentication_method", "SCRAM-SHA-1"), ("authentication_data", b"")])],
    [packets.auth(AGAIN, [("authentication_data", b"n,,n=alice,r=abc")])],
], ids=["garbage", "nothing", "not begun", "begun twice", "no proof", "never ending", "other method",
        "no method"])
def test_c21_authenticating_again_in_any_other_way_ends_the_connection(broker, sent):
    """C21: [MQTT-4.12.0-5] [MQTT-4.12.1-2]"""
    client = begin(broker, Scram("alice", "secret"))
    client.expect(CONNACK, code=0)
    for each in sent[:-1]:
        client.send(each)
        client.expect(AUTH, code=GO_ON)
    client.send(sent[-1])
    client.expect_disconnect(0x82, 0x87)


def test_c21_an_exchange_that_does_not_end_is_ended(own_broker):
    """C21: the time for a handshake is the time for all of its messages."""
    broker = own_broker(auth={"hash": "argon2id_edge"}, limits={"handshake_timeout": "1s"})
    broker.write_config()
    user(broker, "add", "alice", said="secret\n")
    broker.start()
    client = broker.open(V5, unique("scram"))
    client.send_connect(properties=[("authentication_method", METHOD),
                                    ("authentication_data", Scram("alice", "x").first())])
    client.expect(AUTH, code=GO_ON)
    client.expect_closed(within=20)


def test_c16_proving_again_wrongly_counts(slowing):
    """C16: a connection that is let in is no place to guess from."""
    for _ in range(6):
        client = Client(open_stream(slowing.address, source="127.0.0.40"), V5, unique("scram"))
        slowing.clients.append(client)
        begin(slowing, Scram("bob", "hunter2"), client=client)
        client.expect(CONNACK, code=0)
        again = Scram("bob", "wrong")
        client.send(auth(AGAIN, again.first()))
        challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
        client.send(auth(GO_ON, again.last(challenge)))
        client.expect_disconnect(0x87)
    assert first_answer(slowing, "alice", "127.0.0.40").code == 0x9F


def test_roles_are_those_of_now_for_who_proves_its_name_again(own_broker):
    broker = own_broker(auth={"hash": "argon2id_edge"}, acl={"rules": [
        {"allow": ["publish"], "topic": "m", "roles": ["meter"]}]})
    broker.write_config()
    user(broker, "add", "alice", said="secret\n")
    broker.start()
    client = begin(broker, Scram("alice", "secret"))
    client.expect(CONNACK, code=0)
    assert client.publish("m", qos=1) == 0x87
    user(broker, "role", "alice", "--add", "meter")

    def may_publish():
        again = Scram("alice", "secret")
        client.send(auth(AGAIN, again.first()))
        challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
        client.send(auth(GO_ON, again.last(challenge)))
        client.expect(AUTH, code=0)
        time.sleep(0.2)  # changes are looked for every two seconds
        return client.publish("m", qos=1) < 0x80

    until(may_publish, 20, "the new role counts")


def test_c02_the_session_is_the_users_however_it_proved_its_name(broker):
    client_id = unique("same")
    client = begin(broker, Scram("alice", "secret"), client_id)
    client.expect(CONNACK, code=0)
    other = broker.open(V5, client_id)
    other.send_connect(username="bob", password="hunter2")
    other.expect(CONNACK, code=0x85)
    same = broker.open(V5, client_id)
    same.send_connect(username="alice", password="secret")
    same.expect(CONNACK, code=0)


# ---- lmqttd user, while the broker runs

def connects(broker, name, password):
    client = broker.open(V5, unique("c"))
    client.send_connect(username=name, password=password)
    return client.expect(CONNACK).code


def until_code(broker, code, name, password):
    def is_answered():
        if connects(broker, name, password) == code:
            return True
        time.sleep(0.2)  # changes are looked for every two seconds
        return False

    until(is_answered, 20, f"{name} is answered {code:#x}")


def test_users_are_added_changed_and_removed_while_the_broker_runs(broker):
    user(broker, "add", "carol", said="one\n")
    until_code(broker, 0, "carol", "one")
    user(broker, "passwd", "carol", said="two\n")
    until_code(broker, 0, "carol", "two")
    assert connects(broker, "carol", "one") == 0x86
    user(broker, "delete", "carol")
    until_code(broker, 0x86, "carol", "two")
    assert "alice" in user(broker, "list")


def test_a_ban_holds_at_once_and_can_be_lifted(broker):
    user(broker, "ban", "user", "bob")
    until_code(broker, 0x8A, "bob", "hunter2")
    assert connects(broker, "alice", "secret") == 0
    user(broker, "unban", "user", "bob")
    until_code(broker, 0, "bob", "hunter2")


def test_c19_nobody_but_its_owner_reads_the_hashes(broker):
    file = broker.folder / "accounts.db"
    assert file.stat().st_mode & 0o777 == 0o600
    for beside in broker.folder.glob("accounts.db-*"):
        assert beside.stat().st_mode & 0o077 == 0
