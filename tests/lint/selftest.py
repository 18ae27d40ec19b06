#!/usr/bin/env python3
"""A rule that cannot fail is no rule: every check is shown a small tree that is in order, and then one
violation at a time, and must tell them apart.

usage: selftest.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

ORDERLY = {
    "src/base/clock.hpp": "#pragma once\n#include <chrono>\n",
    "src/mqtt/decode.hpp": '#pragma once\n#include "base/clock.hpp"\n#include <lmqtt/packet.hpp>\n',
    "src/mqtt/decode.cpp": '#include "mqtt/decode.hpp"\n\nint decode(int a, int b) { return a + b; }\n',
    "src/client/client.hpp": '#pragma once\n#include "net/connection.hpp"\n#include <lmqtt/task.hpp>\n',
    "src/net/connection.hpp": "#pragma once\n#include <boost/asio/io_context.hpp>\n",
    "src/config/load.hpp": "#pragma once\n#include <toml++/toml.h>\n",
    "include/lmqtt/packet.hpp": "#pragma once\n#include <string>\n",
    "include/lmqtt/task.hpp": "#pragma once\n#include <boost/asio/awaitable.hpp>\n",
    "examples/embed.cpp": "#include <lmqtt/task.hpp>\n",
    "tests/mqtt/decode_test.cpp": 'TEST_CASE("decode adds [MQTT-1.5.4-1]") {}\n',
    "tests/wire/test_connect.py": '# [MQTT-1.5.4-2]\n@mark(\n    1)\ndef test_nul(broker):\n    """[X-PROP-1]"""\n',
    "docs/security.md": "| promise | shown by |\n| --- | --- |\n| No crash. | `w/test_connect.py::test_nul` |\n",
    "tests/lint/normative.txt": "# rules\nMQTT-1.5.4-1 B Text.\nMQTT-1.5.4-2 B Nul.\nX-PROP-1 X Property.\n"
                                "MQTT311-1.5.3-1,MQTT311-1.5.3-2 3 Both.\n",
}


def deep(levels):
    return "void f() {\n" + "if (a) {\n" * levels + "}\n" * levels + "}\n"


def long_function(lines):
    return "int f(int a) {\n" + "++a;\n" * (lines - 3) + "return a;\n}\n"


# check: [(the violation, what is written or overwritten, what must be said)]
VIOLATIONS = {
    "layers": [
        ("an arrow that points up", {"src/base/up.hpp": '#include "mqtt/decode.hpp"\n'}, "base may not include"),
        ("a neighbour", {"src/topic/a.hpp": '#include "mqtt/decode.hpp"\n'}, "topic may not include"),
        ("more than an interface", {"src/client/a.hpp": '#include "net/listener.hpp"\n'}, "client may not include"),
        ("an unknown room", {"src/stuff/a.hpp": "\n"}, "no room stuff"),
        ("a header in no room", {"src/mqtt/a.hpp": '#include "elsewhere/b.hpp"\n'}, "is in no room"),
        ("Asio in a pure room", {"src/session/a.hpp": "#include <boost/asio.hpp>\n"}, "belongs to"),
        ("Asio by way of the façade", {"src/broker/a.hpp": "#include <lmqtt/task.hpp>\n"}, "without Asio"),
        ("Asio in the vocabulary", {"include/lmqtt/packet.hpp": "#include <lmqtt/task.hpp>\n"}, "brings Asio"),
        ("spdlog outside the log", {"src/net/a.cpp": "#include <spdlog/spdlog.h>\n"}, "belongs to"),
        ("SQL outside the store", {"src/store/a.cpp": "#include <SQLiteCpp/Database.h>\n"}, "belongs to"),
        ("a library in a public header", {"include/lmqtt/a.hpp": "#include <toml++/toml.h>\n"}, "belongs to"),
        ("a thread in the broker", {"src/broker/a.hpp": "#include <thread>\n"}, "is pure"),
        ("a room's header in an example", {"examples/a.cpp": '#include "mqtt/decode.hpp"\n'}, "only public"),
        ("a plugin that looks inside", {"src/plugins/a.cpp": '#include "base/clock.hpp"\n'}, "plugins may not"),
    ],
    "mirror": [
        ("a source without a test", {"src/mqtt/framer.cpp": "\n"}, "has no tests/mqtt/framer_test.cpp"),
        ("an exception nobody needs", {"src/base/asio.cpp": "\n", "tests/base/asio_test.cpp": "\n"}, "needs no exception"),
        ("an exception for nothing", {"meson.build": "\n"}, "is gone"),
    ],
    "length": [
        ("a wide line", {"tests/a.cpp": "x" * 101 + "\n"}, "101 columns"),
        ("a long header", {"src/mqtt/a.hpp": "\n" * 201}, "the limit is 200"),
        ("a long source", {"src/mqtt/a.cpp": "\n" * 401}, "401 lines, more than 400"),
        ("a very long source, listed", {"src/mqtt/a.cpp": "\n" * 501, "tests/lint/length.txt": "501 src/mqtt/a.cpp\n"},
         "the limit is 500"),
        ("a listed file that grew", {"src/mqtt/a.cpp": "\n" * 450, "tests/lint/length.txt": "440 src/mqtt/a.cpp\n"},
         "more than 440"),
        ("a listed file that shrank", {"src/mqtt/a.cpp": "\n" * 420, "tests/lint/length.txt": "440 src/mqtt/a.cpp\n"},
         "lower its entry"),
        ("a listed file that is gone", {"tests/lint/length.txt": "440 src/mqtt/gone.cpp\n"}, "is gone"),
        ("a long function", {"src/mqtt/a.cpp": long_function(61)}, "a.cpp:f: 61 lines"),
        ("a very long function", {"src/mqtt/a.cpp": long_function(71)}, "the limit is 70"),
        ("many parameters", {"src/mqtt/a.cpp": "void f(int a, std::map<int, int> b, int c, int d, int e) {}\n"},
         "5 parameters"),
        ("a constructor with many parameters", {"src/mqtt/a.cpp": "a::a(int b, int c, int d, int e, int f)\n: b_(b) {}\n"},
         "5 parameters"),
        ("deep nesting", {"src/mqtt/a.cpp": deep(4)}, "nested 4 deep"),
    ],
    "words": [
        ("detached", {"src/client/a.cpp": "void f() { co_spawn(x, y, asio::detached); }\n"}, "task_group"),
        ("a lambda that captures and awaits", {"src/net/a.cpp": "auto f = [this]() -> task<void> { co_return; };\n"},
         "captures"),
        ("two awaits in a statement", {"src/net/a.cpp": "task<int> f() { co_return co_await a() + co_await b(); }\n"},
         "one co_await"),
        ("an await in a choice", {"src/net/a.cpp": "task<int> f() { x = a ? co_await b() : 1; }\n"}, "no ?:"),
        ("using namespace", {"src/mqtt/a.cpp": "using namespace std;\n"}, "where a name comes from"),
        ("std in a test", {"tests/a.cpp": "using namespace std;\n"}, "only our own"),
        ("cout", {"src/mqtt/a.cpp": "void f() { std::cout << 1; }\n"}, "the log"),
        ("a sleeping test", {"tests/a.cpp": "void f() { std::this_thread::sleep_for(1s); }\n"}, "slow or flaky"),
        ("asking for the time", {"src/session/a.cpp": "auto f = std::chrono::steady_clock::now();\n"}, "handed in"),
        ("a name that says nothing", {"src/mqtt/string_utils.hpp": "\n"}, "a name says"),
        ("a class that manages", {"src/mqtt/a.hpp": "class connection_manager {};\n"}, "a name says"),
        ("a promise", {"src/mqtt/a.cpp": "// " + "TO" + "DO: later\n"}, "finish it"),
        ("assert", {"src/mqtt/a.cpp": "void f() { assert(true); }\n"}, "LMQTT_ASSERT"),
        ("operators for awaitables", {"src/net/a.cpp": "#include <boost/asio/experimental/awaitable_operators.hpp>\n"},
         "compile time"),
    ],
    "conformance": [
        ("an unknown rule", {"tests/wire/test_a.py": 'def test_a():\n    """[MQTT-9.9.9-9]"""\n'}, "is not in"),
        ("a new test, not printed", {"tests/wire/test_a.py": 'def test_a():\n    """[MQTT-1.5.4-1]"""\n'}, "out of date"),
        ("a claim withdrawn", {"tests/mqtt/decode_test.cpp": "\n"}, "out of date"),
    ],
    "promises": [
        ("a test that is gone", {"tests/wire/test_connect.py": "\n"}, "has no test_nul"),
        ("a file that is gone", {"tests/wire/test_connect.py": None}, "does not exist"),
        ("a promise alone", {"docs/security.md": "| No crash. | believe us |\n"}, "without a test"),
    ],
    "map": [
        ("a new file, not printed", {"src/mqtt/a.hpp": "// New.\n"}, "out of date"),
        ("a file that says nothing", {"src/mqtt/a.hpp": "#pragma once\n"}, "does not begin"),
        ("a file that is gone", {"src/mqtt/decode.hpp": None}, "out of date"),
    ],
    "described": [
        ("a page that differs", {"docs/config.md": "other\n"}, "docs/config.md is not"),
        ("a missing page", {"docs/metrics.md": None}, "docs/metrics.md is not"),
        ("a binary that refuses", {"lmqttd": "#!/bin/sh\nexit 2\n"}, "exit code 2"),
        ("a hook nobody calls", {"include/lmqtt/hooks.hpp": "struct hooks { h on_stop; h on_never; };\n"},
         "on_never is called nowhere"),
        ("a hook without a word", {"include/lmqtt/hooks.hpp": "struct hooks { h on_stop; h on_never; };\n"},
         "says nothing about on_never"),
    ],
}

# Looks like a violation, and is none.
HARMLESS = {
    "layers": {"src/mqtt/a.cpp": '#include <boost/system/result.hpp>\n// #include "net/a.hpp"\n'},
    "mirror": {},
    "length": {
        "src/mqtt/a.cpp": long_function(60) + deep(3)
        + 'template <typename T> void g(std::map<T, std::pair<T, T>> a, int b, int c, int d) {}\n',
        "src/mqtt/b.cpp": "\n" * 440, "tests/lint/length.txt": "440 src/mqtt/b.cpp\n",
    },
    "words": {
        "src/net/a.cpp": "// detached, std::cout and using namespace std\n"
                         'auto s = "assert(x) TODAY"; auto f = []() -> task<void> { co_return; };\n'
                         "auto g = [&] { return 1; };\n",
        "tests/a.cpp": "using namespace std::chrono_literals;\nusing namespace lmqtt;\n",
    },
    "conformance": {"src/mqtt/a.cpp": "// [MQTT-9.9.9-9] is not a test\n"},
    "map": {"tests/mqtt/a.cpp": "\n"},
    "described": {},
    "promises": {"docs/security.md": "| promise | shown by |\nNo crash, says nobody in a table.\n"},
}

PRINTED = {"etc/lmqttd.toml": "toml\n", "docs/config.md": "config\n", "docs/metrics.md": "metrics\n",
           "docs/hooks.md": "hooks\n"}


def write(tree, files):
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)


def run(check, tree, *options):
    command = [sys.executable, HERE / f"{check}.py", *options]
    command += [tree / "lmqttd", tree] if check == "described" else [tree]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def orderly(check, tree):
    """A tree the check has nothing to say about."""
    write(tree, ORDERLY)
    if check == "mirror":
        write(tree, {"src/base/asio.cpp": "\n"})
    if check == "map":
        for path in [*tree.glob("src/*/*"), *tree.glob("include/*/*")]:
            path.write_text("// What it is. And more.\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    if check in ("conformance", "map"):
        run(check, tree, "--write")
    if check == "described":
        write(tree, PRINTED)
        write(tree, {"lmqttd": '#!/bin/sh\necho "$2"\n', "src/broker/stop.cpp": "void f() { hooks.on_stop(); }\n",
                     "include/lmqtt/hooks.hpp": "struct hooks { h on_stop; };\n", "docs/hooks.md": "on_stop\n"})
        write(tree, {"lmqttd": '#!/bin/sh\n[ "$2" = hooks ] && echo on_stop || echo "$2"\n'})


def main():
    failures = []
    shown = 0
    for check, violations in VIOLATIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            orderly(check, tree)
            write(tree, HARMLESS[check])
            result = run(check, tree)
            if result.returncode != 0:
                failures.append(f"{check}: complains about a tree in order:\n{result.stdout}{result.stderr}")
        for what, files, expected in violations:
            with tempfile.TemporaryDirectory() as folder:
                tree = Path(folder)
                orderly(check, tree)
                if "meson.build" in files and check == "mirror":
                    (tree / "src/base/asio.cpp").unlink()
                write(tree, files)
                result = run(check, tree)
                shown += 1
                if result.returncode != 1 or expected not in result.stdout:
                    failures.append(f"{check}: does not see {what}:\n{result.stdout}{result.stderr}")
    print("\n".join(failures) or f"all checks see all {shown} violations")
    sys.exit(1 if failures else 0)


main()
