"""SCRAM-SHA-256 as enhanced authentication (MQTT 5.0, 4.12), and accounts.db made by `lmqttd user`.

Rows C15 and C21 of the list of attacks.
"""

import base64
import hashlib
import hmac
import os
import subprocess
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import PROGRAM, until
from mqtt_wire.client import unique
from mqtt_wire.tables import AUTH, CONNACK, DISCONNECT, V5

METHOD = "SCRAM-SHA-256"
GO_ON, AGAIN = 0x18, 0x19


class Scram:
    """The client's side of RFC 5802, without channel binding."""

    def __init__(self, user, password):
        self.password = password.encode()
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        self.bare = f"n={user},r={self.nonce}"

    def first(self):
        return f"n,,{self.bare}".encode()

    def last(self, challenge):
        server = dict(part.split("=", 1) for part in challenge.decode().split(","))
        assert server["r"].startswith(self.nonce)
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(server["s"]),
                                     int(server["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        final = f"c=biws,r={server['r']}"
        text = ",".join([self.bare, challenge.decode(), final]).encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), text, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.server_signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), text,
                                            "sha256")
        return f"{final},p={base64.b64encode(proof).decode()}".encode()

    def trusts(self, final):
        return final == b"v=" + base64.b64encode(self.server_signature)


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


def auth(code, data):
    return packets.auth(code, [("authentication_method", METHOD), ("authentication_data", data)])


def begin(broker, scram, client_id=None):
    client = broker.open(V5, client_id or unique("scram"))
    client.send_connect(properties=[("authentication_method", METHOD),
                                    ("authentication_data", scram.first())])
    challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
    client.send(auth(GO_ON, scram.last(challenge)))
    return client


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
