"""password_file of a listener: its users come in there and nowhere else, and are nobody else's
namesakes (rows C02, C06, C11 and C16 of the list of attacks)."""

import signal
import subprocess

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, free_port, until
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.passwords import line_of
from mqtt_wire.tables import CONNACK, V5, V31, V311
from mqtt_wire.transports import listener_options

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

REFUSED = {V31: 4, V311: 4, V5: 0x86}       # bad user name or password
UNAUTHORIZED = {V31: 5, V311: 5, V5: 0x87}
TAKEN = {V31: 2, V311: 2, V5: 0x85}         # client identifier not valid


def lasting(version):
    expiry = {"properties": [("session_expiry_interval", 300)]} if version == V5 else {}
    return {"clean": False, **expiry}


class Doors:
    """A broker with the listeners "lan" and "wan", and what it takes to come in by either."""

    def __init__(self, broker, folder, files, options):
        self.broker = broker
        self.folder = folder
        self.ports = {"lan": broker.port, "wan": free_port()}
        broker.sections["listeners"] = [
            {"address": f"127.0.0.1:{port}", "name": name, **files(name), **options.get(name, {}),
             **listener_options()}
            for name, port in self.ports.items()]

    def open(self, door, version, client_id=None):
        return self.broker.open(version, unique("c") if client_id is None else client_id,
                                address=("127.0.0.1", self.ports[door]))

    def answer(self, door, version, client_id=None, **how):
        """The code of the CONNACK."""
        client = self.open(door, version, client_id)
        client.send_connect(**how)
        return client.expect(CONNACK).code

    def connect(self, door, version, client_id, user, password, **how):
        return self.broker.connect(version, client_id, address=("127.0.0.1", self.ports[door]),
                                   username=user, password=password, **how)

    def connect_when_known(self, door, user, password):
        until(lambda: self.answer(door, V5, username=user, password=password) == 0, 10,
              "the account is known")
        return self.connect(door, V5, unique("c"), user, password)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def sighup(self, message="configuration reloaded"):
        before = self.broker.log().count(message)
        self.broker.signal(signal.SIGHUP)
        until(lambda: self.broker.log().count(message) > before, 10, message)

    def command(self, *words, **how):
        return subprocess.run([str(PROGRAM), *words, "-c", str(self.broker.config_file)],
                              capture_output=True, text=True, **how)

    def add_user(self, name, password, *words):
        self.command("user", "add", name, *words, input=password + "\n", check=True)


@pytest.fixture
def doors(own_broker, tmp_path):
    """doors(lan={"ann": "one"}, wan=None): each listener with a file of these users, or without."""
    def make(auth=None, options=None, **users):
        def files(name):
            if users.get(name) is None:
                return {}
            return {"password_file": str(tmp_path / name)}

        for name, listed in users.items():
            if listed is not None:
                (tmp_path / name).write_text("".join(line_of(*each) for each in listed.items()))
        broker = own_broker(auth={"hash": "argon2id_edge", "backoff": False, **(auth or {})})
        made = Doors(broker, tmp_path, files, options or {})
        broker.write_config()
        return made
    return make


def test_c11_each_listener_has_its_own_users(doors, any_version):
    """One name has two passwords; each fits on its own listener alone."""
    at = doors(lan={"ann": "one", "bob": "b"}, wan={"ann": "two"})
    at.broker.start()
    for door, user, password, expected in [
            ("lan", "ann", "one", 0), ("wan", "ann", "two", 0),
            ("lan", "ann", "two", REFUSED[any_version]),
            ("wan", "ann", "one", REFUSED[any_version]),
            ("wan", "bob", "b", REFUSED[any_version]), ("lan", "bob", "b", 0)]:
        code = at.answer(door, any_version, username=user, password=password)
        assert code == expected, (door, user, password)


def test_c11_a_password_that_was_right_elsewhere_a_moment_ago_is_wrong_here(doors):
    """What is remembered of a password is remembered of one file's user."""
    at = doors(lan={"ann": "one"}, wan={"ann": "two"})
    at.broker.start()
    for _ in range(3):
        assert at.answer("lan", V5, username="ann", password="one") == 0
        assert at.answer("wan", V5, username="ann", password="one") == REFUSED[V5]
        assert at.answer("wan", V5, username="ann", password="two") == 0
        assert at.answer("lan", V5, username="ann", password="two") == REFUSED[V5]


