#include "accounts/database.hpp"

#include "accounts/database_change.hpp"
#include "accounts/schema.hpp"
#include "store/sqlite/state_files.hpp"

#include <SQLiteCpp/Database.h>

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::accounts {

namespace {

using persistence::number_of;
using persistence::state_error;
using cause = state_error::cause;

constexpr int application_id = 0x4D515441;  // "MQTA"
constexpr int busy_milliseconds = 2000;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw state_error(cause::refused, path, why);
}

// SQLite would make it by the umask.
void make_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        if (errno == EEXIST) {
            return;  // somebody was quicker
        }
        refuse(path, "cannot be created: " + std::generic_category().message(errno));
    }
    const bool done = ::fchmod(file, S_IRUSR | S_IWUSR) == 0;
    ::close(file);
    if (!done) {
        refuse(path, "cannot be made private: " + std::generic_category().message(errno));
    }
    persistence::sync_folder_of(path);
}

// Not by open(): closing a second descriptor would let go of SQLite's locks on the file.
void require_private(const std::string& path) {
    struct stat about {};

    if (::stat(path.c_str(), &about) != 0) {
        if (errno != ENOENT) {
            refuse(path, "cannot be opened: " + std::generic_category().message(errno));
        }
        make_private(path);
    } else if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        refuse(path, "holds password hashes and is open to others than its owner: chmod 600 it");
    }
}

void require_ours(sqlite3* connection, const std::string& path) {
    const auto id = number_of(connection, "PRAGMA application_id");
    const bool is_empty =
        id == 0 && number_of(connection, "SELECT count(*) FROM sqlite_schema") == 0;
    if (id != application_id && !is_empty) {
        refuse(path, "is a database of something else");
    }
}

}  // namespace

database::database(const std::string& path, std::int64_t now_ms)
    : path_(path) {
    require_private(path);
    try {
        open(now_ms);
    } catch (const SQLite::Exception& error) {
        throw persistence::because_of(error, path);
    }
}

database::~database() = default;

sqlite3* database::handle() const {
    return connection_->getHandle();
}

// With a rollback journal, so that there is nothing beside it that another user might leave behind
// and the broker could not open.
void database::open(std::int64_t now_ms) {
    connection_ = std::make_unique<SQLite::Database>(
        path_, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_milliseconds
    );
    require_ours(handle(), path_);
    for (const char* const pragma :
         {"PRAGMA synchronous=EXTRA",
          "PRAGMA foreign_keys=ON",
          "PRAGMA trusted_schema=OFF",
          "PRAGMA secure_delete=ON",
          "PRAGMA temp_store=MEMORY"}) {
        persistence::execute(handle(), pragma);
    }
    if (!persistence::migrations_lacking(handle(), path_, account_migrations()).empty()) {
        bring_up_to_date(now_ms);
    }
}

// Somebody else may have done so meanwhile: only who holds the lock can tell.
void database::bring_up_to_date(std::int64_t now_ms) {
    persistence::transaction whole(handle());
    require_ours(handle(), path_);
    persistence::execute(handle(), "PRAGMA application_id=" + std::to_string(application_id));
    for (const auto& next :
         persistence::migrations_lacking(handle(), path_, account_migrations())) {
        persistence::apply_migration(handle(), next, now_ms);
    }
    whole.commit();
}

std::int64_t database::version() {
    try {
        return number_of(handle(), "PRAGMA data_version");
    } catch (const SQLite::Exception& error) {
        throw persistence::because_of(error, path_);
    }
}

}  // namespace lmqtt::accounts
