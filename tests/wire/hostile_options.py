"""Hostile options (group A11 of the reliability plan): every numeric key of the configuration file at
its edges, as `lmqttd describe config` prints them."""

import re
import subprocess
from typing import NamedTuple

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, is_sanitized, until
from mqtt_wire.client import Closed
from mqtt_wire.tables import CONNACK, PUBLISH, V5, V311

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

_SECTION = re.compile(r"## (?:`\[+(\w+)\]+`|Before the first section)")
_RANGE = re.compile(r'(An integer|A number of seconds|A duration|A number of bytes).* from "?(\w+)"? '
                    r'to "?(\w+)"?')
_WORD = re.compile(r'"(unlimited|auto|off)"')
_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
          "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Key(NamedTuple):
    """A key with a smallest and a largest value, both as a file would say them."""
    section: str
    name: str
    least: object
    most: object
    below: object  # what is out of its range, and only just
    above: object
    words: tuple  # what may stand in place of a number


def _read(kind, text, whole_seconds):
    """The number, and how a file says another one."""
    digits, unit = re.fullmatch(r"(\d+)(\w*)", text).groups()
    number = int(digits) * _UNITS.get(unit, 1)
    if kind != "A duration":
        return number, lambda other: other
    if whole_seconds:
        return number // 1000, lambda other: f"{other}s"
    return number, lambda other: f"{other}ms"


def numeric_keys():
    """What the page says: it is printed from the table that also reads the file."""
    page = subprocess.run([str(PROGRAM), "describe", "config"], text=True, stdout=subprocess.PIPE,
                          timeout=60, check=True).stdout
    section, keys = None, []
    for line in page.splitlines():
        if title := _SECTION.match(line):
            section = title[1] or ""
        row = re.match(r"\| `([\w.]+)` \| .*? \| (.*?) \| (?:SIGHUP|restart) \|", line)
        bounds = row and _RANGE.match(row[2])
        if bounds:
            kind, whole = bounds[1], "in whole seconds" in row[2]
            (least, say), (most, _) = (_read(kind, text, whole) for text in bounds.groups()[1:])
            keys.append(Key(section, row[1], say(least), say(most), say(least - 1), say(most + 1),
                            tuple(_WORD.findall(row[2][bounds.end():]))))
    return keys


KEYS = [] if CONTROL else numeric_keys()

# What has to be said beside a value, so that the two do not contradict each other.
_BESIDE = {
    ("mqtt", "max_queued_messages"): {"mqtt": {"max_inflight": 1}},
    ("mqtt", "max_inflight"): {"mqtt": {"max_queued_messages": "unlimited"}},
    ("limits", "connect_burst_per_address"): {"limits": {"connect_rate_per_address": 20}},
}
# Edges at which a CONNECT may be refused for a while, because of one before it or of a slow machine.
_SCARCE = {("limits", "connect_burst_per_address"), ("limits", "max_connections"),
           ("limits", "max_connections_per_address"), ("limits", "max_pending_handshakes"),
           ("limits", "max_pending_handshakes_per_address"), ("limits", "handshake_timeout"),
           ("limits", "max_sessions"), ("limits", "max_sessions_per_user"),
           ("listeners", "max_connections")}
# The one edge at which it may be refused for good: the program alone takes more.
_TOO_SMALL = {("limits", "memory")}


def config_with(key, value):
    """The sections of a broker that has this value, and otherwise what tests have."""
    sections = {name: dict(values) for name, values in _BESIDE.get(key[:2], {}).items()}
    if key.name in ("commit_interval", "cache_bytes"):
        sections["persistence"] = {"type": "sqlite", "path": "state.db"}
    if key.section == "":
        return {**sections, key.name: value}
    where = "listener" if key.section == "listeners" else key.section
    options = sections.setdefault(where, {})
    for part in key.name.split(".")[:-1]:
        options = options.setdefault(part, {})
    options[key.name.split(".")[-1]] = value
    return sections


def check(broker):
    broker.write_config()
    return subprocess.run([str(PROGRAM), "check", "-c", str(broker.config_file)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)


def test_the_page_has_ranges():
    """If this fails, the page is read wrongly and the others below prove nothing."""
    found = {(key.section, key.name): key for key in KEYS}
    assert len(found) == len(KEYS) >= 45
    assert {section for section, _ in found} == {"", "listeners", "mqtt", "limits", "persistence", "auth",
                                                 "log", "sys"}
    assert found["mqtt", "max_packet_size"][2:] == (16, 268435460, 15, 268435461, ("unlimited",))
    assert found["sys", "interval"][2:] == ("1000ms", "86400000ms", "999ms", "86400001ms", ("off",))
    assert found["mqtt", "message_expiry"][4:6] == ("0s", "4294967295s")
    assert found["", "workers"][2:] == (1, 64, 0, 65, ("auto",))


@pytest.mark.parametrize("side", ["below", "above"])
def test_a11_what_is_out_of_its_range_is_refused(own_broker, side):
    """A11 every key, one after the other, by its name; 0 is one of them wherever 1 is the least."""
    broker = own_broker()
    for key in KEYS:
        broker.sections = config_with(key, getattr(key, side))
        answer = check(broker)
        assert answer.returncode == 78, f"{key}: {answer.stdout}"
        assert key.name.split(".")[-1] in answer.stdout, f"{key}: {answer.stdout}"


_CASES = [pytest.param(key, value, id=f"{key.section}.{key.name}={value}") for key in KEYS
          for value in dict.fromkeys((key.least, key.most, *key.words))]


@pytest.mark.parametrize("key, value", _CASES)
def test_a11_an_edge_is_served_by(own_broker, key, value):
    """A11 the least, the most and what stands for no limit: the broker runs with it, and everybody
    who keeps to it gets what it is for."""
    broker = own_broker(**config_with(key, value))
    answer = check(broker)
    assert answer.returncode == 0, answer.stdout
    broker.start()
    highest = value if key.name == "maximum_qos" else 2
    for version in (V311, V5):
        client = let_in(broker, version, key, value)
        if client is not None:
            use(client, highest)
            client.disconnect()
            broker.clients.remove(client)
    broker.assert_alive()


def let_in(broker, version, key, value):
    """A connected client; nothing if the CONNECT was refused where that is a right answer."""
    least = value == key.least
    clients = []

    def answered():
        clients.append(broker.open(version, "s"))
        try:
            clients[-1].send_connect(username="u", password=b"p") if is_about_users(key) else \
                clients[-1].send_connect()
            return clients[-1].expect(CONNACK).code
        except (Closed, OSError):
            return None

    if least and key[:2] in _SCARCE:
        until(lambda: answered() == 0, 20, "nobody is let in")
    elif least and key[:2] in _TOO_SMALL and is_sanitized():
        if answered() != 0:
            return None
    else:
        assert answered() == 0
    return clients[-1]


def is_about_users(key):
    return key.name in ("max_username_bytes", "max_password_bytes", "max_sessions_per_user")


def use(client, highest):
    """Three pings; a subscription, a retained message and a message at every QoS there is. The names
    are short, so that each packet fits wherever it has to."""
    client.subscribe("t", qos=highest)
    for qos in range(highest + 1):
        client.publish("t", b"x", qos=qos, retain=qos == 0)
        client.expect_publish("t", b"x", qos=qos)
        client.ping()
    client.unsubscribe("t")
    client.subscribe("t", qos=highest)
    client.expect_publish("t", b"x", retain=True)
    client.publish("t", b"", retain=True)
    client.wait_for(PUBLISH)
    for _ in range(3):
        client.ping()
