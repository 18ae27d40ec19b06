#!/usr/bin/python3
"""How long others wait while many give wrong passwords: pings of one client, with and without a thousand
logins at once.

    bench/login_flood.py [--logins 1000] [--rounds 3] [--lmqttd PATH] [--check] [--update docs/performance.md]

Every login names a user there is not, which costs a hash of Argon2id like any other, and none is held
back. The flood comes from a process of its own. Pings are measured for a second before it, and until its
last login is answered. --check fails if of the best round one ping in a hundred took more than 20 ms.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import resource
import select
import statistics
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "wire"))
import brokers  # noqa: E402
from mqtt_wire import packets  # noqa: E402
from mqtt_wire.client import Client  # noqa: E402
from mqtt_wire.passwords import line_of  # noqa: E402
from mqtt_wire.stream import TcpStream  # noqa: E402
from mqtt_wire.tables import V5  # noqa: E402

PROMISED_MS = 20
MARKS = ("<!-- login_flood.py: begin -->", "<!-- login_flood.py: end -->")
CONFIG = brokers.GUARDED_CONFIG.replace("[limits]", """\
[limits]
handshake_timeout = "5m"
max_pending_handshakes = "unlimited"
max_pending_handshakes_per_address = "unlimited"
""")


def started(path):
    return brokers.Broker("lmqttd", [os.path.abspath(path), "start", "-c", "{config}"], CONFIG,
                          files={"passwords": line_of("alice", "secret")})


def flood(pipe, port, logins):
    """Connects, says so, logs in when told to, and tells what the answers were."""
    streams = [TcpStream(("127.0.0.1", port)) for _ in range(logins)]
    pipe.send("connected")
    pipe.recv()
    poll, waiting, codes = select.poll(), {}, collections.Counter()
    for number, stream in enumerate(streams):
        stream.send(packets.connect(V5, f"eve{number}", username="nobody", password=f"guess {number}"))
        waiting[stream.socket.fileno()] = stream
        poll.register(stream.socket, select.POLLIN)
    while waiting:
        for descriptor, _ in poll.poll():
            answer = waiting.pop(descriptor).receive(0)
            poll.unregister(descriptor)
            codes[answer[3] if len(answer) > 3 else "closed"] += 1
    pipe.send(codes)


def pings(client, until):
    """Milliseconds each took, one a millisecond."""
    took = []
    while not until():
        begin = time.perf_counter()
        client.ping()
        took.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.001)
    return took


def measure(path, logins):
    """Pings without logins, pings with them, the codes of the CONNACKs."""
    with started(path) as broker:
        client = Client(TcpStream(("127.0.0.1", broker.port)), V5, "pinger")
        client.connect()
        ours, theirs = multiprocessing.Pipe()
        crowd = multiprocessing.Process(target=flood, args=(theirs, broker.port, logins))
        crowd.start()
        ours.recv()
        end = time.perf_counter() + 1
        calm = pings(client, lambda: time.perf_counter() > end)
        ours.send("go")
        busy = pings(client, ours.poll)
        codes = ours.recv()
        crowd.join()
    return calm, busy, codes


def p99(took):
    return statistics.quantiles(took, n=100)[98]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logins", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lmqttd", default=str(ROOT / "build" / "release" / "lmqttd"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = [measure(options.lmqttd, options.logins) for _ in range(options.rounds)]
    for _, _, codes in found:
        if set(codes) - {0x86, 0x97}:
            raise SystemExit(f"other answers than 0x86 and 0x97: {codes}")
    calm, busy, codes = min(found, key=lambda each: p99(each[1]))
    rows = ["| state | answered 0x86 | 0x97 | pings | ping ms: p50 | p99 | longest |",
            "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, took, said in ((f"{options.logins} wrong logins", busy, codes), ("none", calm, {})):
        rows.append(f"| {name} | {said.get(0x86, 0)} | {said.get(0x97, 0)} | {len(took)} "
                    f"| {statistics.median(took):.2f} | {p99(took):.2f} | {max(took):.2f} |")
    table = "\n".join(rows)
    print(table)
    if options.update:
        brokers.replace_between(options.update, MARKS, table)
    if options.check and p99(busy) > PROMISED_MS:
        raise SystemExit(f"missed: of a hundred pings one took {p99(busy):.1f} ms")


main()
