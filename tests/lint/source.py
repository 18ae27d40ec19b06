"""What the rules share: finding the sources, and reading C++ without being fooled by strings and comments."""

import re
import sys
from pathlib import Path

CODE = ("include", "src", "bench", "examples", "tests")


def root():
    """The tree to look at: the first argument, or the one this file is in."""
    return Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]


def files(tree, folders=CODE, suffixes=(".hpp", ".cpp")):
    """(path from the root, text) of every source, in order."""
    for folder in folders:
        for path in sorted((tree / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path.relative_to(tree).as_posix(), path.read_text(encoding="utf-8")


def finish(rule, complaints):
    """Prints the complaints and ends the program: 0 if there are none."""
    for complaint in complaints:
        print(complaint)
    print(f"{rule}: {len(complaints)} complaint(s)" if complaints else f"{rule}: in order")
    sys.exit(1 if complaints else 0)


_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def _blank(match):
    """The same number of characters and lines, without the content."""
    text = match.group(0)
    kept = '"' if text[0] in 'R"' else "'" if text[0] == "'" else ""
    return kept + re.sub(r"[^\n]", " ", text[len(kept):len(text) - len(kept)]) + kept


def bare(text):
    """C++ with comments and the content of literals blanked; offsets and lines stay."""
    return _NOT_CODE.sub(_blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


_CLOSING = {"(": ")", "[": "]", "{": "}"}


def closing(text, opening):
    """The offset of the bracket that closes the one at `opening`, in bare text."""
    own, other, depth = text[opening], _CLOSING[text[opening]], 0
    for at in range(opening, len(text)):
        if text[at] == own:
            depth += 1
        elif text[at] == other:
            depth -= 1
            if depth == 0:
                return at
    return len(text) - 1


_HEAD = re.compile(
    r"(?P<name>~?[A-Za-z_]\w*|operator\s*[^\s\w(]{1,3}|operator\s*\(\s*\)|operator\s+[\w:<>]+)\s*\(")
_TAIL = re.compile(
    r"(?:\s|const\b|noexcept\b(?:\s*\([^{;]*?\))?|override\b|final\b|&&?"
    r"|mutable\b|try\b|->[^{;=]+|requires\b[^{;]+)*")
_NOT_FUNCTIONS = frozenset(
    "if for while switch catch return sizeof alignof decltype noexcept requires static_assert "
    "co_await co_return co_yield throw new delete and or not constexpr consteval explicit".split())


class Function:
    """A function definition: where it begins, its parameters, its body."""

    def __init__(self, name, text, start, parameters, body):
        self.name = name
        self.line = line_of(text, start)
        self.parameters = parameters
        self.body = text[body[0]:body[1] + 1]
        self.lines = line_of(text, body[1]) - self.line + 1


def _split_top(text):
    parts, depth, begin = [], 0, 0
    for at, c in enumerate(text):
        if c in "([{<":
            depth += 1
        elif c in ")]}" or (c == ">" and text[at - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip() not in ("", "void")]


def _skip_initializers(text, at):
    """From the ':' of a constructor to the '{' of its body."""
    while True:
        opening = re.compile(r"[({]|;").search(text, at)
        if not opening or opening.group() == ";":
            return None
        at = closing(text, opening.start()) + 1
        after = re.compile(r"\s*(,|\{|\.\.\.)?").match(text, at)
        if after.group(1) == "{":
            return after.end() - 1
        if after.group(1) is None:
            return None
        at = after.end()


def functions(text):
    """The functions defined in bare text, member functions in classes included, lambdas not."""
    at = 0
    while head := _HEAD.search(text, at):
        at = head.end()
        name = head.group("name")
        if name in _NOT_FUNCTIONS:
            continue
        opening = head.end() - 1
        end = closing(text, opening)
        body = _TAIL.match(text, end + 1).end()
        if text[body:body + 1] == ":" and text[body:body + 2] != "::":
            body = _skip_initializers(text, body)
        if body is None or text[body:body + 1] != "{":
            continue
        last = closing(text, body)
        yield Function(name, text, head.start(), _split_top(text[opening + 1:end]), (body, last))
        at = last


_LAMBDA = re.compile(r"(?<![\w\])])\s*\[(?P<capture>[^\[\]]*)\]\s*(?=[({<m-])")


def lambdas(text):
    """(offset, capture list, body) of every lambda in bare text."""
    for head in _LAMBDA.finditer(text):
        at = head.end()
        if text[at:at + 1] == "<":
            at = text.find("(", at)
        if text[at:at + 1] == "(":
            at = closing(text, at) + 1
        body = _TAIL.match(text, at).end()
        if text[body:body + 1] == "{":
            yield head.start("capture"), head.group("capture").strip(), text[body:closing(text, body) + 1]
