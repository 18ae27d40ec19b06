#!/usr/bin/env python3
"""src/README.md: the map, one line a file. The line is the first sentence of the file itself, so a file that does not
say what it is has no place on the map.

usage: map.py [--write] [root]
"""

import re
import sys

import source

WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")

TARGET = "src/README.md"

# The rooms from the ground up: layer, what it is, what it may never know.
ROOMS = {
    "base": (1, "assertions, locks, time, the log, the timer wheel"),
    "mqtt": (2, "the codec: bytes to packets and back, in three protocol versions"),
    "topic": (2, "who subscribes to what, and what is retained: pure data structures"),
    "store": (2, "durable state"),
    "net": (2, "sockets; knows no MQTT"),
    "session": (3, "one client's protocol state; time is a parameter, no input or output"),
    "access": (3, "who may do what with which topics; pure: no input or output, no clock"),
    "accounts": (3, "who a client is: passwords, tokens, accounts; knows neither MQTT nor sockets"),
    "broker": (4, "the meeting place: who is connected, where a message goes, what expires"),
    "client": (5, "one coroutine per client: where sockets meet MQTT"),
    "admin": (5, "the HTTP interface"),
    "plugins": (5, "what the public interface is enough for"),
    "server": (6, "the façade: builds the rooms, owns the threads"),
    "config": (6, "the configuration file"),
    "app": (7, "the lmqttd binary"),
}

OPENING = re.compile(r"\A((?:[ \t]*//[^\n]*\n)+)")


def sentence(text):
    """The first sentence of the comment a file begins with, or None."""
    opening = OPENING.match(text)
    if not opening:
        return None
    words = " ".join(line.strip().lstrip("/").strip() for line in opening.group(1).split("\n")).strip()
    end = re.search(r"[.:](?=\s|$)", words)
    first = words[:end.start()] if end and words[end.start()] == "." else words.split(". ")[0].rstrip(".")
    return first + "."


def files_of(room):
    """{name without its ending: [(ending, text)]}, headers first."""
    result = {}
    for path in sorted(room.rglob("*")):
        if path.suffix in (".hpp", ".cpp"):
            name = path.relative_to(room).with_suffix("").as_posix()
            result.setdefault(name, []).append((path.suffix, path.read_text(encoding="utf-8")))
    return {name: sorted(parts, reverse=True) for name, parts in sorted(result.items())}


def main():
    tree = source.root()
    complaints = []
    lines = [
        "# The map",
        "",
        "A room may include its own headers, the vocabulary in `include/lmqtt` and rooms of a lower layer, and of those",
        "only the ones that `tests/lint/layers.py` lists. This page is printed by `tests/lint/map.py --write` from the",
        "first sentence of every file.",
    ]
    public = files_of(tree / "include/lmqtt")
    folders = {"include/lmqtt": (0, "what everybody may include: the vocabulary, and the façade")}
    folders |= {f"src/{room}": told for room, told in ROOMS.items()}
    for folder, (layer, words) in folders.items():
        if not (tree / folder).is_dir():
            continue
        lines += ["", f"## {folder} (layer {layer}): {words}", "", "| file | |", "|---|---|"]
        for name, parts in files_of(tree / folder).items():
            # A source whose header is public has said it there.
            texts = [text for _, text in parts + public.get(name, [])]
            said = next((said for text in texts if (said := sentence(text))), None)
            if said is None:
                complaints.append(f"{folder}/{name}{parts[0][0]}: does not begin by saying what it is")
            endings = "/".join(ending for ending, _ in parts)
            lines.append(f"| `{name}{endings}` | {(said or '').replace('|', chr(92) + '|')} |")
    page = "\n".join(lines) + "\n"
    target = tree / TARGET
    if WRITE:
        target.write_text(page, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != page:
        complaints.append(f"{TARGET} is out of date: run tests/lint/map.py --write")
    source.finish("map", complaints)


main()
