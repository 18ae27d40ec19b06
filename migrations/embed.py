#!/usr/bin/env python3
"""Prints migrations as C++: what the binary carries, with the checksum that a database remembers.

usage: embed.py OUTPUT HEADER FUNCTION MIGRATION...

HEADER declares FUNCTION, which is written with its namespace.
"""

import hashlib
import sys
from pathlib import Path

output, header, function, *migrations = sys.argv[1:]
rows = []
for number, path in enumerate(map(Path, migrations), 1):
    text = path.read_bytes()
    assert path.name.startswith(f"{number:04}_"), f"{path.name} is not number {number}"
    checksum = hashlib.sha256(text).hexdigest()
    rows.append(f'    {{{number}, "{path.stem}", "{checksum}", R"~~({text.decode()})~~"}},')
Path(output).write_text(
    f'#include "{header}"\n\n#include <array>\n\n'
    f"std::span<const lmqtt::persistence::migration> {function}() {{\n"
    f"    static constexpr std::array<persistence::migration, {len(rows)}> all{{{{\n" + "\n".join(rows)
    + "\n    }};\n    return all;\n}\n", encoding="utf-8")