def test_c11_a_listeners_file_takes_the_place_of_the_servers(doors, tmp_path, version):
    """Where it has none, the server's counts; users of accounts.db come in everywhere, and of two
    of one name theirs counts."""
    (tmp_path / "all").write_text(line_of("ann", "everywhere") + line_of("dan", "d"))
    at = doors(auth={"password_file": str(tmp_path / "all")},
               lan={"ann": "one", "carol": "file"})
    at.add_user("carol", "database")
    at.broker.start()
    for door, user, password, fits in [
            ("lan", "ann", "one", True), ("lan", "ann", "everywhere", False),
            ("lan", "dan", "d", False), ("wan", "ann", "everywhere", True),
            ("wan", "ann", "one", False), ("wan", "dan", "d", True),
            ("lan", "carol", "database", True), ("lan", "carol", "file", False),
            ("wan", "carol", "database", True)]:
        code = at.answer(door, version, username=user, password=password)
        assert (code == 0) == fits, (door, user, password)


@pytest.mark.parametrize("users", [{}, {"ann": "one"}])
def test_c11_nobody_is_anonymous_where_a_listener_has_a_file(doors, version, users):
    """Also if nobody is in it; the other listener is open as before."""
    at = doors(lan=users)
    at.broker.start()
    assert at.answer("lan", version) == UNAUTHORIZED[version]
    assert at.answer("lan", version, username="eve", password="x") == REFUSED[version]
    assert at.answer("wan", version) == 0


def test_c11_a_listener_says_itself_that_it_is_open_as_well(doors, version):
    at = doors(lan={"ann": "one"}, options={"lan": {"allow_anonymous": True}})
    at.broker.start()
    assert at.answer("lan", version) == 0
    assert at.answer("lan", version, username="ann", password="wrong") == REFUSED[version]


def test_c02_users_of_two_files_share_a_name_and_no_session(doors, version):
    """Neither resumes, discards nor kicks the other's; the owner is in the database."""
    at = doors(lan={"ann": "one"}, wan={"ann": "two"})
    at.broker.start()
    session = unique("s")
    mine = at.connect("lan", version, session, "ann", "one", **lasting(version))
    for clean in (False, True):
        assert at.answer("wan", version, session, username="ann", password="two",
                         clean=clean) == TAKEN[version]
    mine.ping()
    mine.disconnect()
    assert at.answer("wan", version, session, username="ann", password="two",
                     clean=True) == TAKEN[version]
    again = at.open("lan", version, session)
    again.send_connect(username="ann", password="one", **lasting(version))
    connack = again.expect(CONNACK)
    assert connack.code == 0
    assert version == V31 or connack.session_present


def test_c02_a_listeners_user_is_not_the_one_of_the_accounts(doors, version):
    at = doors(lan={"ann": "one"})
    at.broker.start()
    session = unique("s")
    at.connect("lan", version, session, "ann", "one", **lasting(version)).drop()
    at.add_user("ann", "database")
    for door in ("lan", "wan"):
        until(lambda: at.answer(door, version, username="ann", password="database") == 0, 10,
              "the account is known")
        assert at.answer(door, version, session, username="ann",
                         password="database") == TAKEN[version]


def test_c02_listeners_that_share_a_file_share_its_users(doors, tmp_path, version):
    """A device may come back by another way."""
    at = doors(lan={"ann": "one"}, options={"wan": {"password_file": str(tmp_path / "lan")}})
    at.broker.start()
    session = unique("s")
    at.connect("lan", version, session, "ann", "one", **lasting(version)).disconnect()
    again = at.open("wan", version, session)
    again.send_connect(username="ann", password="one", **lasting(version))
    connack = again.expect(CONNACK)
    assert connack.code == 0
    assert version == V31 or connack.session_present


def test_c02_a_session_is_its_users_after_a_restart_as_well(doors):
    at = doors(lan={"ann": "one"}, wan={"ann": "two"})
    at.broker.sections["persistence"] = {"type": "sqlite"}
    at.broker.start()
    at.connect("lan", V5, "device", "ann", "one", **lasting(V5)).disconnect()
    at.broker.stop()
    at.broker.start()
    assert at.answer("wan", V5, "device", username="ann", password="two") == TAKEN[V5]
    again = at.open("lan", V5, "device")
    again.send_connect(username="ann", password="one", **lasting(V5))
    assert again.expect(CONNACK).session_present


