#!/usr/bin/env python3
"""docs/conformance.md: which rule of MQTT is shown by which test. Generated from the tags in the tests, so that
coverage of the standard is a fact and not a claim.

usage: conformance.py [--write] [root]

Without --write it fails if the file differs from what the tests say, or if a test cites a rule that
tests/lint/normative.txt does not know (the drafts of the standard count differently: look the number up).
"""

import re
import sys
from collections import defaultdict

import source

WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")

TARGET = "docs/conformance.md"
GROUPS = [
    ("MQTT 5.0 (and 3.1.1, where the rule is the same): numbered statements", ("S", "B", "R")),
    ("MQTT 5.0: rules without a number", ("X",)),
    ("Differences of MQTT 3.1.1 and 3.1", ("3",)),
]
WHO = {"S": "server", "B": "both", "R": "reaction", "X": "server", "3": "server"}

TAG = re.compile(r"\[((?:MQTT(?:311)?-\d+(?:\.\d+)*-\d+|MQTT31|MQTT-MIXED|X-[A-Z]+-\d+)"
                 r"(?:\s*,\s*(?:MQTT|X-)[\w.-]+)*)\]")
CPP_TEST = re.compile(r'\b(?:TEMPLATE_)?(?:TEST_CASE|SCENARIO)\w*\s*\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)')
PYTHON_TEST = re.compile(r"^(?:    )?(?:async )?def (test_\w+)", re.MULTILINE)


def rules(tree):
    """[(ids, who, words)] in the order of the list."""
    result = []
    for line in (tree / "tests/lint/normative.txt").read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            ids, who, words = line.split(" ", 2)
            result.append((ids.split(","), who, words))
    return result


def cpp_name(match):
    literals = re.findall(r'"((?:\\.|[^"\\])*)"', match.group(1))
    return "".join(literals).replace('\\"', '"')


def cpp_begin(text, match):
    return match.start()


def python_name(match):
    return match.group(1)


def python_begin(text, match):
    """The decorators and comments right above a test are part of it."""
    begin = match.start()
    while begin > 0:
        line = text.rfind("\n", 0, begin - 1) + 1
        if not re.match(r"\s*(?:#|@|\)|\]|\S.*[,(\[]\s*(?:#.*)?$)", text[line:begin]) or line == begin:
            break
        begin = line
    return begin


def tags(tree):
    """(path, name of the test or None, id) of every tag in a test."""
    kinds = [((".cpp",), CPP_TEST, cpp_name, cpp_begin), ((".py",), PYTHON_TEST, python_name, python_begin)]
    for suffixes, pattern, name, begin in kinds:
        for path, text in source.files(tree, ("tests",), suffixes):
            if path.startswith("tests/lint/"):
                continue
            tests = [(begin(text, match), name(match)) for match in pattern.finditer(text)]
            for tag in TAG.finditer(text):
                owner = None
                for at, test in tests:
                    if at <= tag.start():
                        owner = test
                for rule in re.split(r"\s*,\s*", tag.group(1)):
                    yield path, owner, rule


def cell(text):
    return text.replace("|", "\\|")


def document(known, shown):
    """The page, as text."""
    lines = [
        "# Conformance",
        "",
        "Every rule of the standards that concerns a server, and the tests that show that lmqttd keeps it. Printed by",
        "`tests/lint/conformance.py --write` from the tags in the tests; a check fails if it is out of date.",
        "",
        "*Who*: whose duty the rule is. For a *reaction* the duty is the client's, and what is tested is what we do",
        "about a client that breaks it.",
        "",
    ]
    missing, tables = [], []
    for title, whos in GROUPS:
        group = [rule for rule in known if rule[1] in whos]
        one_by_one = sum(len(ids) for ids, _, _ in group) if "3" not in whos else len(group)
        done = [rule for rule in group if all(shown[i] for i in rule[0])]
        missing += [rule for rule in group if rule not in done]
        lines.append(f"- {title}: **{len(done)} of {one_by_one}**")
        tables += ["", f"## {title}", "", "| rule | who | what it says | shown by |", "|---|---|---|---|"]
        for ids, who, words in group:
            tests = sorted({test for i in ids for test in shown[i]})
            links = "<br>".join(f"{cell(test)} ([{path.rsplit('/', 1)[-1]}](../{path}))" for path, test in tests)
            tables.append(f"| {', '.join(ids)} | {WHO[who]} | {cell(words)} | {links or '**nothing yet**'} |")
    lines += ["", "## Not shown by a test", ""]
    lines += [f"- {', '.join(ids)}: {words}" for ids, _, words in missing] or ["Nothing."]
    return "\n".join(lines + tables) + "\n"


def main():
    tree = source.root()
    known = rules(tree)
    ids = {i for group, _, _ in known for i in group}
    complaints, shown = [], defaultdict(list)
    for path, test, rule in tags(tree):
        if rule not in ids:
            complaints.append(f"{path}: {rule} is not in tests/lint/normative.txt")
        elif test is not None:
            shown[rule].append((path, test))
    page = document(known, shown)
    target = tree / TARGET
    if WRITE:
        target.parent.mkdir(exist_ok=True)
        target.write_text(page, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != page:
        complaints.append(f"{TARGET} is out of date: run tests/lint/conformance.py --write")
    print("\n".join(line for line in page.split("\n") if line.startswith("- ") and "**" in line))
    source.finish("conformance", complaints)


main()
