#!/usr/bin/env python3
"""Memory for each idle TLS connection, of lmqttd and of Debian's mosquitto, one after the other: MQTT 3.1.1 clients that
have connected and are silent. Then as many devices come to lmqttd, each with an account of its own, whose password is
hashed for it alone: to a broker that has just started, and once more after they have been cut off.

usage: idle_tls.py [--connections N] [--warm N] [--lmqttd PATH] [--clients N] [--at-once N]

The clients are made by so many processes, from several addresses of this machine: neither descriptors nor ports limit
how many there can be, but the broker's own descriptors do. A device that is told "server unavailable" tries again after
half a second to a second, as device software does.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import pathlib
import random
import resource
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

from mqtt_wire import packets  # noqa: E402
from mqtt_wire.certificates import Authority  # noqa: E402
from mqtt_wire.tables import V311  # noqa: E402

SOURCES = [f"127.0.0.{n}" for n in range(1, 17)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise


def lmqttd(program, folder, files, devices):
    port = free_port()
    config = folder / "lmqttd.toml"
    config.write_text(f"""
[[listeners]]
address = "127.0.0.1:{port}"
max_connections = "unlimited"
allow_anonymous = true
tls = {{ cert_file = "{files[0]}", key_file = "{files[1]}" }}
[limits]
connect_rate_per_address = "unlimited"
[persistence]
type = "memory"
[auth]
accounts = "accounts.db"
password_file = "devices.passwd"
""")
    passwords = folder / "devices.passwd"
    passwords.touch(mode=0o600)
    subprocess.run([program, "user", "add", "model", "-c", config], input="secret\n", text=True, check=True,
                   stdout=subprocess.DEVNULL)
    hashed = sqlite3.connect(folder / "accounts.db").execute("SELECT password_hash FROM users").fetchone()[0]
    passwords.write_text("".join(f"device-{number}:{hashed}\n" for number in range(devices)))
    return started([program, "start", "-c", config], port), port


def mosquitto(folder, files):
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\n"
                      "set_tcp_nodelay true\n"  # without it every greeting waits 40 ms for an acknowledgement
                      f"certfile {files[0]}\nkeyfile {files[1]}\n")
    return started(["/usr/sbin/mosquitto", "-c", config], port), port


def connect(context, port, number, **how):
    while True:
        bare = socket.socket()
        bare.bind((SOURCES[number % len(SOURCES)], 0))
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bare.connect(("127.0.0.1", port))
        client = context.wrap_socket(bare)
        client.sendall(packets.connect(V311, f"idle-{number}", keep_alive=0, **how))
        answer = client.recv(4)
        if answer == b"\x20\x02\x00\x00":
            return client
        assert answer == b"\x20\x02\x00\x03", answer
        client.close()
        time.sleep(random.uniform(0.5, 1))


def resident(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def be_clients(pipe, port, numbers, at_once):
    """A process of clients: connects all, says so, and lets them go when it is told to. Those that come one after the
    other are nobody in particular, those that come at once are devices."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def come(number):
        if at_once == 1:
            return connect(context, port, number)
        return connect(context, port, number, username=f"device-{number}", password="secret")

    try:
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            kept = list(pool.map(come, numbers))
        pipe.send(len(kept))
        pipe.recv()
    except (OSError, AssertionError, EOFError) as failure:
        pipe.send(repr(failure))


class Crowd:
    """Clients in several processes, all of them connected."""

    def __init__(self, port, numbers, processes, at_once=1):
        self.members = []
        for at in range(processes):
            ours, theirs = multiprocessing.Pipe()
            member = multiprocessing.Process(target=be_clients, 
                                             args=(theirs, port, numbers[at::processes], at_once))
            member.start()
            self.members.append((member, ours))
        said = [pipe.recv() for _, pipe in self.members]
        if sum(each for each in said if isinstance(each, int)) != len(numbers):
            self.leave()
            raise RuntimeError(f"not all could connect: {said}")

    def leave(self):
        for member, pipe in self.members:
            try:
                pipe.send("go")
            except OSError:
                pass  # it has gone already
            member.join()


def measure(process, port, options):
    warm = Crowd(port, range(options.warm), 1)
    before = resident(process)
    crowd = Crowd(port, range(options.warm, options.warm + options.connections), options.clients)
    time.sleep(2)  # what was only needed for handshakes is given back
    per_connection = (resident(process) - before) / options.connections
    crowd.leave()
    warm.leave()
    return per_connection


def processor_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def come_back(process, port, options):
    before, began = processor_seconds(process), time.monotonic()
    crowd = Crowd(port, range(options.connections), options.clients, options.at_once)
    took, cpu = time.monotonic() - began, processor_seconds(process) - before
    crowd.leave()
    return took, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--connections", type=int, default=900)
    parser.add_argument("--warm", type=int, default=100)
    parser.add_argument("--clients", type=int, default=4, help="processes of clients")
    parser.add_argument("--at-once", type=int, default=64, help="devices of a process that come at the same time")
    parser.add_argument("--lmqttd", default=str(ROOT / "build" / "release" / "lmqttd"))
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = Authority(folder / "authority").issue("server", alternative="IP:127.0.0.1")
        figures = {}
        for broker, start in (("lmqttd", lambda: lmqttd(options.lmqttd, folder, files, options.connections)),
                              ("mosquitto", lambda: mosquitto(folder, files))):
            process, port = start()
            try:
                figures[broker] = measure(process, port, options)
                print(f"{broker}: {figures[broker]:.0f} bytes for each idle TLS connection")
                if broker == "lmqttd":
                    for how in ("came to a broker that had just started", "came back"):
                        took, cpu = come_back(process, port, options)
                        print(f"{broker}: {options.connections} devices {how}, each with an account of its own, in "
                              f"{took:.1f} s; {cpu:.1f} s of processor time for the broker")
            finally:
                process.terminate()
                process.wait()
        print(f"lmqttd / mosquitto: {figures['lmqttd'] / figures['mosquitto']:.2f}")


if __name__ == "__main__":
    main()
