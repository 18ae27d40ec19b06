#!/usr/bin/python3
"""Whether the time of a refusal tells who has an account: wrong passwords of a user there is, and of users there are
not, in turns, until CONNACK.

    bench/login_timing.py [--samples 2000] [--lmqttd PATH] [--check] [--update docs/performance.md]

For each kind of hash that the user may have. --check fails if the medians differ by 5 % or more, or if a test of
Kolmogorov and Smirnov says that two such samples of one distribution are rarer than one in a hundred. It is the one
thing here that another process makes worse for both alike, and so does not spoil.
"""

import argparse
import base64
import math
import os
import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "wire"))
import brokers  # noqa: E402
from mqtt_wire import packets  # noqa: E402
from mqtt_wire.stream import TcpStream  # noqa: E402
from mqtt_wire.tables import V5  # noqa: E402

MARKS = ("<!-- login_timing.py: begin -->", "<!-- login_timing.py: end -->")


def text(size):
    return base64.b64encode(os.urandom(size)).decode().rstrip("=")


# Of passwords that nobody knows.
KINDS = {
    "Argon2id, 19 MiB, as lmqttd makes it": lambda: f"$argon2id$v=19$m=19456,t=2,p=1${text(16)}${text(32)}",
    "Argon2id, 46 MiB, of mosquitto 2.1": lambda: f"$argon2id$v=19$m=47104,t=1,p=1${text(16)}${text(32)}",
    "PBKDF2, 101 rounds, of mosquitto 2.0": lambda: f"$7$101${text(12)}${text(64)}==",
    "bcrypt, cost 8": lambda: "$2b$08$" + "a" * 53,
}


def refused_after(port, user, number):
    """Milliseconds from CONNECT to a CONNACK that says so."""
    stream = TcpStream(("127.0.0.1", port))
    packet = packets.connect(V5, f"guess-{number}", username=user, password=f"guess {number}")
    begin = time.perf_counter()
    stream.send(packet)
    answer = stream.receive(20)
    took = (time.perf_counter() - begin) * 1000
    stream.close()
    if answer[3:4] != b"\x86":
        raise SystemExit(f"not refused: {answer!r}")
    return took


def rarity(one, other):
    """The p-value of Kolmogorov and Smirnov's test of two samples of equal size."""
    merged = sorted([(each, 1) for each in one] + [(each, -1) for each in other])
    apart, widest = 0, 0
    for _, step in merged:
        apart += step
        widest = max(widest, abs(apart))
    size = len(one)
    scaled = widest / size * (math.sqrt(size / 2) + 0.12 + 0.11 / math.sqrt(size / 2))
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms))) if scaled > 0.2 else 1.0


def measure(path, hashed, samples):
    broker = brokers.Broker("lmqttd", [os.path.abspath(path), "start", "-c", "{config}"], brokers.GUARDED_CONFIG,
                            files={"passwords": f"alice:{hashed}\n"})
    with broker:
        for number in range(20):
            refused_after(broker.port, "alice", -number)
        known, unknown = [], []
        for number in range(samples):
            turns = [("alice", known), (f"mallory{number}", unknown)]
            for user, into in turns if number % 2 == 0 else reversed(turns):
                into.append(refused_after(broker.port, user, number))
    return known, unknown


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--lmqttd", default=str(ROOT / "build" / "release" / "lmqttd"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    rows = ["| the user's hash | median ms: wrong password | unknown user | apart | p |", "| --- | --- | --- | --- | --- |"]
    missed = []
    for name, make in KINDS.items():
        known, unknown = measure(options.lmqttd, make(), options.samples)
        one, other = statistics.median(known), statistics.median(unknown)
        apart, p = abs(one - other) / max(one, other), rarity(known, unknown)
        rows.append(f"| {name} | {one:.2f} | {other:.2f} | {apart:.1%} | {p:.2f} |")
        print(rows[-1], flush=True)
        if apart >= 0.05 or p <= 0.01:
            missed.append(name)
    if options.update:
        brokers.replace_between(options.update, MARKS, "\n".join(rows))
    if options.check and missed:
        raise SystemExit("the time tells: " + "; ".join(missed))


main()
