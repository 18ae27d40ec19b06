"""Fixtures of the wire tests; see mqtt_wire/broker.py for the environment they read."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import pytest  # noqa: E402

pytest.register_assert_rewrite("mqtt_wire.client", "mqtt_wire.broker")

from mqtt_wire.broker import CONTROL, PROGRAM, Broker  # noqa: E402
from mqtt_wire.client import unique  # noqa: E402
from mqtt_wire.doors import Doors  # noqa: E402
from mqtt_wire.tables import V5, V31, V311  # noqa: E402

_VERSION_NAMES = {V31: "3.1", V311: "3.1.1", V5: "5.0"}


def pytest_configure():
    if not CONTROL and not PROGRAM.exists():
        pytest.exit(f"no broker to test: {PROGRAM} does not exist (set LMQTTD)", 2)


def pytest_make_parametrize_id(config, val, argname):
    if argname.endswith("version"):
        return _VERSION_NAMES.get(val)
    if isinstance(val, int) and argname in ("code", "first_byte", "flags"):
        return f"{val:#04x}"
    if isinstance(val, (str, bytes)) and len(val) > 40:
        return f"{len(val)} of {val[:2]}"
    return None


@pytest.fixture(params=[V311, V5])
def version(request):
    """The behaviour is the same in 3.1.1 and 5.0."""
    return request.param


@pytest.fixture(params=[V31, V311, V5])
def any_version(request):
    return request.param


@pytest.fixture(params=[V31, V311])
def v3_version(request):
    return request.param


@pytest.fixture
def topic():
    """A topic of this test alone."""
    return unique("t")


def _guarded(broker):
    broker.assert_alive()
    yield broker
    broker.forget_clients()
    broker.assert_alive()


@pytest.fixture(scope="session")
def _default_broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("broker")).start()
    yield broker
    broker.stop()


@pytest.fixture
def broker(_default_broker):
    """The broker with default options that most tests share."""
    yield from _guarded(_default_broker)


@pytest.fixture(scope="module")
def _module_brokers(tmp_path_factory):
    brokers = {}
    yield brokers
    failures = []
    for started in brokers.values():
        try:
            started.stop()
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, "\n".join(failures)


@pytest.fixture
def broker_with(_module_brokers, tmp_path_factory):
    """broker_with(mqtt={...}, limits={...}): a broker with these options, one per module."""

    def get(**sections):
        key = repr(sorted(sections.items()))
        if key not in _module_brokers:
            folder = tmp_path_factory.mktemp("broker")
            _module_brokers[key] = Broker(folder, **sections).start()
        _module_brokers[key].assert_alive()
        return _module_brokers[key]

    yield get
    for started in _module_brokers.values():
        started.forget_clients()
        started.assert_alive()


@pytest.fixture
def own_broker(tmp_path):
    """own_broker(mqtt={...}): a broker of this test alone, not yet started."""
    brokers = []

    def make(**sections):
        folder = tmp_path / f"broker{len(brokers)}"
        folder.mkdir()
        brokers.append(Broker(folder, **sections))
        return brokers[-1]

    yield make
    failures = []
    for made in brokers:
        if made.process is None:
            continue
        try:
            made.stop()
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, "\n".join(failures)


@pytest.fixture
def own_doors(own_broker):
    """own_doors(limits={...}, of_each={...}): a broker of this test alone with a listener for each
    transport, started; `of_each` are options of each listener."""
    made = []

    def make(of_each=None, preexec=None, **sections):
        made.append(Doors(own_broker(transport="tcp", **sections), **(of_each or {})))
        return made[-1].start(preexec)

    yield make
    for each in made:
        each.remove()
