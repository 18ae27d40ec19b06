"""SCRAM-SHA-256 of a client, as enhanced authentication (MQTT 5.0, 4.12)."""

import base64
import hashlib
import hmac
import os

from . import packets
from .client import unique
from .tables import AUTH, V5

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
        self.salt = server["s"]
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(server["s"]),
                                     int(server["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        final = f"c=biws,r={server['r']}"
        text = ",".join([self.bare, challenge.decode(), final]).encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), text, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.proof = base64.b64encode(proof).decode()
        self.server_signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), text,
                                            "sha256")
        return f"{final},p={self.proof}".encode()

    def trusts(self, final):
        return final == b"v=" + base64.b64encode(self.server_signature)


def auth(code, data):
    return packets.auth(code, [("authentication_method", METHOD), ("authentication_data", data)])


def begin(broker, scram, client_id=None, client=None):
    """As far as client-final; what comes of it is for the caller to read."""
    client = client or broker.open(V5, client_id or unique("scram"))
    client.send_connect(properties=[("authentication_method", METHOD),
                                    ("authentication_data", scram.first())])
    challenge = client.expect(AUTH, code=GO_ON).properties["authentication_data"]
    client.send(auth(GO_ON, scram.last(challenge)))
    return client
