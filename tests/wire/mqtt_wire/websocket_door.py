"""A listener for WebSocket, as those who come to it see it: the stages of coming in, one by one."""

import pytest

from .certificates import shared_server
from .client import Client, unique
from .stream import TcpStream
from .tables import V5
from .transports import Refused, TlsStream, WebSocketStream


def websocket_listener(secure, path="/mqtt", **options):
    """The options of a listener, with or without TLS, to be added to those of transport="tcp"."""
    listener = {"websocket": {"path": path, **options}}
    if secure:
        _, certificate, key = shared_server()
        listener["tls"] = {"cert_file": str(certificate), "key_file": str(key)}
    return listener


class WebSocketDoor:
    def __init__(self, broker, secure):
        self.broker = broker
        self.secure = secure

    def bare(self, **how):
        stream = TcpStream(self.broker.address, **how)
        return TlsStream(stream) if self.secure else stream

    def stream(self, path="/mqtt", **how):
        return WebSocketStream(self.bare(), path, **how)

    def open(self, version=V5, **how):
        client = Client(self.stream(**how), version, unique("ws"))
        self.broker.clients.append(client)
        return client

    def connect(self, version=V5, **how):
        client = self.open(version, **how)
        client.connect()
        return client

    def status(self, **how):
        with pytest.raises(Refused) as refused:
            self.stream(**how)
        return str(refused.value).split()[1]
