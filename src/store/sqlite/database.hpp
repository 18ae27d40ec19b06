// The one connection that writes: opened with the pragmas of docs/database.md, with the lock that
// keeps a second broker out. Used by one thread at a time.
#pragma once

#include "store/sqlite/statement.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace SQLite {
class Database;
}  // namespace SQLite

namespace lmqtt::persistence {

// How much a COMMIT promises.
enum class synchronous : std::uint8_t {
    full,    // it is on the disk
    normal,  // it survives the process, not the machine
};

class state_lock;

// "MQTB": says in the file that it is ours.
inline constexpr int application_id = 0x4D515442;

class database {
public:
    // Creates the file, not its folder. Throws state_error: no such folder, not writable, in use by
    // another process, damaged, no database of ours. Takes the lock, unless it is handed one.
    explicit database(
        const std::string& path,
        synchronous how = synchronous::full,
        std::shared_ptr<const state_lock> lock = {}
    );
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    const std::string& path() const { return path_; }

    sqlite3* handle() const;

    void execute(const std::string& sql);

    // Of one row and column.
    std::int64_t number(std::string_view sql);

    // Pages in the write-ahead log that are not in the file yet.
    int pages_in_log() const { return pages_in_log_; }

    // Puts them back as far as no reader is in the way. SQLite's result code.
    int checkpoint();

    // Whether closing puts them back. It should not while the file may be damaged: then what lies
    // there is all that is left, and stays as it is.
    void checkpoint_when_closed(bool wanted);

private:
    std::string path_;
    std::shared_ptr<const state_lock> lock_;
    std::unique_ptr<SQLite::Database> connection_;
    int pages_in_log_ = 0;
};

}  // namespace lmqtt::persistence
