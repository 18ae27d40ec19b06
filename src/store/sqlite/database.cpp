#include "store/sqlite/database.hpp"

#include "store/sqlite/state_error.hpp"
#include "store/sqlite/state_file.hpp"
#include "store/sqlite/state_files.hpp"
#include "store/sqlite/state_lock.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <sqlite3.h>
#include <system_error>
#include <utility>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

constexpr int busy_milliseconds = 250;

// SQLite would take the one for a mistake and delete it, and begin anew without the other.
void require_nothing_left_over(const std::string& path) {
    if (restore_was_cut_short(path)) {
        throw state_error(
            cause::refused,
            path,
            "is missing, because a restore was cut short: run lmqttd restore again"
        );
    }
    std::error_code none;
    const std::string log = path + "-wal";
    if (std::filesystem::file_size(log, none) != 0 && !none) {
        throw state_error(
            cause::damaged, path, "is missing, but " + log + " is there, which belongs to it"
        );
    }
}

}  // namespace

void take_uncounted_memory() {
    ::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

database::database(const std::string& path, synchronous how, std::shared_ptr<const state_lock> lock)
    : path_(path)
    , lock_(lock ? std::move(lock) : std::make_shared<const state_lock>(path)) {
    const private_files umask_for_the_group;
    const bool is_new = !std::filesystem::exists(path);
    if (is_new) {
        require_nothing_left_over(path);
    }
    try {
        connection_ = std::make_unique<SQLite::Database>(
            path,
            SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
            busy_milliseconds
        );
        checkpoint_when_closed(false);
        const auto id = number("PRAGMA application_id");
        const bool is_empty = id == 0 && number("SELECT count(*) FROM sqlite_schema") == 0;
        if (id != application_id && !is_empty) {
            throw state_error(cause::refused, path, "is a database of something else");
        }
        execute("PRAGMA page_size=4096");
        execute("PRAGMA journal_mode=WAL");
        execute(how == synchronous::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        execute("PRAGMA wal_autocheckpoint=0");
        execute("PRAGMA cache_size=-8000");
        execute("PRAGMA temp_store=MEMORY");
        execute("PRAGMA foreign_keys=ON");
        // Debian's SQLite would write each page once more, with zeros, before it is free.
        execute("PRAGMA secure_delete=FAST");
        execute("PRAGMA trusted_schema=OFF");
        execute("PRAGMA journal_size_limit=67108864");
        ::sqlite3_wal_hook(
            handle(),
            [](void* self, sqlite3*, const char*, int pages) {
                static_cast<database*>(self)->pages_in_log_ = pages;
                return SQLITE_OK;
            },
            this
        );
        int keep_the_log = 1;  // so that a group member can still read after a clean stop
        ::sqlite3_file_control(handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep_the_log);
        if (is_empty) {
            execute("PRAGMA application_id=" + std::to_string(application_id));
        }
    } catch (const SQLite::Exception& error) {
        throw because_of(error, path);
    }
    if (is_new) {
        sync_folder_of(path);
    }
    checkpoint_when_closed(true);
}

database::~database() = default;

void database::checkpoint_when_closed(bool wanted) {
    ::sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

sqlite3* database::handle() const {
    return connection_->getHandle();
}

void database::execute(const std::string& sql) {
    connection_->exec(sql);
}

std::int64_t database::number(std::string_view sql) {
    return number_of(handle(), sql);
}

int database::checkpoint() {
    int in_log = 0;
    int moved = 0;
    const int code =
        ::sqlite3_wal_checkpoint_v2(handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (code == SQLITE_OK) {
        pages_in_log_ = in_log - moved;
    }
    return code;
}

}  // namespace lmqtt::persistence
