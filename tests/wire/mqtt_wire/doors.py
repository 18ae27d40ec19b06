"""One broker, and a way in for each transport: for tests that run over all of them at once,
whatever WIRE_TRANSPORT says.
"""

import pathlib
import shutil
import tempfile

from .broker import free_port
from .certificates import shared_server
from .client import Client, unique
from .stream import TcpStream, UnixStream
from .tables import V5
from .transports import Refused, RefusedStream, TlsStream, WebSocketStream

KINDS = ("tcp", "tls", "ws", "wss", "unix")
OVER_IP = ("tcp", "tls", "ws", "wss")


class Doors:
    """`broker` is over TCP and not yet started; `options` are those of every listener."""

    def __init__(self, broker, **options):
        self.broker = broker
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lmqtt-"))  # a socket's path is short
        self.socket_file = self.folder / "mqtt.sock"
        self.ports = {kind: free_port() for kind in OVER_IP}
        self.ports["tcp"] = broker.port
        _, certificate, key = shared_server()
        tls = {"cert_file": str(certificate), "key_file": str(key)}
        broker.sections["listeners"] = [
            {"address": f"unix:{self.socket_file}" if kind == "unix"
                        else f"127.0.0.1:{self.ports[kind]}", "name": kind,
             **({"tls": tls} if kind in ("tls", "wss") else {}),
             **({"websocket": {"path": "/"}} if kind in ("ws", "wss") else {}), **options}
            for kind in KINDS]

    def start(self, preexec=None):
        self.broker.start(preexec)
        return self

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def bare(self, kind, receive_buffer=None, source=None):
        """What carries all the rest, on which nothing was said yet."""
        if kind == "unix":
            return UnixStream(self.socket_file, receive_buffer)
        return TcpStream(("127.0.0.1", self.ports[kind]), receive_buffer, source)

    @staticmethod
    def dress(stream, kind):
        """TLS and WebSocket over it, up to where CONNECT may be said; Refused if that is."""
        if kind in ("tls", "wss"):
            stream = TlsStream(stream)
        if kind in ("ws", "wss"):
            stream = WebSocketStream(stream)
        return stream

    def stream(self, kind, **how):
        return self._dressed(kind, self.bare(kind, **how))

    def _dressed(self, kind, bare):
        try:
            return self.dress(bare, kind)
        except Refused:
            return RefusedStream(bare)

    def open(self, kind, version=V5, client_id=None, **how):
        """A client that has said nothing yet."""
        return self.go_on(kind, self.bare(kind, **how), version, client_id)

    def go_on(self, kind, bare, version=V5, client_id=None):
        """The same, of a connection that was begun before."""
        name = unique("c") if client_id is None else client_id
        client = Client(self._dressed(kind, bare), version, name)
        self.broker.clients.append(client)
        return client

    def connect(self, kind, version=V5, client_id=None, **how):
        client = self.open(kind, version, client_id)
        client.connect(**how)
        return client

    def through(self, kind):
        return Way(self, kind)


class Way:
    """One of the doors, for those who know only brokers."""

    def __init__(self, doors, kind):
        self.doors, self.kind = doors, kind
        self.assert_alive = doors.broker.assert_alive

    def open(self, version=V5, client_id=None):
        return self.doors.open(self.kind, version, client_id)

    def connect(self, version=V5, client_id=None, **how):
        return self.doors.connect(self.kind, version, client_id, **how)
