// A copy while the broker runs.
#include "store/sqlite/copy.hpp"
#include "store/sqlite/state_file.hpp"
#include "store/sqlite/state_files.hpp"
#include "store/sqlite/state_reader.hpp"

#include <filesystem>
#include <system_error>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

// By whatever name: another spelling, a link.
bool is_same_file(const std::string& one, const std::string& other) {
    std::error_code unknown;
    return std::filesystem::equivalent(one, other, unknown) ||
           std::filesystem::weakly_canonical(one, unknown) ==
               std::filesystem::weakly_canonical(other, unknown);
}

void require_place(const std::string& database, const std::string& to, bool overwrite) {
    for (const char* const part : {"", "-wal", "-shm", "-journal", ".lock", ".reserve"}) {
        if (is_same_file(database + part, to)) {
            throw state_error(cause::not_written, to, "belongs to the database itself");
        }
    }
    // SQLite would take it for a part of the copy.
    for (const char* const part : {"-wal", "-journal"}) {
        if (exists(to + part)) {
            throw state_error(
                cause::not_written, to, "is in use as a database: " + to + part + " lies beside it"
            );
        }
    }
    if (exists(to) && !overwrite) {
        throw state_error(cause::not_written, to, "exists; --force overwrites it");
    }
    if (std::filesystem::is_directory(to)) {
        throw state_error(cause::not_written, to, "is a folder");
    }
}

}  // namespace

copied back_up(const std::string& database, const std::string& to, bool overwrite) {
    require_place(database, to, overwrite);
    const state_reader from(database);
    unfinished_copy copy(from.handle(), unfinished_name(to));
    const copied what = copy.what();
    copy.finish(to, overwrite);
    return what;
}

}  // namespace lmqtt::persistence
