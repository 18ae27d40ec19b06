#include "store/sqlite/state_reader.hpp"

#include "store/sqlite/database.hpp"
#include "store/sqlite/state_error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <cerrno>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

constexpr int busy_milliseconds = 5000;  // a broker that starts keeps readers out for a moment

// SQLite says the same of all of these.
void require_file(const std::string& path) {
    struct stat about {};

    if (::stat(path.c_str(), &about) != 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) {
            throw state_error(cause::missing, path, "does not exist");
        }
        throw state_error(
            cause::refused, path, "cannot be read: " + std::generic_category().message(error)
        );
    }
    if (!S_ISREG(about.st_mode)) {
        throw state_error(cause::refused, path, "is not a file");
    }
    if (::access(path.c_str(), R_OK) != 0) {
        throw state_error(
            cause::refused, path, "cannot be read: " + std::generic_category().message(errno)
        );
    }
}

}  // namespace

state_reader::state_reader(const std::string& path)
    : path_(path) {
    require_file(path);
    try {
        connection_ = std::make_unique<SQLite::Database>(
            path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, busy_milliseconds
        );
        ::sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        connection_->exec("PRAGMA trusted_schema=OFF");
        connection_->exec("PRAGMA temp_store=MEMORY");
        require_ours();
    } catch (const SQLite::Exception& error) {
        throw because_of(error, path);
    }
}

state_reader::~state_reader() = default;

void state_reader::require_ours() const {
    const auto id = number("PRAGMA application_id");
    if (id == 0 && number("SELECT count(*) FROM sqlite_schema") == 0) {
        throw state_error(cause::refused, path_, "is empty: lmqttd has not used it yet");
    }
    if (id != application_id) {
        throw state_error(cause::refused, path_, "is a database of something else");
    }
}

sqlite3* state_reader::handle() const {
    return connection_->getHandle();
}

std::int64_t state_reader::number(std::string_view sql) const {
    return number_of(handle(), sql);
}

void state_reader::hold_still() const {
    connection_->exec("BEGIN");
    number("SELECT count(*) FROM sqlite_schema");
}

}  // namespace lmqtt::persistence
