#!/usr/bin/env python3
"""Prints the migrations as C++: what the binary carries, with the checksum that a database remembers.

usage: embed.py OUTPUT MIGRATION...
"""

import hashlib
import sys
from pathlib import Path

output, *migrations = map(Path, sys.argv[1:])
rows = []
for number, path in enumerate(migrations, 1):
    text = path.read_bytes()
    assert path.name.startswith(f"{number:04}_"), f"{path.name} is not number {number}"
    checksum = hashlib.sha256(text).hexdigest()
    rows.append(f'    {{{number}, "{path.stem}", "{checksum}", R"~~({text.decode()})~~"}},')
output.write_text(
    '#include "store/sqlite/migrations.hpp"\n\n#include <array>\n\n'
    "namespace lmqtt::persistence {\n\nstd::span<const migration> embedded_migrations() {\n"
    f"    static constexpr std::array<migration, {len(rows)}> all{{{{\n" + "\n".join(rows)
    + "\n    }};\n    return all;\n}\n\n}  // namespace lmqtt::persistence\n", encoding="utf-8")
