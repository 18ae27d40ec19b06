"""A byte stream to the broker: TCP. Those of transports.py have the same four methods.

WIRE_CHUNK=n writes n bytes at a time, each in its own segment: verdicts must stay the same.
"""

import os
import select
import socket
import struct

CHUNK = int(os.environ.get("WIRE_CHUNK", "0"))
SEND_PATIENCE = 60.0  # a peer that reads nothing for so long is a failed test, not a slow one


def has_ipv6():
    """Whether this machine has ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class TcpStream:
    def __init__(self, address, receive_buffer=None, source=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(SEND_PATIENCE)
        if source is not None:  # all of 127/8 is this machine
            self.socket.bind((source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.connect(address)
        except ConnectionResetError:
            pass  # accepted and refused at once: reading tells

    def send(self, data):
        """False if the peer has closed; what it wrote before that can still be received."""
        try:
            if CHUNK:
                for at in range(0, len(data), CHUNK):
                    self.socket.sendall(data[at:at + CHUNK])
            else:
                self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def receive(self, within):
        """Some bytes; b"" once the peer has closed or reset; TimeoutError after `within` s."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        if not poll.poll(max(0, within) * 1000):
            raise TimeoutError
        try:
            return self.socket.recv(262144)
        except OSError:
            return b""

    def finish(self):
        """End our half (FIN); the peer's half stays readable."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self, reset=False):
        if reset and self.socket.fileno() >= 0:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class UnixStream(TcpStream):
    """Addresses are no part of it, and what was sent is in the reader's buffer at once."""

    def __init__(self, path, receive_buffer=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.socket.connect(str(path))  # waits while too many others are to be accepted
        except ConnectionResetError:
            pass  # accepted and refused at once: reading tells
        self.socket.settimeout(SEND_PATIENCE)
