"""Fixtures of the interop tests: the clients people have, against a started lmqttd.

The broker is started and ended as in the wire tests; LMQTTD names the program (default build/release/lmqttd),
and WIRE_CONTROL=mosquitto checks the tests against Debian's mosquitto.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "wire")]

import pytest  # noqa: E402

pytest.register_assert_rewrite("mosquitto_programs", "paho_client")

from mosquitto_programs import Programs  # noqa: E402
from mqtt_wire.broker import CONTROL, PROGRAM, Broker  # noqa: E402
from mqtt_wire.client import unique  # noqa: E402
from paho_client import PahoClient  # noqa: E402


def pytest_configure():
    if not CONTROL and not PROGRAM.exists():
        pytest.exit(f"no broker to test: {PROGRAM} does not exist (set LMQTTD)", 2)


@pytest.fixture
def topic():
    """A topic of this test alone."""
    return unique("interop/")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """One for each file of tests, that takes a thousand clients from one address at once; it has to end well."""
    limits = {"max_pending_handshakes_per_address": "unlimited"}
    started = Broker(tmp_path_factory.mktemp("broker"), limits=limits).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def roomy_broker(tmp_path_factory):
    """A broker that takes 10 MiB in a packet, and holds it for a session."""
    options = {"max_packet_size": "12MiB", "max_queued_bytes": "64MiB"}
    started = Broker(tmp_path_factory.mktemp("roomy"), mqtt=options).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def wide_broker(tmp_path_factory):
    """A broker that takes 10 MiB in a packet, and has the defaults otherwise."""
    started = Broker(tmp_path_factory.mktemp("wide"), mqtt={"max_packet_size": "12MiB"}).start()
    yield started
    started.stop()


@pytest.fixture
def programs(broker):
    """mosquitto_pub, mosquitto_sub and mosquitto_rr, pointed at the broker."""
    with Programs(broker.port) as made:
        yield made


@pytest.fixture
def roomy_programs(roomy_broker):
    with Programs(roomy_broker.port) as made:
        yield made


@pytest.fixture
def paho():
    """paho(port, version, client_id): a client whose network thread ends with the test."""
    clients = []

    def make(*arguments, **options):
        clients.append(PahoClient(*arguments, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
