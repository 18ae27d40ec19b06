// What can be done with a database besides serving from it, as the commands of lmqttd do it: copy
// it, check it, put another in its place, bring its schema up to date. Every call is complete in
// itself and throws state_error; whoever only looks writes nothing and is in no broker's way.
#pragma once

#include "store/sqlite/migrations.hpp"
#include "store/sqlite/state_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace lmqtt::persistence {

// For a process that is nobody else's, before it opens a database: SQLite would count each piece of
// memory under a lock of all its threads, for figures that nobody asks for.
void take_uncounted_memory();

struct copied {
    std::uintmax_t bytes;
    std::int64_t sessions;
    std::int64_t messages;
};

// A consistent copy at `to`, also while a broker serves from `database`: all that was acknowledged
// when it begins is there. It is on the disk and was checked before it gets its name.
copied back_up(const std::string& database, const std::string& to, bool overwrite);

struct verdict {
    std::vector<std::string> sound;     // what was checked, and is right
    std::vector<std::string> notes;     // what is no fault
    std::vector<std::string> problems;  // what is wrong
    std::string holds;                  // how much of what there is
};

// The file, the schema, and the rules a broker keeps.
verdict verify(const std::string& database);

struct restoring {
    std::string from;
    std::string to;
    std::int64_t now_ms;
    // Whose the files will be, if root asks; empty: as they were, or as their folder.
    std::optional<std::pair<uid_t, gid_t>> owner = {};
};

struct restored {
    copied what;
    std::string replaced;  // what was there is called so now; empty: nothing was
};

// Puts a copy of `from` in the place of `to`, or changes nothing.
restored restore(const restoring& wanted);

// The names of the migrations that the schema lacks.
std::vector<std::string>
schema_lacks(const std::string& database, std::span<const migration> all = embedded_migrations());

// Applies them, and says which.
std::vector<std::string> bring_up_to_date(
    const std::string& database,
    std::int64_t now_ms,
    std::span<const migration> all = embedded_migrations()
);

}  // namespace lmqtt::persistence
