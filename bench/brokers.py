"""Starts and stops the brokers the benchmarks measure: lmqttd, Debian's mosquitto and bench/relay.

Each broker is a child of the calling script, listens on a free loopback port and is ended by its
own process id. All are configured alike: nothing written to disk, nothing logged, no limit below
what the load asks for, no delay on the socket.
"""

import os
import socket
import subprocess
import tempfile
import time

MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
connection_messages false
sys_interval 0
set_tcp_nodelay true
max_connections -1
max_inflight_messages 0
max_inflight_bytes 0
max_queued_messages 0
max_queued_bytes 0
"""

LMQTTD_CONFIG = """\
workers = 1

[[listeners]]
address = "127.0.0.1:{port}"

[mqtt]
max_inflight = 1000
server_receive_maximum = 1000
max_queued_messages = 100000
max_queued_bytes = "unlimited"

[limits]
connect_rate_per_address = "unlimited"

[persistence]
type = "memory"

[log]
level = "error"

[sys]
interval = "off"
"""

# With accounts, in the file "passwords" beside it; whoever guesses is not held back.
GUARDED_CONFIG = LMQTTD_CONFIG.replace("[mqtt]", """\
allow_anonymous = true

[auth]
password_file = "{folder}/passwords"
backoff = false

[mqtt]""")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replace_between(path, marks, text):
    """Puts the text between two marks of a page."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    before, rest = page.split(marks[0])
    after = rest.split(marks[1])[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{marks[0]}\n\n{text}\n\n{marks[1]}{after}")


class Broker:
    """One running broker; a context manager, so that it never outlives its measurement."""

    def __init__(self, name, command, config="", core=None, files=None):
        self.name = name
        self.port = free_port()
        self.output = ""
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._log = open(os.path.join(self._folder.name, "output"), "w+", encoding="utf-8")
        config_path = os.path.join(self._folder.name, "config")
        written = {"config": config.format(port=self.port, folder=self._folder.name), **(files or {})}
        for file_name, text in written.items():
            with open(os.path.join(self._folder.name, file_name), "w", encoding="utf-8") as file:
                file.write(text)
        names = {"port": str(self.port), "config": config_path}
        self._command = [word.format(**names) for word in command]
        self._pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
        self._start()

    def _start(self):
        self._process = subprocess.Popen(
            self._command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self._folder.name,
            preexec_fn=self._pin,
        )
        self.pid = self._process.pid

    def kill(self):
        """kill -9"""
        self._process.kill()
        self._process.wait()

    def start_again(self):
        """On the state it left."""
        self._start()
        self._wait_until_it_listens()

    def __enter__(self):
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not start:\n{self._read_output()}")

    def _read_output(self):
        self._log.flush()
        self._log.seek(0)
        return self._log.read()[-2000:]

    def stop(self):
        if self._log.closed:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.output = self._read_output()
        self._log.close()
        self._folder.cleanup()


def relay(path, core=None, fault="none", every=1000):
    command = [os.path.abspath(path), "--port", "{port}", "--fault", fault, "--every", str(every)]
    return Broker("relay", command, core=core)


def mosquitto(path, core=None, rules=()):
    """With `rules`, topics in which %c and %u are names, in an acl_file."""
    lines = "".join(f"pattern readwrite {topic}\n" for topic in rules)
    config = MOSQUITTO_CONFIG + ("acl_file {folder}/acl\nuser root\n" if rules else "")
    command = [os.path.abspath(path), "-c", "{config}"]
    return Broker("mosquitto", command, config, core, files={"acl": lines})


def durable_lmqttd(path, core=None):
    """lmqttd as it comes: a database, and acknowledgements that wait for the disk."""
    config = LMQTTD_CONFIG.replace('type = "memory"', 'type = "sqlite"').replace(
        "max_queued_messages = 100000", 'max_queued_messages = "unlimited"')
    return Broker("lmqttd, durable", [os.path.abspath(path), "start", "-c", "{config}"], config, core)


def lmqttd(path, core=None, rules=()):
    config = LMQTTD_CONFIG + "".join(
        f"""
[[acl.rules]]
allow = ["publish", "retain", "subscribe", "receive"]
topic = "{topic}"
""" for topic in rules)
    return Broker("lmqttd", [os.path.abspath(path), "start", "-c", "{config}"], config, core)
