"""tls.identity_as_username: who a client is by its certificate, whatever its CONNECT says.

Rows C01 and C13 of the list of attacks; which certificates are taken at all is in test_50_tls.py.
"""

import pytest

from mqtt_wire.broker import CONTROL, until
from mqtt_wire.certificates import Authority
from mqtt_wire.client import Client, unique
from mqtt_wire.passwords import line_of
from mqtt_wire.proxy import ADDRESSES, SIGNATURE, V1
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import CONNACK, V5, V311
from mqtt_wire.transports import TlsStream, WebSocketStream, client_context

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

IDENTITIES = ["cn", "san", "subject"]
LASTING = [("session_expiry_interval", 100)]
BY_NAME = {"rules": [{"allow": ["publish"], "topic": "home/%u"}]}
BAD_CREDENTIALS, UNAUTHORIZED = {V311: 4, V5: 0x86}, {V311: 5, V5: 0x87}
INVALID_ID = {V311: 2, V5: 0x85}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("names"))


def escaped(name, letters):
    """As openssl's program wants what it would take for its own."""
    return "".join("\\" + each if each in letters else each for each in name)


class Gate:
    """A broker with one TLS listener that takes names from certificates, or not."""

    def __init__(self, make, authority, kind, asked="required", identity=None, listener=None, **sections):
        certificate, key = authority.issue("server", alternative="IP:127.0.0.1")
        tls = {"cert_file": str(certificate), "key_file": str(key)}
        if asked != "none":
            tls |= {"client_certificate": asked, "client_ca_file": str(authority.certificate)}
        if identity:
            tls["identity_as_username"] = identity
        options = {"allow_anonymous": False, "tls": tls, **(listener or {})}
        if kind == "wss":
            options["websocket"] = {"path": "/"}
        self.authority, self.kind, self.identity = authority, kind, identity
        self.broker = make(transport="tcp", listener=options, **sections).start()

    def certificate_of(self, name):
        """One that says this name where it is looked for, and another one elsewhere."""
        kept = unique("certificate")
        if self.identity == "san":
            return self.authority.issue(kept, "/CN=root", f"DNS:{escaped(name, '#')},DNS:root")
        return self.authority.issue(kept, f"/CN={escaped(name, '/+')}", "DNS:root")

    def user_of(self, name):
        return f"CN={name}" if self.identity == "subject" else name

    def open(self, certificate=None, version=V5, client_id=None, header=b""):
        bare = TcpStream(self.broker.address)
        bare.send(header)
        stream = TlsStream(bare, client_context(None, *(certificate or ())))
        if self.kind == "wss":
            stream = WebSocketStream(stream)
        client = Client(stream, version, unique("c") if client_id is None else client_id)
        self.broker.clients.append(client)
        return client

    def answer(self, certificate, version=V5, client_id=None, **how):
        """The code of the CONNACK."""
        client = self.open(certificate, version, client_id)
        client.send_connect(**how)
        return client.expect(CONNACK).code


@pytest.fixture(params=["tls", "wss"])
def gate(request, own_broker, authority):
    def make(**how):
        return Gate(own_broker, authority, request.param, **how)
    return make


@pytest.mark.parametrize("identity", IDENTITIES)
def test_c13_the_name_in_the_certificate_is_the_user_whatever_connect_says(gate, identity):
    """C13: for sessions and for rules; a password is not even looked at."""
    door = gate(identity=identity, acl=BY_NAME)
    sensor, other = door.certificate_of("sensor"), door.certificate_of("other")
    client_id, kept = unique("by-name"), {"clean": False, "properties": LASTING}
    assert door.answer(sensor, client_id=client_id, **kept) == 0
    assert door.answer(other, client_id=client_id, username=door.user_of("sensor"), **kept) == 0x85
    for said in ({}, {"username": "root"}, {"username": "root", "password": ""},
                 {"username": "root", "password": "x"}, {"username": "", "password": ""},
                 {"password": "x"}, {"username": "+/#", "password": "x"}):
        client = door.open(sensor, client_id=client_id)
        client.connect(**kept, **said)
        assert client.connack.session_present, said
        assert client.publish(f"home/{door.user_of('sensor')}", qos=1) < 0x80, said
        for name in ("root", "other"):
            assert client.publish(f"home/{name}", qos=1) == 0x87, said