def test_c02_a_file_that_no_listener_has_any_more_leaves_its_sessions_to_the_name(doors):
    """Else no device would have its queue back on the day its users move to the accounts."""
    at = doors(lan={"ann": "one"})
    at.broker.start()
    at.connect("lan", V5, "device", "ann", "one", **lasting(V5)).disconnect()
    for name, password in (("ann", "database"), ("bob", "b")):
        at.add_user(name, password)
    del at.broker.sections["listeners"][0]["password_file"]
    at.broker.write_config()
    at.sighup()
    assert at.answer("lan", V5, "device", username="bob", password="b") == TAKEN[V5]
    again = at.open("lan", V5, "device")
    again.send_connect(username="ann", password="database", **lasting(V5))
    assert again.expect(CONNACK).session_present


def test_c11_a_changed_file_is_read_by_itself(doors):
    at = doors(lan={"ann": "one"})
    at.broker.start()
    at.write("lan", line_of("ann", "new"))
    until(lambda: at.answer("lan", V5, username="ann", password="new") == 0, 10, "it is read")
    assert at.answer("lan", V5, username="ann", password="one") == REFUSED[V5]


def test_c11_a_broken_file_changes_nothing(doors):
    """Whether it is found by itself or on SIGHUP, which then applies nothing else either."""
    at = doors(lan={"ann": "one"}, wan={"ann": "two"})
    at.broker.start()
    at.write("wan", line_of("ann", "new"))
    at.write("lan", line_of("ann", "new") + "bob:plain\n")
    at.sighup("configuration not reloaded")
    assert "lan:2: " in at.broker.log()
    assert at.answer("lan", V5, username="ann", password="one") == 0
    assert at.answer("wan", V5, username="ann", password="two") == 0
    until(lambda: "accounts changed and cannot be read" in at.broker.log(), 10, "it is told")
    assert at.answer("lan", V5, username="ann", password="one") == 0
    at.write("lan", line_of("ann", "new"))
    at.sighup()
    assert at.answer("lan", V5, username="ann", password="new") == 0
    assert at.answer("wan", V5, username="ann", password="new") == 0


def test_c06_whose_line_is_gone_is_disconnected(doors, any_version):
    """The others stay, namesakes on other listeners among them."""
    at = doors(lan={"ann": "one", "bob": "b"}, wan={"ann": "two"})
    at.broker.start()
    ann = at.connect("lan", any_version, unique("c"), "ann", "one")
    bob = at.connect("lan", any_version, unique("c"), "bob", "b")
    other = at.connect("wan", any_version, unique("c"), "ann", "two")
    at.write("lan", line_of("bob", "b"))
    ann.expect_disconnect(0x87, within=10)
    bob.ping()
    other.ping()


def test_c06_whose_file_is_not_its_listeners_any_more_is_disconnected(doors, tmp_path):
    """A reload gives one listener a file and takes the other's: nobody stays by what was before."""
    (tmp_path / "all").write_text(line_of("ann", "everywhere"))
    at = doors(auth={"password_file": str(tmp_path / "all")}, lan={"ann": "one"})
    at.broker.start()
    of_lan = at.connect("lan", V5, unique("c"), "ann", "one")
    of_all = at.connect("wan", V5, unique("c"), "ann", "everywhere")
    lan, wan = at.broker.sections["listeners"]
    wan["password_file"] = lan.pop("password_file")
    at.broker.write_config()
    at.sighup()
    of_lan.expect_disconnect(0x87, within=10)
    of_all.expect_disconnect(0x87, within=10)
    assert at.answer("lan", V5, username="ann", password="everywhere") == 0
    assert at.answer("wan", V5, username="ann", password="one") == 0
    assert at.answer("wan", V5, username="ann", password="everywhere") == REFUSED[V5]


def test_c06_sighup_finds_who_has_to_go_itself(doors):
    """Nobody stays because the files were read for SIGHUP before they were looked at."""
    at = doors(lan={"ann": "one", "bob": "b"})
    at.broker.start()
    ann = at.connect("lan", V5, unique("c"), "ann", "one")
    bob = at.connect("lan", V5, unique("c"), "bob", "b")
    at.write("lan", line_of("bob", "b"))
    at.sighup()
    ann.expect_disconnect(0x87, within=10)
    bob.ping()


def test_c06_an_account_made_of_that_name_is_another(doors):
    """Who came in by the listener's file does not become the account's user, nor get its roles."""
    at = doors(lan={"ann": "one"})
    at.broker.start()
    ann = at.connect("lan", V5, unique("c"), "ann", "one")
    at.add_user("ann", "database")
    ann.expect_disconnect(0x87, within=10)
    assert at.answer("lan", V5, username="ann", password="one") == REFUSED[V5]
    assert at.answer("lan", V5, username="ann", password="database") == 0


