#!/usr/bin/env python3
"""Lengths. The pain of every broker we read is in the one file, and the one function, that was let go.

usage: length.py [root]

tests/lint/length.txt lists what may exceed the wish (never the limit), with its length of today: it may only
shrink, so a listed thing that got shorter must be listed with its new length, or not at all.
"""

import re

import source

COLUMNS = 100
HEADER = (200, 200)   # the wish, the limit
SOURCE = (400, 500)
FUNCTION = (60, 70)
PARAMETERS = 4
NESTING = 3

RATCHET = "tests/lint/length.txt"
CONTROL = re.compile(r"\b(if|for|while|switch|do|try|else)\b")


def nesting(body):
    """How deep the control statements of a function are nested. `else if` is one level, a lambda starts anew."""
    deepest, stack, at = 0, [], 1
    pending = False
    while at < len(body):
        c = body[at]
        word = CONTROL.match(body, at)
        if word and not (body[at - 1].isalnum() or body[at - 1] == "_"):
            pending = True
            at = word.end()
            opening = re.compile(r"\s*(?:constexpr\s*)?\(").match(body, at)
            if opening and word.group(1) in ("if", "for", "while", "switch"):
                at = source.closing(body, opening.end() - 1) + 1
            continue
        if c == "{":
            stack.append(pending)
            pending = False
            deepest = max(deepest, sum(stack))
        elif c == "}":
            if stack:
                stack.pop()
            pending = False
        elif c == ";":
            pending = False
        at += 1
    return deepest


def without_lambdas(body):
    for _, _, inner in list(source.lambdas(body)):
        body = body.replace(inner, "{" + " " * (len(inner) - 2) + "}", 1)
    return body


def measure(path, text):
    """(what, length, wish, limit) of everything measured by lines."""
    yield path, text.count("\n"), *(HEADER if path.endswith(".hpp") else SOURCE)
    if path.startswith("tests/"):
        return
    for function in source.functions(source.bare(text)):
        yield f"{path}:{function.name}", function.lines, *FUNCTION


def hard(path, text):
    """What has no ratchet."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS:
            yield f"{path}:{number}: {len(line)} columns (at most {COLUMNS})"
    if path.startswith("tests/"):
        return
    for function in source.functions(source.bare(text)):
        if len(function.parameters) > PARAMETERS:
            yield (f"{path}:{function.line}: {function.name} has {len(function.parameters)} parameters "
                   f"(at most {PARAMETERS}, then a struct)")
        depth = nesting(without_lambdas(function.body))
        if depth > NESTING:
            yield f"{path}:{function.line}: {function.name} is nested {depth} deep (at most {NESTING})"


def complaints(tree):
    ratchet = tree / RATCHET
    lines = ratchet.read_text(encoding="utf-8").split("\n") if ratchet.exists() else []
    allowed = {what: int(length) for length, what in
               (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))}
    seen = set()
    for path, text in source.files(tree):
        yield from hard(path, text)
        for what, length, wish, limit in measure(path, text):
            if length > limit:
                yield f"{what}: {length} lines, the limit is {limit}"
            elif length > wish and length > allowed.get(what, 0):
                yield f"{what}: {length} lines, more than {max(wish, allowed.get(what, 0))}"
            elif what in allowed and length < allowed[what]:
                yield f"{RATCHET}: {what} has {length} lines now: lower its entry, or remove it"
            seen.add(what)
    for what in allowed:
        if what not in seen:
            yield f"{RATCHET}: {what} is gone: remove its entry"


source.finish("length", list(complaints(source.root())))
