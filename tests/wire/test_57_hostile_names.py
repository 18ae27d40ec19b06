"""Names as attackers choose them (C17, C18): what a client says about itself is data, in the log,
in the database, in topics and on the disk.
"""

import json
import sqlite3

import pytest

from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the log and the database of lmqttd")

PATHS = ["../../x", "/etc/x", "..", ".", "a/../../b", "~root", "C:\\x", "state.db", "%2e%2e%2fx"]
TEXTS = ["'; DROP TABLE sessions; --", '"x" OR 1=1', "a=b level=error", '{"a": "b"}',
         "<script>alert(1)</script>", "x\" y=\"z", "%s%n%x", "${jndi:ldap://x}", "$(touch owned)", "\u202egnp.exe", "caf\u00e9"]
CONTROLS = ["a\r\nb: c", "line\nfeed", "\x1b[2J\x1b[H", "a\tb", "del\x7f", "c1\u0085"]


def lasting(version):
    properties = [("session_expiry_interval", 600)] if version == V5 else ()
    return {"clean": False, "properties": properties}


@pytest.mark.parametrize("name", PATHS + TEXTS, ids=range(len(PATHS + TEXTS)))
def test_c17_c18_a_name_is_nothing_but_a_name(own_broker, tmp_path, version, name):
    """C17 C18: stored and found again by exactly that name; nothing else in the database, and no
    file, has it for a reason to be."""
    broker = own_broker(persistence={"type": "sqlite", "path": "state.db"}).start()
    other = broker.connect(version, "other", **lasting(version))
    other.subscribe("t", qos=1)
    other.disconnect()
    client = broker.connect(version, name, will=Will(name, b"will", qos=1, retain=True),
                            **lasting(version))
    client.subscribe(f"{name}/#", qos=1)
    client.publish(f"{name}/kept", name.encode(), qos=1, retain=True)
    client.expect_publish(f"{name}/kept")
    client.ping()  # so that the broker has read the acknowledgement
    client.drop()
    until(lambda: "client disconnected" in broker.log(), 5, "it has not gone")
    broker.stop()
    with sqlite3.connect(broker.folder / "state.db") as shell:
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    shell.close()
    broker.start()
    again = broker.connect(version, name, **lasting(version))
    assert again.connack.session_present
    again.expect_publish(name, b"will")
    assert broker.connect(version, "other", **lasting(version)).connack.session_present
    reader = broker.connect(version)
    reader.subscribe(f"{name}/kept")
    reader.expect_publish(f"{name}/kept", name.encode(), retain=True)
    ours = {"test.toml", "stderr.txt"}
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    strange = {file for file in files
               if not file.startswith("broker0/state.db") and file.split("/")[-1] not in ours}
    assert strange <= {"broker0/accounts.db"}


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_c17_every_event_is_one_line_of_the_log(own_broker, any_version, log_format):
    """C17: whatever it names; as JSON it is that name again."""
    broker = own_broker(log={"format": log_format, "level": "debug", "dump_packet": True},
                        auth={"backoff": False}).start()
    names = [name for name in PATHS + TEXTS + CONTROLS]
    for name in names:
        client = broker.open(any_version, name)
        client.send_connect(username=name)
        try:
            client.receive()
        except AssertionError:
            continue  # refused
        client.subscribe(f"x/{name}", code=None)
        client.publish(f"x/{name}", name.encode(), qos=1)
        client.drop()
    marker = unique("marker")
    broker.connect(any_version, marker[:23]).disconnect()
    until(lambda: broker.log().count(marker[:23]) >= 2, 5, "not written yet")
    lines = broker.log().splitlines()
    if log_format == "json":
        named = {json.loads(line).get("client") for line in lines}
        assert set(PATHS + TEXTS) <= named
    else:
        assert all(line[:3] == "202" and line[23:25] == "Z " for line in lines), lines
    assert all(each.isprintable() for line in lines for each in line if ord(each) < 160)