@pytest.mark.parametrize("identity, subject, alternative", [
    ("cn", "/O=nobody", "DNS:root"), ("cn", "/CN=sensor/CN=root", "DNS:root"),
    ("cn", "/CN=sen\x01sor", "DNS:root"), ("cn", "/CN=sen\x7fsor", "DNS:root"),
    ("san", "/CN=root", None), ("san", "/CN=root", "IP:127.0.0.1"), ("san", "/CN=root", "DNS:sen\x01sor")],
    ids=["no cn", "two cns", "control in cn", "delete in cn", "no san", "an address", "control in san"])
def test_c13_a_certificate_without_one_name_that_can_be_used_names_nobody(gate, identity, subject,
                                                                         alternative):
    """C13: nor is another of its names, or that of CONNECT, taken instead."""
    door = gate(identity=identity)
    certificate = door.authority.issue(unique("nobody"), subject, alternative)
    for version in (V311, V5):
        assert door.answer(certificate, version) == UNAUTHORIZED[version]
        assert door.answer(certificate, version, username="root", password="x") != 0
    assert door.answer(door.certificate_of("sensor")) == 0


def test_c13_what_a_subject_escapes_is_a_name_of_its_own(gate):
    """C13: RFC 2253 writes control characters and separators so that no two subjects look the same."""
    door = gate(identity="subject", acl=BY_NAME)
    for said, written in [("sen\x01sor", "CN=sen\\01sor"), ("sensor,O=root", "CN=sensor\\,O=root")]:
        client = door.open(door.certificate_of(said))
        client.connect()
        assert client.publish(f"home/{written}", qos=1) < 0x80
        assert client.publish(f"home/CN={said.replace(chr(1), '')}", qos=1) == 0x87


@pytest.mark.parametrize("identity", ["cn", "subject"])
@pytest.mark.parametrize("name", ["Z\u00e4hler-\u20ac", "\u6e2c\u5b9a", "\U0001d11e", "%u", "%c", "a b"])
def test_c13_a_name_is_taken_letter_by_letter(gate, identity, name):
    """C13, C01: in UTF-8, and never as a pattern."""
    door = gate(identity=identity, acl=BY_NAME)
    client = door.open(door.certificate_of(name), client_id="device")
    client.connect(username="root", password="x")
    assert client.publish(f"home/{door.user_of(name)}", qos=1) < 0x80
    for other in ("root", "device", "home/%u"):
        assert client.publish(f"home/{other}", qos=1) == 0x87


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("name", ["a#", "b+", "a/b"])
def test_c01_a_name_in_a_certificate_that_no_topic_can_hold_is_refused(gate, identity, name):
    """C01: where a rule would have to put it into a topic."""
    door = gate(identity=identity, acl=BY_NAME)
    certificate = door.certificate_of(name)
    for version in (V311, V5):
        assert door.answer(certificate, version) == INVALID_ID[version]
        assert door.answer(certificate, version, username="root", password="x") == INVALID_ID[version]
    assert door.answer(door.certificate_of("sensor")) == 0


@pytest.mark.parametrize("identity", IDENTITIES)
def test_c13_a_name_is_no_matter_where_no_rule_uses_it(gate, identity):
    """C01: only a rule with the placeholder keeps it out."""
    door = gate(identity=identity, acl={"rules": [{"allow": ["publish"], "topic": "open"}]})
    assert door.answer(door.certificate_of("a#")) == 0


@pytest.fixture
def passwords(tmp_path):
    file = tmp_path / "passwords"
    file.write_text(line_of("alice", "secret"))
    return {"password_file": str(file), "backoff": False}


