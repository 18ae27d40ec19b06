"""A service manager that binds the sockets (sd_listen_fds(3)): a listener takes the one that is bound to
its address."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, until
from mqtt_wire.client import Client, unique
from mqtt_wire.stream import TcpStream, UnixStream, has_ipv6
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")


def activated(broker, *bound):
    """Started as systemd would: the sockets are descriptors 3 and on, and the process is told so."""
    broker.write_config()
    shell = f'LISTEN_PID=$$ LISTEN_FDS={len(bound)} exec "$0" start -c "$1"'

    def hand_over():
        for number, aside in enumerate([os.dup(each.fileno()) for each in bound]):
            os.dup2(aside, 100 + number)  # so that none is where another goes
        for number in range(len(bound)):
            os.dup2(100 + number, 3 + number, inheritable=True)
            os.close(100 + number)

    with open(broker.log_file, "ab") as log:
        broker.process = subprocess.Popen(
            ["/bin/sh", "-c", shell, str(PROGRAM), str(broker.config_file)], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=broker.folder, close_fds=False, preexec_fn=hand_over)
    until(broker.listens_to_signals, 20, "it starts")
    return broker


def test_a_tcp_socket_that_is_bound_already_is_taken(own_broker):
    broker = own_broker()
    with socket.socket() as bound:
        bound.bind(broker.address)
        bound.listen()
        activated(broker, bound)
    broker.connect(V5).ping()


def test_a_socket_for_another_address_is_left_alone(own_broker):
    broker = own_broker()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        activated(broker, other)
        broker.connect(V5).ping()


# ---- each kind, alone and together: it is the same socket, and not one of the broker's own

def bound_tcp():
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def bound_ipv6():
    if not has_ipv6():
        pytest.skip("this machine has no ::1")
    bound = socket.socket(socket.AF_INET6)
    bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    bound.bind(("::1", 0))
    return bound


def bound_unix(folder):
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(folder / "mqtt.sock"))
    return bound


def key_of(bound):
    """As [[listeners]] writes it."""
    name = bound.getsockname()
    if bound.family == socket.AF_UNIX:
        return f"unix:{name}"
    return f"[{name[0]}]:{name[1]}" if bound.family == socket.AF_INET6 else f"{name[0]}:{name[1]}"


def greet(broker, bound):
    name = bound.getsockname()
    stream = UnixStream(name) if bound.family == socket.AF_UNIX else TcpStream(name[:2])
    client = Client(stream, V5, unique("c"))
    broker.clients.append(client)
    client.connect()
    client.ping()


@pytest.fixture
def folder():
    """A socket's path is short."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="lmqtt-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize("kinds", [["unix"], ["ipv6"], ["tcp", "unix"], ["unix", "tcp", "ipv6"]], ids="-".join)
@pytest.mark.parametrize("order", ["as written", "the other way"])
def test_each_listener_takes_the_socket_of_its_address(own_broker, folder, kinds, order):
    """Whichever descriptor it is."""
    make = {"tcp": bound_tcp, "ipv6": bound_ipv6, "unix": lambda: bound_unix(folder)}
    sockets = [make[kind]() for kind in kinds]
    try:
        for each in sockets:
            each.listen()
        broker = own_broker()
        broker.sections["listeners"] = [{"address": key_of(each)} for each in sockets]
        activated(broker, *(sockets if order == "as written" else sockets[::-1]))
        given = {os.readlink(f"/proc/self/fd/{each.fileno()}") for each in sockets}
        descriptors = f"/proc/{broker.process.pid}/fd"
        held = {os.readlink(f"{descriptors}/{each}") for each in os.listdir(descriptors)}
        assert given <= held
        for each in sockets:
            greet(broker, each)
    finally:
        for each in sockets:
            each.close()
