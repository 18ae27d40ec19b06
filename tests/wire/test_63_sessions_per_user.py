"""limits.max_sessions_per_user: nobody fills the broker with sessions (row B10 of the list of attacks).

HOSTILE_SCALE multiplies the number of those who hoard.
"""

import sqlite3

import pytest

from hostile_exhaustion import MIB, assert_memory, scaled
from mqtt_wire.broker import CONTROL, until
from mqtt_wire.client import unique
from mqtt_wire.passwords import line_of
from mqtt_wire.tables import CONNACK, V5, V31, V311

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")

MOST = 10
FOREVER = [("session_expiry_interval", 0xFFFFFFFF)]
REFUSED = {V31: 3, V311: 3, V5: 0x97}  # quota exceeded; server unavailable


@pytest.fixture
def crowded(own_broker, tmp_path):
    """A broker with a database, and alice and bob with ten sessions each at most."""
    file = tmp_path / "passwords"
    file.write_text(line_of("alice", "secret") + line_of("bob", "secret"))
    return own_broker(persistence={"type": "sqlite", "path": "state.db"},
                      auth={"password_file": str(file), "backoff": False},
                      limits={"max_sessions_per_user": MOST},
                      mqtt={"session_expiry": "unlimited"},
                      listener={"allow_anonymous": True})


def come(broker, user, client_id=None, version=V5, clean=False):
    """Connects for a session that is never to end, and drops: (CONNACK, client identifier)."""
    client_id = unique("hoard") if client_id is None else client_id
    client = broker.open(version, client_id)
    who = {"username": user, "password": "secret"} if user else {}
    client.send_connect(clean=clean, properties=FOREVER if version == V5 else (), **who)
    answer = client.expect(CONNACK)
    if answer.code == 0:
        client.drop()
    else:
        client.expect_closed()
    return answer, client_id


def fill(broker, user):
    """The identifiers of as many sessions as the user may have."""
    made = [come(broker, user) for _ in range(MOST)]
    assert [answer.code for answer, _ in made] == [0] * MOST
    return [client_id for _, client_id in made]


def stored(broker):
    with sqlite3.connect(f"file:{broker.folder}/state.db?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM sessions").fetchone()[0]


def test_b10_a_user_who_hoards_sessions_stops_at_the_limit(crowded, any_version):
    """B10: max, max + 1, 10 x max; nothing of what is refused is kept."""
    broker = crowded.start()
    fill(broker, "alice")
    for _ in range(9 * MOST):
        assert come(broker, "alice", version=any_version)[0].code == REFUSED[any_version]
    until(lambda: stored(broker) == MOST, 10, "the database holds what may be")


def bytes_on_disk(broker):
    return sum(each.stat().st_size for each in broker.folder.glob("state.db*"))


@pytest.mark.parametrize("most", [MOST, 100])
def test_b10_what_a_hoarder_tries_grows_neither_memory_nor_the_database(crowded, any_version, most):
    """B10: ten times the limit and more, each with an identifier of its own; HOSTILE_SCALE=1000 makes
    it a million."""
    crowded.sections["limits"]["max_sessions_per_user"] = most
    broker = crowded.start()
    assert all(come(broker, "alice")[0].code == 0 for _ in range(most))
    assert come(broker, "alice", version=any_version)[0].code == REFUSED[any_version]
    until(lambda: stored(broker) == most, 10, "the database holds what may be")
    memory, disk = broker.rss(), bytes_on_disk(broker)
    for _ in range(max(10 * most, scaled(1000))):
        assert come(broker, "alice", version=any_version)[0].code == REFUSED[any_version]
        broker.forget_clients()
    assert stored(broker) == most
    # What is left of those who came in may be written meanwhile.
    assert bytes_on_disk(broker) <= disk + MIB / 4
    assert_memory(broker, memory, 2 * MIB, "after who hoards")


def test_b10_a_refusal_touches_nobody_else_and_nothing_that_is_there(crowded):
    """B10: other users and anonymous clients come in, and her own sessions are resumed, discarded
    and taken over as before."""
    broker = crowded.start()
    hers = fill(broker, "alice")
    live = broker.connect(V5, hers[0], clean=False, username="alice", password="secret",
                          properties=FOREVER)
    assert come(broker, "alice")[0].code == 0x97
    live.ping()
    fill(broker, "bob")
    for _ in range(3 * MOST):
        assert come(broker, None)[0].code == 0
    for client_id in hers:
        answer, _ = come(broker, "alice", client_id)
        assert (answer.code, answer.session_present) == (0, 1)
    answer, _ = come(broker, "alice", hers[1], clean=True)
    assert (answer.code, answer.session_present) == (0, 0)
    assert come(broker, "alice")[0].code == 0x97


def test_b10_who_gives_up_a_session_may_have_another(crowded, version):
    """B10: the limit counts what there is."""
    broker = crowded.start()
    hers = fill(broker, "alice")
    client = broker.open(V5, hers[0])
    client.connect(clean=True, username="alice", password="secret")
    client.disconnect()
    assert come(broker, "alice", version=version)[0].code == 0
    assert come(broker, "alice", version=version)[0].code == REFUSED[version]


def test_b10_sessions_are_counted_after_a_restart(crowded):
    """B10: from the database, also after a crash."""
    broker = crowded.start()
    hers = fill(broker, "alice")
    broker.crash()
    broker.start()
    assert come(broker, "alice")[0].code == 0x97
    answer, _ = come(broker, "alice", hers[0])
    assert (answer.code, answer.session_present) == (0, 1)
    assert come(broker, "bob")[0].code == 0


def test_b10_the_limit_may_be_lifted_and_lowered_while_the_broker_runs(crowded):
    """B10: SIGHUP; who has more than the new limit keeps them and gets no further one."""
    broker = crowded.start()
    hers = fill(broker, "alice")

    def set_limit(value, shown):
        broker.write_config(limits={"max_sessions_per_user": value}, mqtt={
            "session_expiry": "unlimited", "max_keepalive": shown})
        broker.signal(1)
        probe = lambda: broker.connect(V5, keep_alive=0).connack.properties["server_keep_alive"]
        until(lambda: [probe() for _ in range(8)] == [shown] * 8, 10, "the reload is in force")

    set_limit("unlimited", 66)
    assert all(come(broker, "alice")[0].code == 0 for _ in range(MOST))
    set_limit(5, 67)
    assert come(broker, "alice")[0].code == 0x97
    assert come(broker, "alice", hers[0])[0].session_present
