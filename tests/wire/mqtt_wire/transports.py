"""MQTT over something else than TCP: streams over streams, each with the four methods of TcpStream.

WIRE_TRANSPORT=tls, ws, wss or unix runs every test over it, unchanged.
"""

import atexit
import base64
import functools
import hashlib
import os
import pathlib
import shutil
import ssl
import tempfile
import time

from .stream import TcpStream, UnixStream

TRANSPORT = os.environ.get("WIRE_TRANSPORT", "tcp")
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def client_context(authority=None, certificate=None, key=None, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if authority else ssl.CERT_NONE
    if authority:
        context.load_verify_locations(str(authority))
    if certificate:
        context.load_cert_chain(str(certificate), str(key))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


class Refused(AssertionError):
    """The other side did not let us in."""


class TlsStream:
    def __init__(self, lower, context=None, patience=20.0, session=None):
        self.lower = lower
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = context or client_context()
        self.tls = context.wrap_bio(self._in, self._out, server_side=False, session=session)
        deadline = time.monotonic() + patience
        while True:
            try:
                self.tls.do_handshake()
                self._flush()
                return
            except ssl.SSLWantReadError:
                self._flush()
                data = lower.receive(deadline - time.monotonic())
                if not data:
                    raise Refused("closed during the TLS handshake") from None
                self._in.write(data)
            except ssl.SSLError as error:
                self._flush()
                raise Refused(str(error)) from None

    @property
    def socket(self):
        return self.lower.socket

    def _flush(self):
        return self.lower.send(self._out.read()) if self._out.pending else True

    def send(self, data):
        if data:
            self.tls.write(data)
        return self._flush()

    def receive(self, within):
        deadline = time.monotonic() + within
        while True:
            try:
                return self.tls.read(262144)
            except ssl.SSLWantReadError:
                data = self.lower.receive(deadline - time.monotonic())
                self._flush()
                if not data:
                    return b""
                self._in.write(data)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                self.error = str(error)
                return b""

    def finish(self):
        self.lower.finish()

    def close(self, reset=False):
        self.lower.close(reset)


class WebSocketStream:
    """One binary frame for each send, or frames of at most `frame_size` bytes."""

    def __init__(self, lower, path="/", protocol="mqtt", headers=(), frame_size=None, patience=20.0):
        self.lower = lower
        self.frame_size = frame_size
        self._raw = bytearray()
        self._payload = bytearray()
        self.close_code = None
        self.pongs = []
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key.decode()}",
                 "Sec-WebSocket-Version: 13", *headers]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        lower.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        deadline = time.monotonic() + patience
        while b"\r\n\r\n" not in self._raw:
            data = lower.receive(deadline - time.monotonic())
            if not data:
                raise Refused("closed during the upgrade")
            self._raw += data
        head, _, rest = bytes(self._raw).partition(b"\r\n\r\n")
        self._raw = bytearray(rest)
        self.response = head.decode()
        if not self.response.startswith("HTTP/1.1 101 "):
            raise Refused(self.response)
        accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode()
        assert f"Sec-WebSocket-Accept: {accept}" in self.response, self.response

    @property
    def socket(self):
        return self.lower.socket

    @staticmethod
    def frame(opcode, payload, fin=True, mask=b"\x01\x02\x03\x04", rsv=0):
        head = bytearray([(0x80 if fin else 0) | rsv << 4 | opcode])
        masked = 0x80 if mask else 0
        if len(payload) < 126:
            head.append(masked | len(payload))
        elif len(payload) < 65536:
            head += bytes([masked | 126]) + len(payload).to_bytes(2, "big")
        else:
            head += bytes([masked | 127]) + len(payload).to_bytes(8, "big")
        if not mask:
            return bytes(head) + payload
        pattern = (mask * (len(payload) // 4 + 1))[:len(payload)]
        hidden = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
        return bytes(head) + mask + hidden.to_bytes(len(payload), "big")

    def send(self, data):
        if not data:
            return True
        size = self.frame_size or len(data)
        return self.lower.send(b"".join(self.frame(2, data[at:at + size])
                                        for at in range(0, len(data), size)))

    def receive(self, within):
        deadline = time.monotonic() + within
        while not self._payload:
            if not self._take_frame():
                if self.close_code is not None:
                    return b""
                data = self.lower.receive(deadline - time.monotonic())
                if not data:
                    return b""
                self._raw += data
        payload = bytes(self._payload)
        self._payload.clear()
        return payload

    def _take_frame(self):
        raw = self._raw
        if len(raw) < 2:
            return False
        assert raw[1] < 0x80, "a server does not mask"
        size, start = raw[1], 2
        if size == 126:
            size, start = int.from_bytes(raw[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(raw[2:10], "big"), 10
        if len(raw) < start or len(raw) < start + size:
            return False
        assert raw[0] & 0xF0 == 0x80, f"fin without reserved bits: {raw[0]:#x}"
        opcode, payload = raw[0] & 0xF, bytes(raw[start:start + size])
        del raw[:start + size]
        if opcode == 8:
            self.close_code = int.from_bytes(payload[:2], "big")
            return False
        if opcode == 10:
            self.pongs.append(payload)
        else:
            assert opcode == 2, f"[MQTT-6.0.0-1]: opcode {opcode}"
            self._payload += payload
        return True

    def finish(self):
        self.lower.finish()

    def close(self, reset=False):
        self.lower.close(reset)


class RefusedStream:
    """Of a connection that was closed before it became one: reading tells."""

    def __init__(self, lower):
        self.socket = lower.socket
        self.close = lower.close

    def send(self, data):
        return False

    def receive(self, within):
        return b""

    def finish(self):
        pass


def open_stream(address, receive_buffer=None, source=None, transport=TRANSPORT):
    """A stream of the kind that all tests run over, unless told which. The address of a UNIX socket
    is its path."""
    if isinstance(address, pathlib.Path):
        return UnixStream(address, receive_buffer)
    bare = stream = TcpStream(address, receive_buffer, source)
    try:
        if transport in ("tls", "wss"):
            stream = TlsStream(stream)
        if transport in ("ws", "wss"):
            stream = WebSocketStream(stream)
    except Refused:
        return RefusedStream(bare)
    return stream


@functools.cache
def _sockets():
    folder = tempfile.mkdtemp(prefix="lmqtt-")  # a socket's path is short
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


def address_of(port, transport=TRANSPORT):
    """Where clients find the broker that would have this port, were it over IP."""
    return _sockets() / str(port) if transport == "unix" else ("127.0.0.1", port)


def listener_address(port, transport=TRANSPORT):
    """The same in the broker's words."""
    return f"unix:{address_of(port, transport)}" if transport == "unix" else f"127.0.0.1:{port}"


def listener_options(transport=TRANSPORT):
    """What the listener of every test needs for that."""
    options = {}
    if transport in ("tls", "wss"):
        from .certificates import shared_server
        _, certificate, key = shared_server()
        options["tls"] = {"cert_file": str(certificate), "key_file": str(key)}
    if transport in ("ws", "wss"):
        options["websocket"] = {"path": "/"}
    return options
