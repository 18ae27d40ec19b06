#!/usr/bin/env python3
"""What the binary knows is printed by the binary: documentation that is typed a second time goes stale.
Also: a hook that nobody calls is a promise not kept.

usage: described.py [--write] BINARY [root]
"""

import re
import subprocess
import sys
from pathlib import Path

import source

WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")
BINARY = Path(sys.argv.pop(1)).resolve()

# `lmqttd describe <this>` and the file that must hold exactly what it prints.
DESCRIBED = {
    "toml": "etc/lmqttd.toml",
    "config": "docs/config.md",
    "metrics": "docs/metrics.md",
    "hooks": "docs/hooks.md",
}

HOOK = re.compile(r"\b(on_\w+);")
# Where a hook is declared, named or listed, but not called.
NOT_CALLS = ("src/config/", "src/app/")


def page_complaints(tree):
    for what, name in DESCRIBED.items():
        run = subprocess.run([BINARY, "describe", what], capture_output=True, text=True, timeout=60, check=False)
        if run.returncode != 0 or not run.stdout:
            yield f"lmqttd describe {what}: exit code {run.returncode}: {run.stderr.strip()}"
            continue
        target = tree / name
        if WRITE:
            target.parent.mkdir(exist_ok=True)
            target.write_text(run.stdout, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != run.stdout:
            yield f"{name} is not what `lmqttd describe {what}` prints: run tests/lint/described.py --write"


def hook_complaints(tree):
    header = tree / "include/lmqtt/hooks.hpp"
    if not header.exists():
        return
    hooks = HOOK.findall(source.bare(header.read_text(encoding="utf-8")))
    code = "".join(source.bare(text) for path, text in source.files(tree, ("src",))
                   if not path.startswith(NOT_CALLS))
    page = tree / "docs/hooks.md"
    words = page.read_text(encoding="utf-8") if page.exists() else ""
    for hook in hooks:
        if not re.search(rf"(?:\.|->){hook}\b", code):
            yield f"include/lmqtt/hooks.hpp: {hook} is called nowhere"
        if hook not in words:
            yield f"docs/hooks.md: says nothing about {hook}"


TREE = source.root()
source.finish("described", [*page_complaints(TREE), *hook_complaints(TREE)])
