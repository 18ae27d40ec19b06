#!/usr/bin/env python3
"""docs/security.md names a test for each of its promises; a test that is not there keeps none.

usage: promises.py [root]
"""

import re

import source

PAGE = "docs/security.md"
PLACES = {"w": "tests/wire", "n": "tests/net", "c": "tests/client", "a": "tests/accounts"}
NAMED = re.compile(r"`((?:[wnca]|tests/[a-z]+)/[\w.]+?\.(?:py|cpp))(?:::(\w+))?`")
ROW = re.compile(r"^\| [A-Z0-9].*\|$", re.MULTILINE)


def file_of(name):
    short, _, rest = name.partition("/")
    return f"{PLACES[short]}/{rest}" if short in PLACES else name


def complaints(root):
    text = (root / PAGE).read_text(encoding="utf-8")
    for name, test in NAMED.findall(text):
        path = root / file_of(name)
        if not path.exists():
            yield f"{PAGE}: {file_of(name)} does not exist"
        elif test and f"def {test}(" not in path.read_text(encoding="utf-8"):
            yield f"{PAGE}: {file_of(name)} has no {test}"
    for row in ROW.findall(text):
        if not NAMED.search(row) and "tests/fuzz" not in row:
            yield f"{PAGE}: a promise without a test: {row[:60]}"


source.finish("promises", list(complaints(source.root())))