# What CONNECT says, and the answers where it alone counts
PROOFS = [({"username": "alice", "password": "secret"}, {V311: 0, V5: 0}),
          ({"username": "alice"}, BAD_CREDENTIALS), ({"username": "alice", "password": ""}, BAD_CREDENTIALS),
          ({"username": "alice", "password": "wrong"}, BAD_CREDENTIALS),
          ({"username": "", "password": "secret"}, BAD_CREDENTIALS),
          ({"password": "secret"}, BAD_CREDENTIALS), ({}, UNAUTHORIZED)]


def assert_proofs(door, certificate, version):
    for how, code in PROOFS:
        if version != V5 and "username" not in how and "password" in how:
            continue  # [MQTT-3.1.2-22 of 3.1.1] malformed
        assert door.answer(certificate, version, **how) == code[version], how


@pytest.mark.parametrize("asked", ["none", "optional", "required"])
def test_c13_a_certificate_is_no_password(gate, authority, passwords, version, asked):
    """C13: where it names nobody, a name still needs its password, whatever TLS has checked."""
    door = gate(asked=asked, auth=passwords)
    for shown in [True] if asked == "required" else [False, True]:
        assert_proofs(door, authority.issue("alice") if shown else None, version)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_c13_who_shows_none_needs_a_password_though_certificates_name_others(gate, passwords, version,
                                                                            identity):
    """C13: client_certificate = "optional"."""
    door = gate(asked="optional", identity=identity, auth=passwords)
    assert_proofs(door, None, version)
    alice = door.certificate_of("alice")
    for how in ({}, {"username": "alice"}, {"username": "alice", "password": "wrong"}):
        assert door.answer(alice, version, **how) == 0


@pytest.mark.parametrize("identity", IDENTITIES)
def test_c13_who_shows_none_is_nobody_where_there_are_no_passwords(gate, version, identity):
    """C13: to say the name of a certificate is not to have it."""
    door = gate(asked="optional", identity=identity)
    for how in ({}, {"username": "sensor"}, {"username": "sensor", "password": "x"}):
        assert door.answer(None, version, **how) in (BAD_CREDENTIALS[version], UNAUTHORIZED[version])
    assert door.answer(door.certificate_of("sensor"), version) == 0


def tlv(kind, value):
    return bytes([kind]) + len(value).to_bytes(2, "big") + value


# A proxy's word that it has checked the certificate of root: SSL, with the common name.
CHECKED = tlv(0x20, b"\x07\0\0\0\0" + tlv(0x22, b"root"))
V2_CHECKED = SIGNATURE + b"\x21\x11" + (len(ADDRESSES) + len(CHECKED)).to_bytes(2, "big") + ADDRESSES + CHECKED


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("header", [V1, V2_CHECKED], ids=["v1", "v2"])
def test_c13_behind_a_proxy_the_clients_own_certificate_counts(gate, identity, header):
    """C13, A16: its address is the header's word, its name is not."""
    door = gate(identity=identity, acl=BY_NAME,
                listener={"proxy_protocol": True, "proxy_trusted": ["127.0.0.1"]})
    client = door.open(door.certificate_of("sensor"), header=header)
    client.connect()
    assert client.publish(f"home/{door.user_of('sensor')}", qos=1) < 0x80
    assert client.publish("home/root", qos=1) == 0x87
    until(lambda: "203.0.113.9:49153" in door.broker.log(), 5, "the log names the address")


def test_c13_what_a_proxy_says_of_a_certificate_names_nobody(gate, authority):
    """C13, A16: without a certificate on the connection itself."""
    door = gate(asked="optional", identity="cn",
                listener={"proxy_protocol": True, "proxy_trusted": ["127.0.0.1"]})
    client = door.open(header=V2_CHECKED)
    client.send_connect()
    client.expect(CONNACK, code=0x87)
