#!/usr/bin/env python3
"""Who may include what. Arrows point down only, because a protocol that has never heard of sockets can be
tested with bytes, fuzzed and simulated, and because compile time is architecture.

usage: layers.py [root]
"""

import re

import source

# The rooms each room may include besides its own headers and the vocabulary; a file name narrows it to that file.
ROOMS = {
    "base": [],
    "mqtt": ["base"],
    "topic": ["base"],
    "store": ["base"],
    "net": ["base"],
    "session": ["base", "mqtt"],
    "access": ["base", "topic"],
    "accounts": ["base", "store"],
    "broker": ["base", "mqtt", "topic", "session", "store/change.hpp"],
    "client": ["base", "access", "mqtt", "session", "broker", "net/connection.hpp"],
    "admin": ["base", "net", "broker"],
    "plugins": [],
    "server": [
        "base", "access", "mqtt", "topic", "store", "accounts", "net", "session", "broker", "client", "admin",
    ],
    "config": [],
    "app": ["base", "access", "accounts", "server", "config", "plugins", "store/sqlite/state_file.hpp"],
}

# The public headers that bring Asio along, and the rooms that may. All other public headers are vocabulary.
FACADE = ["task.hpp", "hooks.hpp", "services.hpp", "plugin.hpp", "server.hpp", "lmqtt.hpp"]
ASIO_ROOMS = ["net", "client", "admin", "plugins", "server", "app"]

# Other people's headers, by their beginning, and the only places that may include them.
LIBRARIES = {
    "boost/asio": [f"src/{room}/" for room in ASIO_ROOMS]
    + ["src/base/asio.cpp", "include/lmqtt/task.hpp", "include/lmqtt/server.hpp", "bench/"],
    "boost/beast": ["src/admin/", "src/net/websocket"],
    "wslay/": ["src/net/websocket"],
    "openssl/": ["src/net/", "src/accounts/", "src/plugins/", "src/app/"],
    "argon2.h": ["src/accounts/argon2"],
    "crypt.h": ["src/accounts/foreign_hash"],
    "stringprep.h": ["src/accounts/saslprep"],
    "spdlog/": ["src/base/log.cpp"],
    "fmt/": ["src/base/log.cpp"],
    "SQLiteCpp/": ["src/store/sqlite/", "src/accounts/database"],
    "sqlite3.h": ["src/store/sqlite/", "src/accounts/database"],
    "toml++/": ["src/config/"],
    "CLI/": ["src/app/", "bench/"],
}

# What a room without threads and sockets has no business with.
PURE = ["mqtt", "topic", "session", "access", "broker"]
NOT_PURE = re.compile(r"(thread|mutex|shared_mutex|condition_variable|future|sys/socket\.h|unistd\.h|poll\.h)$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)


def room_complaint(room, path, included):
    """An include of one of our own rooms' headers."""
    target = included.split("/")[0] if "/" in included else room
    if target not in ROOMS:
        return f'{path}: "{included}" is in no room (write "room/file.hpp")'
    if target == room or any(included == way or target == way for way in ROOMS[room]):
        return None
    return f'{path}: {room} may not include "{included}"; allowed: {", ".join(ROOMS[room]) or "nothing"}'


def public_complaint(room, path, included):
    """An include of a public header: everybody's, but Asio stays where it belongs."""
    name = included.split("/", 1)[1]
    if name not in FACADE:
        return None
    if room is not None and room not in ASIO_ROOMS:
        return f"{path}: {room} is without Asio and may not include <{included}>"
    if room is None and path.startswith("include/") and path.split("/")[-1] not in FACADE:
        return f"{path}: vocabulary may not include <{included}>, which brings Asio"
    return None


def library_complaint(room, path, included):
    for beginning, places in LIBRARIES.items():
        if included.startswith(beginning) and not any(path.startswith(place) for place in places):
            return f"{path}: <{included}> belongs to {', '.join(places)}"
    if room in PURE and NOT_PURE.match(included):
        return f"{path}: {room} is pure: no <{included}>"
    return None


def complaints(tree):
    for path, text in source.files(tree, ("include", "src", "bench", "examples")):
        parts = path.split("/")
        room = parts[1] if parts[0] == "src" else None
        if room is not None and room not in ROOMS:
            yield f"{path}: there is no room {room}"
            continue
        for angled, quoted in INCLUDE.findall(text):
            if angled.startswith("lmqtt/"):
                yield public_complaint(room, path, angled)
            elif angled:
                yield library_complaint(room, path, angled)
            elif room is not None:
                yield room_complaint(room, path, quoted)
            elif parts[0] in ("include", "examples") and "/" in quoted:
                yield f'{path}: only public headers here, not "{quoted}"'


source.finish("layers", [c for c in complaints(source.root()) if c])