@pytest.mark.parametrize("restarts", [False, True])
def test_c03_a_will_has_not_the_roles_of_an_account_of_that_name(doors, restarts):
    """C03: neither when it fires late, nor after a restart: that account may not publish it."""
    at = doors(lan={"ann": "one", "eve": "e"})
    at.broker.sections["persistence"] = {"type": "sqlite"}
    at.broker.sections["acl"] = {"rules": [
        {"deny": ["publish"], "topic": "m/#", "roles": ["muted"]},
        {"allow": ["publish", "subscribe", "receive"], "topic": "m/#", "users": ["ann", "eve"]}]}
    at.broker.start()
    eve = at.connect("lan", V5, "eve", "eve", "e", **lasting(V5))
    eve.subscribe("m/#", qos=1)
    will = Will("m/1", b"gone", qos=1, properties=[("will_delay_interval", 5)])
    at.connect("lan", V5, "device", "ann", "one", will=will, **lasting(V5)).drop()
    at.add_user("ann", "database", "--role", "muted")
    muted = at.connect_when_known("lan", "ann", "database")
    assert muted.publish("m/1", b"x", qos=1) == 0x87
    if restarts:
        at.broker.stop()
        at.broker.start()
        eve = at.connect("lan", V5, "eve", "eve", "e", **lasting(V5))
    eve.expect_publish("m/1", b"gone", within=30)


def test_rules_know_names_and_listeners(doors):
    """%u and users are the name; the listener tells namesakes apart."""
    at = doors(lan={"ann": "one"}, wan={"ann": "two"})
    at.broker.sections["acl"] = {"rules": [
        {"allow": ["publish"], "topic": "own/%u"},
        {"allow": ["publish"], "topic": "both", "users": ["ann"]},
        {"allow": ["publish"], "topic": "lan", "users": ["ann"], "listeners": ["lan"]}]}
    at.broker.start()
    for door, password in (("lan", "one"), ("wan", "two")):
        ann = at.connect(door, V5, unique("c"), "ann", password)
        for name, allowed in (("own/ann", True), ("both", True), ("lan", door == "lan"),
                              ("own/bob", False)):
            assert (ann.publish(name, b"x", qos=1) < 0x80) == allowed, (door, name)


def test_c11_check_tells_the_line_and_the_start_stops(doors):
    at = doors(lan={"ann": "one"})
    assert at.command("check").returncode == 0
    at.write("lan", line_of("ann", "one") + "bob\n")
    done = at.command("check")
    assert done.returncode == 78
    assert "lan:2: is no user:hash" in done.stdout + done.stderr
    at.broker.exit_expected = 78
    at.broker.spawn()
    assert at.broker.wait() == 78
    assert "lan:2" in at.broker.log()


def test_c11_a_listener_with_a_file_may_be_reached_by_others(own_broker, tmp_path):
    """It says who may come in, as allow_anonymous would."""
    (tmp_path / "lan").write_text(line_of("ann", "one"))
    broker = own_broker()
    listener = {"address": f"0.0.0.0:{free_port()}"}
    broker.sections["listeners"] = [listener]

    def check():
        broker.write_config()
        return subprocess.run([str(PROGRAM), "check", "-c", str(broker.config_file)],
                              capture_output=True, text=True)

    assert "allow_anonymous" in check().stdout + check().stderr
    listener["password_file"] = str(tmp_path / "lan")
    assert check().returncode == 0


def test_config_diff_says_that_a_reload_is_enough(doors):
    at = doors(lan={"ann": "one"})
    at.broker.sections["persistence"] = {"type": "sqlite"}
    at.broker.start()
    at.broker.sections["listeners"][0]["password_file"] = str(at.folder / "other")
    at.write("other", line_of("ann", "two"))
    at.broker.write_config()
    done = at.command("config", "diff")
    assert "password_file" in done.stdout and "restart" not in done.stdout.lower(), done.stdout
    at.sighup()
    assert at.answer("lan", V5, username="ann", password="two") == 0
    assert at.answer("lan", V5, username="ann", password="one") == REFUSED[V5]


def test_acl_explain_knows_whose_roles_count(doors):
    at = doors(lan={"ann": "one"})
    at.add_user("dan", "d")
    at.broker.sections["acl"] = {"rules": [{"allow": ["publish"], "topic": "a"}]}
    at.broker.write_config()

    def notes(user, door):
        return at.command("acl", "explain", "--client", "c", "--action", "publish", "--topic", "a",
                          "--user", user, "--listener", door).stdout

    assert "no account" not in notes("ann", "lan")
    assert "no account" in notes("ann", "wan")
    assert "no account" not in notes("dan", "lan")
