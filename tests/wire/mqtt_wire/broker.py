"""The broker under test: started on a free loopback port, asked, and ended by its own pid.

LMQTTD names the program (default build/release/lmqttd). WIRE_CONTROL=mosquitto starts Debian's
mosquitto instead: a check of the tests themselves; it fails the rules it breaks.
WIRE_WORKERS sets `workers` of every broker started; WIRE_TRANSPORT how clients reach it
(transports.py).
"""

import collections
import mmap
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from .client import Client, unique
from .stream import TcpStream, UnixStream
from .tables import V5
from .transports import (TRANSPORT, address_of, listener_address, listener_options,
                         open_stream)

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONTROL = os.environ.get("WIRE_CONTROL", "")
WORKERS = int(os.environ.get("WIRE_WORKERS", "0"))  # 0: not said
PROGRAM = pathlib.Path(os.environ.get("LMQTTD", ROOT / "build" / "release" / "lmqttd"))
if not PROGRAM.is_absolute():
    PROGRAM = pathlib.Path.cwd() / PROGRAM
START_PATIENCE = float(os.environ.get("WIRE_START_TIMEOUT", "20"))
STOP_PATIENCE = float(os.environ.get("WIRE_STOP_TIMEOUT", "20"))

# What no run may leave behind on stderr.
REPORTS = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer"
    r"|Assertion .* failed|LMQTT_ASSERT|terminate called")


def is_sanitized():
    """Memory figures of a sanitizer build say nothing about the broker."""
    return not CONTROL and _holds(b"__asan_init", b"__tsan_init")


def is_for_debugging():
    """Processor time of a build for debugging says nothing, either."""
    return is_sanitized() or not CONTROL and _holds(b".debug_info")


