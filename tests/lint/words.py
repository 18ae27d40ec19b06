#!/usr/bin/env python3
"""Words we do not use, each with the reason. What a compiler or clang-tidy 14 cannot see is seen here.

usage: words.py [root]
"""

import re

import source

EVERYWHERE = ("include/", "src/", "bench/", "examples/", "tests/")
OURS = ("include/", "src/", "examples/")

# (pattern in code without comments and strings, where, except where, why)
CODE = [
    (r"\bdetached\b", OURS, ("src/net/task_group",),
     "coroutines are started by task_group::spawn, which logs what escapes"),
    (r"\bawaitable_operators\b", EVERYWHERE, (),
     "it doubles the compile time, and a client is one coroutine"),
    (r"\busing\s+namespace\b", OURS, (), "say where a name comes from"),
    (r"\busing\s+namespace\s+(?!lmqtt\b|std::(?:\w+::)*\w*literals\b)", ("tests/", "bench/"), (),
     "only our own and literals may be brought in whole"),
    (r"\bstd::(?:cout|cerr|clog)\b", ("include/", "src/"), (), "the log, or std::fputs in src/app"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\b|\bnanosleep\b", ("tests/", "src/", "include/"),
     (), "a test that sleeps is slow or flaky; time is handed in"),
    (r"\b(?:steady_clock|system_clock)\s*::\s*now\b", ("src/", "include/"), ("src/base/clock.cpp",),
     "time is handed in: base::clock"),
    (r"\b(?:class|struct|namespace|enum\s+class)\s+\w*(?:util|helper|manager|misc|common)s?\w*\b",
     EVERYWHERE, (), "a name says what a thing is"),
    (r"\bvolatile\b", EVERYWHERE, ("bench/",), "it orders nothing between threads"),
    (r"\bassert\s*\(", ("include/", "src/"), (), "LMQTT_ASSERT, which is also there in release builds"),
]

# (pattern in the whole text, where, why)
TEXT = [
    (r"\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b", EVERYWHERE, "finish it, or file an issue"),
]

# Patterns of file and folder names.
NAMES = re.compile(r"(?:^|[/_])(?:util|helper|common|misc|manager)s?(?:[/_.]|$)")

STATEMENT = re.compile(r"[;{}]")


def coroutine_complaints(path, text):
    """The rules for coroutines under g++ 12 that no tool checks."""
    for offset, capture, body in source.lambdas(text):
        for _, _, inner in list(source.lambdas(body)):
            body = body.replace(inner, "")
        if capture and re.search(r"\bco_(?:await|return|yield)\b", body):
            yield (f"{path}:{source.line_of(text, offset)}: a lambda that captures is no coroutine: its captures "
                   "die before it does; write a member function")
    begin = 0
    for end in [match.start() for match in STATEMENT.finditer(text)] + [len(text)]:
        statement = text[begin:end]
        awaits = len(re.findall(r"\bco_await\b", statement))
        line = source.line_of(text, begin + len(statement) - len(statement.lstrip()))
        if awaits > 1:
            yield f"{path}:{line}: one co_await a statement"
        if awaits and re.search(r"\?(?!\?)", statement):
            yield f"{path}:{line}: no ?: around a co_await"
        begin = end + 1


def complaints(tree):
    for path, text in source.files(tree):
        if NAMES.search(path):
            yield f"{path}: a name says what a thing is, not that it is good for something"
        code = source.bare(text)
        for pattern, places, excepted, why in CODE:
            if path.startswith(places) and not (excepted and path.startswith(excepted)):
                for match in re.finditer(pattern, code):
                    yield f"{path}:{source.line_of(code, match.start())}: {match.group().strip()}: {why}"
        for pattern, places, why in TEXT:
            if path.startswith(places):
                for match in re.finditer(pattern, text):
                    yield f"{path}:{source.line_of(text, match.start())}: {match.group()}: {why}"
        if "co_await" in code or "co_return" in code:
            yield from coroutine_complaints(path, code)
    for path, text in source.files(tree, ("tests", "bench"), (".py",)):
        if NAMES.search(path):
            yield f"{path}: a name says what a thing is, not that it is good for something"


source.finish("words", list(complaints(source.root())))
