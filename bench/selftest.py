#!/usr/bin/python3
"""Shows that bench/end_to_end finds what is wrong: the relay plants a known number of faults of one
kind, and the generator must report exactly that many, and none of another kind.

    bench/selftest.py build/release/bench
"""

import json
import subprocess
import sys

sys.dont_write_bytecode = True
import brokers  # noqa: E402

KINDS = ("lost", "duplicated", "reordered", "corrupted", "unacknowledged", "violations")
REPORTED_AS = {
    "drop": "lost",
    "duplicate": "duplicated",
    "reorder": "reordered",
    "corrupt": "corrupted",
    "drop-ack": "unacknowledged",
}
PAIRS = ["--shape", "batched", "--publishers", "8", "--receivers", "8"]
FAN_OUT = ["--shape", "fan-out", "--receivers", "20", "--window", "16"]
FAN_IN = ["--shape", "fan-in", "--publishers", "20", "--window", "16"]

# fault, shape, quality, protocol
CASES = (
    [("none", shape, quality, 4) for shape in (PAIRS, FAN_OUT, FAN_IN) for quality in (0, 1, 2)]
    + [("none", PAIRS, quality, 5) for quality in (0, 1, 2)]
    + [("drop", PAIRS, quality, 4) for quality in (0, 1, 2)]
    + [("duplicate", PAIRS, quality, 4) for quality in (0, 1)]
    + [("reorder", PAIRS, quality, 4) for quality in (0, 1, 2)]
    + [("corrupt", PAIRS, quality, 4) for quality in (0, 1, 2)]
    + [("drop-ack", PAIRS, quality, 4) for quality in (1, 2)]
    + [("drop", FAN_OUT, 0, 4), ("corrupt", FAN_IN, 0, 4), ("duplicate", FAN_OUT, 0, 5)]
)


def run_case(folder, case):
    """Returns what the relay planted, the generator's exit code and its report."""
    fault, shape, quality, version = case
    with brokers.relay(f"{folder}/relay", fault=fault, every=500) as broker:
        finished = subprocess.run(
            [f"{folder}/end_to_end", "--port", str(broker.port), *shape, "--qos", str(quality)]
            + ["--version", str(version), "--seconds", "0.4", "--warm-up", "0", "--json"],
            stdout=subprocess.PIPE,
            check=False,
        )
    planted = int(broker.output.split("planted ")[1])
    return planted, finished.returncode, json.loads(finished.stdout)


def complaint(case, planted, code, report):
    """What is wrong with a case's outcome, or nothing."""
    fault = case[0]
    if fault == "none":
        wanted = dict.fromkeys(KINDS, 0)
    elif planted == 0:
        return "the relay found no occasion for a fault"
    else:
        wanted = {kind: planted if kind == REPORTED_AS[fault] else 0 for kind in KINDS}
    found = {kind: report[kind] for kind in KINDS}
    if found != wanted:
        return f"wanted {wanted}, found {found}"
    if code != (0 if fault == "none" else 1):
        return f"exit code {code}"
    return "no message was delivered" if report["delivered"] == 0 else None


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "build/release/bench"
    failures = 0
    for case in CASES:
        fault, shape, quality, version = case
        planted, code, report = run_case(folder, case)
        wrong = complaint(case, planted, code, report)
        failures += wrong is not None
        print(
            f"{'FAILED' if wrong else 'ok':7}{shape[1]:9} QoS {quality} v{version} "
            f"{fault:10} planted {planted:4}  {wrong or ''}"
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
