#!/usr/bin/env python3
"""Runs groups of tests and counts what really happened, test case by test case.

usage: tally.py FOLDER start                             forget earlier results
       tally.py FOLDER meson NAME BUILD [SUITE...]       the tests Meson knows: of these suites, or all but -SUITE
       tally.py FOLDER pytest NAME TARGET [OPTION...]    the tests of a folder, two files at a time, or of a file
       tally.py FOLDER command NAME PROGRAM [ARG...]     one test: the program's exit code
       tally.py FOLDER step NAME PROGRAM [ARG...]        no test, but a failure if it fails: a build
       tally.py FOLDER total                             "N passed, N failed"; exit code 1 on a failure

FOLDER keeps one count and the logs per NAME. A group that cannot run at all is a failure.
"""

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(sys.argv[1]).resolve()
LIMIT = 3600  # seconds, of one program: what hangs is a failure, not a night


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __add__(self, other):
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def run(name, command, **options):
    """(exit code, path of the log); the log is shown if it did not go well."""
    log = FOLDER / f"{name}.log"
    with log.open("wb") as out:
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                  timeout=LIMIT, check=False, **options).returncode
        except subprocess.TimeoutExpired:
            code = "killed after its time"
        except OSError as failure:
            code = failure
    if code != 0:
        text = log.read_text(encoding="utf-8", errors="replace")
        print(f"--- {name}: {code}\n{text[-20000:]}", flush=True)
    return code


def catch2(name, command, options):
    """Catch2 counts test cases in its XML report. A report that is not finished is a crash."""
    report = FOLDER / f"{name}.xml"
    report.unlink(missing_ok=True)
    code = run(name, [*command, "-r", "xml", "-o", report], **options)
    try:
        cases = xml.parse(report).getroot().find("OverallResultsCases")
        count = Count(int(cases.get("successes")) + int(cases.get("expectedFailures")), int(cases.get("failures")))
    except (OSError, xml.ParseError, AttributeError):
        print(f"--- {name}: no complete report")
        return Count(failed=1)
    if count.failed:
        show_catch2_failures(report)
    if code != 0 and not count.failed:
        return count + Count(failed=1)  # a sanitizer's word at the end, for instance
    return count


def show_catch2_failures(report):
    for case in xml.parse(report).getroot().iter("TestCase"):
        if case.find("OverallResult").get("success") == "true":
            continue
        print(f"{case.get('filename')}:{case.get('line')}: {case.get('name')}")
        for told in case.iter("Info"):
            print(f"    {(told.text or '').strip()}")
        for expression in case.iter("Expression"):
            if expression.get("success") == "false":
                expanded = (expression.findtext("Expanded") or "").strip()
                print(f"    {expression.get('filename')}:{expression.get('line')}: "
                      f"{expression.findtext('Original').strip()}  is  {expanded}")


def meson(name, build, *suites):
    introspection = subprocess.run(["meson", "introspect", build, "--tests"], capture_output=True, check=True)
    wanted = {suite for suite in suites if not suite.startswith("-")}
    unwanted = {suite[1:] for suite in suites if suite.startswith("-")}

    def is_wanted(test):
        own = {suite.split(":")[-1] for suite in test["suite"]}
        return (not wanted or own & wanted) and not own & unwanted

    tests = [test for test in json.loads(introspection.stdout) if is_wanted(test)]

    def one(test):
        options = {"env": {**os.environ, **test["env"]}, "cwd": test["workdir"] or build}
        log_name = f"{name}-{test['name']}"
        if Path(test["cmd"][0]).name.endswith("_test"):
            return catch2(log_name, test["cmd"], options)
        code = run(log_name, test["cmd"], **options)
        return Count(passed=1) if code == 0 else Count(failed=1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(one, tests), Count()) if tests else Count(failed=1)


def pytest(name, target, *options):
    """Every file by itself, so that two can run at a time and a crash costs one file's results."""
    target = Path(target)
    files = [target] if target.is_file() else sorted([*target.glob("test_*.py"), *target.glob("hostile_*.py")], key=lambda path: -path.stat().st_size)

    def one(path):
        report = FOLDER / f"{name}-{path.stem}.xml"
        report.unlink(missing_ok=True)
        code = run(f"{name}-{path.stem}",
                   ["/usr/bin/python3", "-m", "pytest", "-q", f"--junitxml={report}", path, *options])
        try:
            suite = xml.parse(report).getroot().find("testsuite")
            tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
            failed = sum(case.find("failure") is not None or case.find("error") is not None
                         for case in suite.iter("testcase"))
        except (OSError, xml.ParseError, AttributeError):
            return Count(failed=1)
        if code not in (0, 5) and failed == 0:  # 5: all deselected
            failed, tests = 1, tests + 1
        return Count(tests - failed - skipped, failed, skipped)

    with ThreadPoolExecutor(min(2, os.cpu_count())) as pool:
        return sum(pool.map(one, files), Count()) if files else Count(failed=1)


def command(name, *arguments):
    return Count(passed=1) if run(name, arguments) == 0 else Count(failed=1)


def step(name, *arguments):
    return Count() if run(name, arguments) == 0 else Count(failed=1)


def total():
    counts = [Count(*json.loads(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.count")]
    everything = sum(counts, Count())
    if everything.skipped:
        print(f"({everything.skipped} skipped)")
    print(f"{everything.passed} passed, {everything.failed} failed")
    return 1 if everything.failed or not everything.passed else 0


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    action = sys.argv[2]
    if action == "start":
        for old in FOLDER.glob("*"):
            old.unlink()
        return 0
    if action == "total":
        return total()
    name, *arguments = sys.argv[3:]
    began = time.monotonic()
    count = {"meson": meson, "pytest": pytest, "command": command, "step": step}[action](name, *arguments)
    (FOLDER / f"{name}.count").write_text(json.dumps([count.passed, count.failed, count.skipped]), encoding="utf-8")
    print(f"== {name}: {count} ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if count.failed else 0


sys.exit(main())
