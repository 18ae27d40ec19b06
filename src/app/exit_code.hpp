// Why lmqttd ended, for whoever started it: the numbers of sysexits.h, which service managers know
// by name. Constant data.
#pragma once

#include <array>
#include <string_view>

namespace lmqtt::app {

enum class exit_code : int {
    ok = 0,
    outdated = 1,
    denied = 1,
    differs = 1,
    usage = 64,
    damaged = 65,
    no_input = 66,
    unavailable = 69,
    software = 70,
    os_error = 71,
    cannot_create = 73,
    storage = 74,
    already_running = 75,
    no_permission = 77,
    configuration = 78,
};

struct exit_reason {
    exit_code code;
    std::string_view sentence;
};

inline constexpr std::array exit_reasons{
    exit_reason{exit_code::ok, "Stopped as asked (SIGTERM, SIGINT), or the command succeeded."},
    exit_reason{
        exit_code::outdated,
        "migrate --check: the schema is not up to date. acl explain: it is denied. config diff: "
        "something differs."},
    exit_reason{exit_code::usage, "The command line is wrong."},
    exit_reason{
        exit_code::damaged,
        "The database is damaged, or contradicts itself; a file to import has errors."},
    exit_reason{
        exit_code::no_input,
        "The configuration file cannot be read, there is no database, no such user, or no broker "
        "to "
        "compare with."},
    exit_reason{exit_code::unavailable, "An address is in use, or cannot be listened on."},
    exit_reason{exit_code::software, "Something happened that should not have: please report it."},
    exit_reason{exit_code::os_error, "The operating system refused a resource."},
    exit_reason{
        exit_code::cannot_create,
        "The log, the pid file or a copy of the database cannot be written; there is such a user."},
    exit_reason{exit_code::storage, "The database cannot be opened, or no longer be written."},
    exit_reason{
        exit_code::already_running,
        "Another lmqttd is running: by the pid file, or because it uses the database."},
    exit_reason{exit_code::no_permission, "Not allowed to become the configured user."},
    exit_reason{exit_code::configuration, "The configuration has errors."},
};

}  // namespace lmqtt::app