def _holds(*names):
    with open(PROGRAM, "rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
            return any(image.find(name) >= 0 for name in names)


_given_lately = collections.deque(maxlen=500)


def free_port():
    """Not one that was given lately: nobody may listen there yet."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given_lately:
            _given_lately.append(port)
            return port


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        entries = (f"{name} = {toml_value(item)}" for name, item in value.items())
        return "{ " + ", ".join(entries) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml(config):
    """Top-level keys first, then tables, then arrays of tables."""
    lines = [f"{key} = {toml_value(value)}" for key, value in config.items()
             if not isinstance(value, (dict, list)) or key == "plugin_order"]
    for key, value in config.items():
        if isinstance(value, dict):
            lines.append(f"\n[{key}]")
            lines += [f"{name} = {toml_value(item)}" for name, item in value.items()]
    for listener in config.get("listeners", []):
        lines.append("\n[[listeners]]")
        lines += [f"{name} = {toml_value(item)}" for name, item in listener.items()]
    return "\n".join(lines) + "\n"


def test_config(port, **sections):
    """What the tests start: one loopback listener, nothing on disk, no limit on how fast tests
    connect; `sections` are merged over it. `transport` is that of the listener, for tests that are
    about one; else WIRE_TRANSPORT says it."""
    transport = sections.pop("transport", TRANSPORT)
    config = {
        "listeners": [{"address": listener_address(port, transport), **listener_options(transport)}],
        "persistence": {"type": "memory"},
        "limits": {"connect_rate_per_address": "unlimited"},
    }
    if WORKERS:
        config["workers"] = WORKERS
    for name, value in sections.items():
        if name == "listener":
            config["listeners"][0].update(value)
        elif isinstance(value, dict):
            config.setdefault(name, {}).update(value)
        else:
            config[name] = value
    for listener in config["listeners"]:
        # Who comes by a proxy is no program of this machine, which could be anonymous.
        proxies = listener.get("websocket", {}).get("trusted_proxies")
        if listener.get("proxy_protocol") or proxies:
            listener.setdefault("allow_anonymous", "auth" not in config)
    return config


test_config.__test__ = False  # not a test, whatever its name says to pytest

# mosquitto's words for our options, as far as it has the thing.
_CONTROL_MQTT = {
    "max_packet_size": "max_packet_size", "max_keepalive": "max_keepalive",
    "max_inflight": "max_inflight_messages", "max_queued_messages": "max_queued_messages",
    "retain_available": "retain_available", "maximum_qos": "max_qos",
    "queue_qos0_messages": "queue_qos0_messages", "topic_alias_maximum": "max_topic_alias",
    "allow_zero_length_clientid": "allow_zero_length_clientid",
    "upgrade_outgoing_qos": "upgrade_outgoing_qos",
}


def mosquitto_config(port, sections):
    lines = ["per_listener_settings false", "allow_anonymous true", "persistence false",
             "user root", "sys_interval 1", f"listener {port} 127.0.0.1"]
    for section, values in sections.items():
        for name, value in (values.items() if isinstance(values, dict) else ()):
            if section == "mqtt" and name in _CONTROL_MQTT and value != "unlimited":
                lines.append(f"{_CONTROL_MQTT[name]} {toml_value(value)}")
            elif section not in ("log", "sys", "limits"):
                pytest.skip(f"mosquitto has no {section}.{name}")
    return "\n".join(lines) + "\n"


class Broker:
    def __init__(self, folder, **sections):
        self.folder = pathlib.Path(folder)
        self.sections = sections
        self.transport = sections.get("transport", TRANSPORT)
        self.clients = []
        self.stack_limit = None
        self.process = None
        self.exit_expected = 0
        self.port = free_port()
        self.address = address_of(self.port, self.transport)
        self.config_file = self.folder / "test.toml"
        self.log_file = self.folder / "stderr.txt"

    # ---- life

    def write_config(self, **sections):
        merged = {**self.sections, **sections}
        if CONTROL:
            self.config_file.write_text(mosquitto_config(self.port, merged))
        else:
            self.config_file.write_text(toml(test_config(self.port, **merged)))

    def start(self, preexec=None):
        """Started and listening, or an error that shows what it said."""
        self.write_config()
        self.spawn(preexec)
        deadline = time.monotonic() + START_PATIENCE
        while True:
            try:
                self.knock()
                if CONTROL or self.listens_to_signals():
                    return self
            except (ConnectionRefusedError, FileNotFoundError):
                pass
            assert time.monotonic() < deadline, "the broker does not listen:\n" + self.log()
            try:
                code = self.process.wait(0.02)  # the event that would end the waiting early
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the broker ended with {code} at its start:\n{self.log()}")

    def knock(self):
        """A connection on which nothing is said, below TLS and all else."""
        is_path = isinstance(self.address, pathlib.Path)
        (UnixStream if is_path else TcpStream)(self.address).close()

    def listens_to_signals(self):
        """The last thing it does at its start, some time after the first client is let in: from then
        on its descriptors are those of its connections."""
        folder = f"/proc/{self.process.pid}/fd"
        try:
            return any("signalfd" in os.readlink(f"{folder}/{name}") for name in os.listdir(folder))
        except FileNotFoundError:
            return False  # one was closed meanwhile, or the process has ended

    def spawn(self, preexec=None):
        if CONTROL:
            command = ["/usr/sbin/mosquitto", "-c", str(self.config_file)]
        else:
            command = [str(PROGRAM), "start", "-c", str(self.config_file)]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder, preexec_fn=preexec)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def alive(self):
        return self.process.poll() is None

    def assert_alive(self):
        assert self.alive(), f"the broker ended with {self.process.returncode}:\n{self.log()}"

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, within=None):
        try:
            return self.process.wait(STOP_PATIENCE if within is None else within)
        except subprocess.TimeoutExpired:
            raise AssertionError("the broker did not end in time") from None

    def stop(self):
        """SIGTERM, exit code 0, and nothing on stderr that a sanitizer or an assertion wrote."""
        try:
            self.forget_clients()
            if self.alive():
                self.signal(signal.SIGTERM)
            code = self.wait()
        finally:
            if self.alive():
                self.process.kill()
                self.process.wait()
        report = REPORTS.search(self.log())
        assert report is None, self.log()[max(0, report.start() - 500):report.start() + 6000]
        assert code == self.exit_expected, f"exit code {code}:\n{self.log()[-4000:]}"

    # ---- clients

    def open(self, version=V5, client_id=None, receive_buffer=None, address=None):
        """A connection on which nothing was said yet; to another listener, if told so."""
        client = Client(open_stream(address or self.address, receive_buffer,
                                    transport=self.transport), version, client_id)
        self.clients.append(client)
        return client

    def connect(self, version=V5, client_id=None, address=None, **how):
        """A connected client; with its own id unless one is given."""
        client = self.open(version, unique("c") if client_id is None else client_id, address=address)
        client.connect(**how)
        return client

    def crash(self):
        """kill -9, before it can see that anybody has gone."""
        self.process.kill()
        self.process.wait()
        self.forget_clients()

    def forget_clients(self):
        for client in self.clients:
            client.stream.close()
        self.clients.clear()

    # ---- figures of the process

    def rss(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(condition, within, why):
    """Ask again and again until it is true; each question is itself an exchange."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, why
