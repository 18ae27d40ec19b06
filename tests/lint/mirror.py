#!/usr/bin/env python3
"""Every source has its test beside it: whoever opens src/topic/topic_filter.cpp finds its behaviour in
tests/topic/topic_filter_test.cpp. The exceptions are listed with their reason, and the list only shrinks.

usage: mirror.py [root]
"""

import source

# src/<this>, and why it has no test file of its own.
EXCEPTIONS = {
    "base/asio.cpp": "Asio itself",
    "store/sqlite/recover.cpp": "tests/store/sqlite/sqlite_store_test.cpp: random histories",
    "store/sqlite/writer.cpp": "tests/store/sqlite/sqlite_store_test.cpp: random histories",
}


def complaints(tree):
    for path in sorted((tree / "src").rglob("*.cpp")):
        name = path.relative_to(tree / "src")
        test = tree / "tests" / name.with_name(name.stem + "_test.cpp")
        if test.exists() and name.as_posix() in EXCEPTIONS:
            yield f"mirror.py: {name} has a test now and needs no exception"
        elif not test.exists() and name.as_posix() not in EXCEPTIONS:
            yield f"src/{name}: has no {test.relative_to(tree)}"
    for name in EXCEPTIONS:
        if (tree / "meson.build").exists() and not (tree / "src" / name).exists():
            yield f"mirror.py: src/{name} is gone and needs no exception"


source.finish("mirror", list(complaints(source.root())))
