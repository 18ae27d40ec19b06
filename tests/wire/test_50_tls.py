"""MQTT over TLS: what is spoken, who gets in by certificate, and how certificates are renewed.

Rows A16 to A18, B05, B08, B13, B16, C13 and C14 of the list of attacks, where they concern TLS.
"""

import signal
import ssl
import subprocess

import pytest

from mqtt_wire.broker import PROGRAM, until
from mqtt_wire.certificates import Authority
from mqtt_wire.client import Client, unique
from mqtt_wire.stream import TcpStream
from mqtt_wire.tables import PUBLISH, V5
from mqtt_wire.transports import Refused, TlsStream, WebSocketStream, client_context


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server_files(authority):
    return authority.issue("server", alternative="DNS:localhost,IP:127.0.0.1")


class Secure:
    """A broker with one TLS listener, over WebSocket ("wss") or not ("tls")."""

    def __init__(self, make, files, kind, **tls):
        certificate, key = files
        self.websocket = kind == "wss"
        options = {"tls": {"cert_file": str(certificate), "key_file": str(key), **tls}}
        if self.websocket:
            options["websocket"] = {"path": "/mqtt"}
        self.broker = make(transport="tcp", listener=options, sys={"interval": "1s"}).start()

    def stream(self, context=None):
        stream = self.handshake(context)
        return WebSocketStream(stream, "/mqtt") if self.websocket else stream

    def handshake(self, context=None, **how):
        """As far as TLS alone."""
        return TlsStream(TcpStream(self.broker.address), context, **how)

    def connect(self, context=None, version=V5, **how):
        client = Client(self.stream(context), version, unique("tls"))
        self.broker.clients.append(client)
        client.connect(**how)
        return client

    def tls_of(self, client):
        return (client.stream.lower if self.websocket else client.stream).tls

    def is_let_in(self, context):
        try:
            self.connect(context).ping()
            return True
        except (Refused, AssertionError):
            return False


@pytest.fixture(params=["tls", "wss"])
def secure(request, own_broker, server_files):
    """secure(client_certificate=...): each test on both transports; `files` of its own, if it says so."""
    def make(files=server_files, **tls):
        return Secure(own_broker, files, request.param, **tls)
    return make


def test_the_server_proves_who_it_is(secure, authority):
    context = client_context(authority.certificate)
    context.check_hostname = False
    client = secure().connect(context)
    client.subscribe("t", qos=1)
    client.publish("t", b"x" * 100_000, qos=1)
    assert client.expect_publish("t").payload == b"x" * 100_000


WEAKEST = "ALL:@SECLEVEL=0"  # with less OpenSSL itself speaks no 1.1, whatever it is told of versions


