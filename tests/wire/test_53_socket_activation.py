"""A service manager that binds the sockets (sd_listen_fds(3)): a listener takes the one that is bound to
its address."""

import os
import socket
import subprocess

import pytest

from mqtt_wire.broker import CONTROL, PROGRAM, until
from mqtt_wire.tables import V5

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the options of lmqttd")


def activated(broker, bound):
    """Started as systemd would: the socket is descriptor 3, and the process is told so."""
    broker.write_config()
    shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" start -c "$1"'
    with open(broker.log_file, "ab") as log:
        broker.process = subprocess.Popen(
            ["/bin/sh", "-c", shell, str(PROGRAM), str(broker.config_file)], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=broker.folder, close_fds=False,
            preexec_fn=lambda: os.dup2(bound.fileno(), 3, inheritable=True))
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
