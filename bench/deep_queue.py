#!/usr/bin/python3
"""What a million queued messages cost: memory while they are queued, while they drain and after a
kill -9, and how long the broker then takes until it serves again.

    bench/deep_queue.py [--messages 1000000] [--payload 1024] [--check] [--update docs/performance.md]

One offline session, QoS 1, every message on the disk before its PUBACK. Arrival is checked message by
message, in order.
"""

import argparse
import os
import re
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
import brokers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "build", "release", "lmqttd")
MARKS = ("<!-- deep_queue.py: begin -->", "<!-- deep_queue.py: end -->")
MIB = 1 << 20
WINDOW = 1000
TOPIC = b"deep/queue"
MOST_MEMORY = 200  # MiB
MOST_SECONDS = 3


def connect(port, name, resume):
    stream = socket.create_connection(("127.0.0.1", port), timeout=60)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    text = struct.pack(">H", len(name)) + name
    body = b"\x00\x04MQTT\x04" + (b"\x00" if resume else b"\x02") + b"\x00\x00" + text
    stream.sendall(b"\x10" + bytes([len(body)]) + body)
    answer = receive(stream, 4)
    assert answer[:2] == b"\x20\x02" and answer[3] == 0, answer
    return stream


def receive(stream, count):
    got = bytearray()
    while len(got) < count:
        piece = stream.recv(count - len(got))
        assert piece, "the broker closed the connection"
        got += piece
    return bytes(got)


def varint(number):
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def head(payload_bytes):
    return b"\x32" + varint(2 + len(TOPIC) + 2 + payload_bytes) + struct.pack(">H", len(TOPIC)) + TOPIC


def publish(stream, messages, payload_bytes):
    start, rest = head(payload_bytes), b"." * (payload_bytes - 8)
    acknowledged = 0
    for first in range(0, messages, WINDOW):
        count = min(WINDOW, messages - first)
        stream.sendall(b"".join(
            start + struct.pack(">H", number % WINDOW + 1) + struct.pack(">Q", number) + rest
            for number in range(first, first + count)))
        acknowledged += len(receive(stream, 4 * count)) // 4
    assert acknowledged == messages


def drain(stream, messages, payload_bytes):
    size = len(head(payload_bytes)) + 2 + payload_bytes
    at = len(head(payload_bytes))
    held = bytearray()
    number = 0
    while number < messages:
        piece = stream.recv(1 << 18)
        assert piece, "the broker closed the connection"
        held += piece
        answers = bytearray()
        used = 0
        while len(held) - used >= size:
            packet = held[used:used + size]
            used += size
            found = struct.unpack(">Q", packet[at + 2:at + 10])[0]
            assert found == number, f"message {found} where {number} was due"
            number += 1
            answers += b"\x40\x02" + packet[at:at + 2]
        del held[:used]
        stream.sendall(answers)


def memory(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(rf"{field}:\s+(\d+)", status.read()).group(1)) / 1024


def settled(pid):
    """Resident memory once what was freed has gone back."""
    time.sleep(2)
    return memory(pid, "VmRSS")


def measure(messages, payload_bytes):
    rows = []
    with brokers.durable_lmqttd(PROGRAM) as broker:
        receiver = connect(broker.port, b"receiver", resume=True)
        receiver.sendall(b"\x82" + bytes([2 + 2 + len(TOPIC) + 1]) + b"\x00\x01" +
                         struct.pack(">H", len(TOPIC)) + TOPIC + b"\x01")
        assert receive(receiver, 5)[4] == 1
        receiver.close()
        rows.append(("started", settled(broker.pid), None))
        publisher = connect(broker.port, b"publisher", resume=False)
        began = time.monotonic()
        publish(publisher, messages, payload_bytes)
        publisher.close()
        rows.append(("all queued and acknowledged", memory(broker.pid, "VmHWM"), time.monotonic() - began))
        broker.kill()
        began = time.monotonic()
        broker.start_again()
        connect(broker.port, b"canary", resume=False).close()
        seconds = time.monotonic() - began
        rows.append(("killed, started again, serving", memory(broker.pid, "VmHWM"), seconds))
        began = time.monotonic()
        drain(connect(broker.port, b"receiver", resume=True), messages, payload_bytes)
        rows.append(("all delivered", memory(broker.pid, "VmHWM"), time.monotonic() - began))
    return rows


def report(rows, messages, payload_bytes):
    lines = [f"{messages:,} messages of {payload_bytes:,} bytes for one offline session:", "",
             "| moment | most memory so far, MiB | seconds |", "|---|---|---|"]
    for what, mib, seconds in rows:
        lines.append(f"| {what} | {mib:.0f} | {'' if seconds is None else f'{seconds:.1f}'} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--payload", type=int, default=1024)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update")
    options = parser.parse_args()
    rows = measure(options.messages, options.payload)
    table = report(rows, options.messages, options.payload)
    print(table)
    if options.update:
        brokers.replace_between(options.update, MARKS, table)
    if options.check:
        most = max(mib for _, mib, _ in rows)
        restart = rows[2][2]
        failures = [why for failed, why in (
            (most > MOST_MEMORY, f"{most:.0f} MiB, {MOST_MEMORY} are promised"),
            (restart > MOST_SECONDS, f"{restart:.1f} s to restart, {MOST_SECONDS} are promised"),
        ) if failed]
        if failures:
            raise SystemExit("; ".join(failures))


if __name__ == "__main__":
    main()