def agreed_in_memory(context, server_files, ciphers):
    """The version that a server speaks with this client where it may speak any."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*map(str, server_files))
    server.minimum_version = ssl.TLSVersion.TLSv1
    server.set_ciphers(ciphers)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [context.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, True)]
    for side in sides * 4:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
    return sides[0].version()


@pytest.mark.parametrize("lowest, version, spoken", [
    ("1.2", ssl.TLSVersion.TLSv1, False), ("1.2", ssl.TLSVersion.TLSv1_1, False),
    ("1.2", ssl.TLSVersion.TLSv1_2, True), ("1.2", ssl.TLSVersion.TLSv1_3, True),
    ("1.3", ssl.TLSVersion.TLSv1_2, False), ("1.3", ssl.TLSVersion.TLSv1_3, True)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_c14_old_versions_are_not_spoken(secure, server_files, lowest, version, spoken):
    """C14: by tls.min_version alone: the suites on both sides are such as would do for 1.1."""
    context = client_context(version=version)
    context.set_ciphers(WEAKEST)
    assert agreed_in_memory(context, server_files, WEAKEST) == version.name.replace("_", ".")
    kept = secure(min_version=lowest, ciphers=WEAKEST)
    assert kept.is_let_in(context) == spoken
    if not spoken:
        until(lambda: "unsupported protocol" in kept.broker.log(), 5, "the log says why")


def test_c14_only_the_suites_of_the_key_are_spoken(secure):
    """C14: tls.ciphers, for TLS 1.2."""
    def offering(*suites):
        context = client_context(version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(":".join(suites))
        return context

    one, other = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert secure().handshake(offering(other)).tls.cipher()[0] == other
    kept = secure(ciphers=one)
    assert not kept.is_let_in(offering(other))
    until(lambda: "no shared cipher" in kept.broker.log(), 5, "the log says why")
    client = kept.connect(offering(other, one))
    assert kept.tls_of(client).cipher()[0] == one
    client.ping()


def test_b13_no_compression_is_agreed_on(secure):
    """B13, CRIME: to a ClientHello that asks for DEFLATE, and would do without, the answer is without."""
    context, hello = client_context(version=ssl.TLSVersion.TLSv1_2), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
    said = bytearray(hello.read())
    at = 9 + 2 + 32  # record, handshake, version and random
    at += 1 + said[at]
    at += 2 + int.from_bytes(said[at:at + 2], "big")
    assert said[at:at + 2] == b"\x01\x00", "no compression, alone"
    said[at:at + 2] = b"\x02\x01\x00"
    for length in (slice(3, 5), slice(6, 9)):
        size = int.from_bytes(said[length], "big") + 1
        said[length] = size.to_bytes(length.stop - length.start, "big")
    stream, heard = TcpStream(secure().broker.address), b""
    stream.send(bytes(said))
    while len(heard) < 100:
        data = stream.receive(20)
        assert data, f"closed after {heard!r}"
        heard += data
    assert heard[0] == 22 and heard[5] == 2, f"no ServerHello: {heard[:10]!r}"
    session = heard[9 + 2 + 32]
    assert heard[9 + 2 + 32 + 1 + session + 2] == 0
    stream.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_c14_no_session_is_taken_up_again(secure, version):
    """C14 a handshake is always a whole one, so a certificate that was revoked is always seen."""
    door, context = secure(), client_context(version=version)
    first = door.connect(context)
    first.ping()  # by now a ticket of TLS 1.3 would have come
    session = door.tls_of(first).session
    assert session is None or not session.has_ticket
    again = door.handshake(context, session=session)
    assert not again.tls.session_reused
    first.disconnect()
    again.close()


def test_a_client_without_tls_is_refused_and_logged(secure):
    broker = secure().broker
    plain = Client(TcpStream(broker.address), V5, "plain")
    plain.send_connect()
    plain.expect_closed()
    until(lambda: "connection refused" in broker.log(), 5, "the log says so")
    assert "wrong version number" in broker.log() or "http request" in broker.log()


@pytest.mark.parametrize("asked", ["required", "optional"])
def test_c14_only_certificates_that_stand_the_check_get_in(secure, authority, tmp_path, asked):
    other = Authority(tmp_path / "other", "another authority")
    good = authority.issue("good")
    revoked = authority.issue("revoked")
    authority.revoke(revoked[0])
    expired = authority.issue("expired", dates=("20200101000000Z", "20210101000000Z"))
    strange = other.issue("good")
    future = authority.issue("future", dates=("20900101000000Z", "20910101000000Z"))
    self_signed = other.certificate, other.key
    broker = secure(client_certificate=asked, client_ca_file=str(authority.certificate),
                    crl_file=str(authority.revocations()))
    let_in = {name: broker.is_let_in(client_context(None, *files)) for name, files in
              {"good": good, "revoked": revoked, "expired": expired, "strange": strange,
               "future": future, "self-signed": self_signed}.items()}
    assert [name for name, is_in in let_in.items() if is_in] == ["good"]
    assert broker.is_let_in(client_context()) == (asked == "optional")
    # A second try is no more welcome than the first.
    assert not broker.is_let_in(client_context(None, *strange))


@pytest.mark.parametrize("asked", ["required", "optional"])
def test_c14_a_revocation_list_that_has_ended_lets_nobody_in_by_certificate(secure, tmp_path, asked):
    """C14: who has been revoked since is not known; a new list mends it without a restart."""
    authority = Authority(tmp_path / "authority")
    good = client_context(None, *authority.issue("good"))
    ended = authority.revocations(dates=("20200101000000Z", "20200201000000Z"))
    kept = secure(client_certificate=asked, client_ca_file=str(authority.certificate),
                  crl_file=str(ended))
    assert not kept.is_let_in(good)
    assert kept.is_let_in(client_context()) == (asked == "optional")
    until(lambda: "connection refused" in kept.broker.log(), 5, "the log says so")
    renew_by_sighup(kept.broker, authority.revocations)
    assert kept.is_let_in(good)


def certificates_read(broker):
    return broker.log().count("certificates read again")


def test_a_renewed_certificate_is_used_and_old_connections_live_on(secure, authority):
    before = authority.issue("renewed")
    kept = secure(before)
    client = kept.connect()
    serial = kept.handshake(client_context(authority.certificate)).tls.getpeercert()["serialNumber"]
    authority.issue("renewed")  # the same files
    until(lambda: certificates_read(kept.broker) > 0, 20, "it notices by itself")
    later = kept.handshake(client_context(authority.certificate))
    assert later.tls.getpeercert()["serialNumber"] != serial
    client.ping()


def wait_for_state(client, broker, state):
    topic = f"$SYS/broker/listeners/127.0.0.1:{broker.port}/certificate/state"
    until(lambda: client.expect(PUBLISH, 20, topic=topic).payload == state, 20, "$SYS says so")


def test_files_that_cannot_be_used_are_reported_and_the_old_ones_stay(secure, authority):
    """D12: an alarm for whoever watches, until they can be used."""
    files = authority.issue("spoiled")
    kept = secure(files)
    watcher = kept.connect()
    watcher.subscribe("$SYS/broker/listeners/+/certificate/state")
    wait_for_state(watcher, kept.broker, b"loaded")
    files[0].write_text("garbage")
    wait_for_state(watcher, kept.broker, b"refused")
    assert kept.broker.log().count("the old ones stay") == 1
    kept.connect().ping()
    authority.issue("spoiled")
    wait_for_state(watcher, kept.broker, b"loaded")
    until(lambda: certificates_read(kept.broker) > 0, 5, "the log says it, too")
    kept.connect().ping()


def test_the_alarm_ends_when_the_files_in_use_come_back(secure, authority):
    """D12: as it does with a reload that works."""
    files = authority.issue("returned")
    kept = secure(files)
    watcher = kept.connect()
    watcher.subscribe("$SYS/broker/listeners/+/certificate/state")
    aside = files[0].with_suffix(".aside")
    for back in ("watch", "sighup"):
        files[0].rename(aside)
        files[0].write_text("garbage")
        wait_for_state(watcher, kept.broker, b"refused")
        aside.rename(files[0])
        if back == "sighup":
            kept.broker.signal(signal.SIGHUP)
        wait_for_state(watcher, kept.broker, b"loaded")


def test_b08_a_change_that_no_descriptor_was_left_for_is_not_lost(secure, authority):
    """B08: it is read as soon as there is one, and what fails meanwhile is told once."""
    kept = secure(authority.issue("late"))
    broker = kept.broker
    kept.connect().ping()
    subprocess.run(["prlimit", f"--pid={broker.process.pid}", "--nofile=3:"], check=True)
    authority.issue("late")
    until(lambda: "the old ones stay" in broker.log(), 20, "it cannot read")
    subprocess.run(["prlimit", f"--pid={broker.process.pid}", "--nofile=1000:"], check=True)
    until(lambda: certificates_read(broker) > 0, 20, "it reads them after all")
    stream = kept.handshake(client_context(authority.certificate))
    with open(authority.folder / "late.crt", encoding="ascii") as file:
        assert stream.tls.getpeercert(True) == ssl.PEM_cert_to_DER_cert(file.read())


def renew_by_watch(broker, change):
    before = certificates_read(broker)
    change()
    until(lambda: certificates_read(broker) > before, 20, "it notices by itself")


def renew_by_sighup(broker, change):
    before = broker.log().count("configuration reloaded")
    change()
    broker.signal(signal.SIGHUP)
    until(lambda: broker.log().count("configuration reloaded") > before, 10, "it reloads")


@pytest.mark.parametrize("renew", [renew_by_watch, renew_by_sighup])
def test_c14_who_is_revoked_later_is_refused_from_then_on(secure, tmp_path, renew):
    """C14: a new list takes effect without a restart, and only for whom it names."""
    authority = Authority(tmp_path / "authority")
    good, bad = authority.issue("good"), authority.issue("bad")
    kept = secure(client_certificate="required", client_ca_file=str(authority.certificate),
                  crl_file=str(authority.revocations()))
    assert kept.is_let_in(client_context(None, *good)) and kept.is_let_in(client_context(None, *bad))

    def revoke():
        authority.revoke(bad[0])
        authority.revocations()  # the same file

    renew(kept.broker, revoke)
    assert not kept.is_let_in(client_context(None, *bad))
    assert kept.is_let_in(client_context(None, *good))


@pytest.mark.parametrize("renew", [renew_by_watch, renew_by_sighup])
def test_c14_other_authorities_in_the_file_let_others_in(secure, tmp_path, renew):
    """C14: who has a certificate of an authority that is no longer in the file is refused."""
    first = Authority(tmp_path / "first", "first")
    second = Authority(tmp_path / "second", "second")
    old, new = (client_context(None, *each.issue("client")) for each in (first, second))
    trusted = tmp_path / "trusted.crt"
    trusted.write_bytes(first.certificate.read_bytes())
    kept = secure(client_certificate="required", client_ca_file=str(trusted))
    assert kept.is_let_in(old) and not kept.is_let_in(new)
    renew(kept.broker, lambda: trusted.write_bytes(
        first.certificate.read_bytes() + second.certificate.read_bytes()))
    assert kept.is_let_in(old) and kept.is_let_in(new)
    renew(kept.broker, lambda: trusted.write_bytes(second.certificate.read_bytes()))
    assert not kept.is_let_in(old) and kept.is_let_in(new)


def test_c14_sighup_makes_no_tls_listener_plain(secure, authority):
    """C14: a listener whose tls has gone from the file encrypts until the restart."""
    certificate, key = authority.issue("slip")
    kept = secure((certificate, key))
    broker = kept.broker
    del broker.sections["listener"]["tls"]
    broker.write_config(mqtt={"maximum_qos": 1})
    broker.signal(signal.SIGHUP)
    until(lambda: "configuration reloaded" in broker.log(), 10, "it reloads")
    changed = f"listeners(127.0.0.1:{broker.port}).tls.cert_file"
    assert f'changed key needs a restart key="{changed}"' in broker.log()
    plain = Client(TcpStream(broker.address), V5, "plain")
    plain.send_connect()
    plain.expect_closed()
    assert kept.connect().connack.properties["maximum_qos"] == 1
    certificate.write_text("garbage")
    until(lambda: "certificates changed and cannot be used" in broker.log(), 20, "it watches them")


def test_sighup_takes_other_files_all_or_nothing(secure, authority):
    one, other = authority.issue("one"), authority.issue("other")
    kept = secure(one)
    broker = kept.broker

    def reload(files):
        listener = broker.sections["listener"]
        listener["tls"] = {"cert_file": str(files[0]), "key_file": str(files[1])}
        broker.write_config(mqtt={"maximum_qos": 1})
        broker.signal(signal.SIGHUP)

    reload((one[0], other[1]))
    until(lambda: "configuration not reloaded" in broker.log(), 5, "it refuses")
    assert "maximum_qos" not in kept.connect().connack.properties
    reload(other)
    until(lambda: "configuration reloaded" in broker.log(), 5, "it takes them")
    stream = kept.handshake(client_context(authority.certificate))
    assert (("commonName", "other"),) in stream.tls.getpeercert()["subject"]
    assert kept.connect().connack.properties["maximum_qos"] == 1


def test_b08_a_reload_without_descriptors_keeps_what_there_was(secure, authority):
    kept = secure(authority.issue("tight"))
    broker = kept.broker
    subprocess.run(["prlimit", f"--pid={broker.process.pid}", "--nofile=3:"],
                   check=True)
    broker.signal(signal.SIGHUP)
    until(lambda: "configuration not reloaded" in broker.log() or
          "configuration problem" in broker.log(), 5, "it cannot read")
    subprocess.run(["prlimit", f"--pid={broker.process.pid}", "--nofile=1000:"], check=True)
    until(lambda: kept.is_let_in(None), 5, "clients get in again")


def test_a_certificate_that_ends_soon_is_warned_of(secure, authority):
    kept = secure(authority.issue("brief", days=5))
    until(lambda: "a certificate ends soon" in kept.broker.log(), 10, "the log says so")


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02", b"\x10\x0c\x00\x04MQ"])
def test_b05_a_handshake_that_does_not_come_ends_in_time(secure, said):
    broker = secure().broker
    broker.write_config(limits={"handshake_timeout": "500ms"})
    broker.signal(signal.SIGHUP)
    until(lambda: "configuration reloaded" in broker.log(), 5, "it takes the limit")
    slow = TcpStream(broker.address)
    slow.send(said)
    while slow.receive(5):
        pass  # an alert, perhaps; then it is closed


def test_c14_an_authority_file_without_certificates_is_refused(own_broker, server_files, tmp_path):
    empty = tmp_path / "empty.crt"
    empty.write_text("")
    certificate, key = server_files
    broker = own_broker(transport="tcp", listener={"tls": {
        "cert_file": str(certificate), "key_file": str(key), "client_certificate": "required",
        "client_ca_file": str(empty)}})
    broker.exit_expected = 78
    broker.write_config()
    checked = subprocess.run([str(PROGRAM), "check", "-c", str(broker.config_file)], text=True,
                             capture_output=True, check=False)
    assert checked.returncode == 78
    assert f"tls.client_ca_file {empty}" in checked.stderr
    broker.spawn()
    assert broker.wait() == 78
    assert f"tls.client_ca_file {empty}" in broker.log()
