#include "store/sqlite/database.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sqlite3.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

constexpr int application_id = 0x4D515442;  // "MQTB"
constexpr int busy_milliseconds = 250;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
    throw std::runtime_error("persistence.path " + path + ": " + why);
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
}

// The name of a new file is on the disk only when its folder is.
void sync_folder(const std::string& path) {
    const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::fsync(folder) != 0) {
        const int error = errno;
        if (folder >= 0) {
            ::close(folder);
        }
        fail(path, "its folder cannot be synced: " + std::generic_category().message(error));
    }
    ::close(folder);
}

// Who may inspect the state reads it through the group; nobody else does.
class private_files {
public:
    private_files()
        : before_(::umask(027)) {}

    private_files(const private_files&) = delete;
    private_files& operator=(const private_files&) = delete;

    ~private_files() { ::umask(before_); }

private:
    mode_t before_;
};

}  // namespace

class database::lock_file {
public:
    explicit lock_file(const std::string& database_path)
        : path_(database_path + ".lock")
        , descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)) {
        if (descriptor_ < 0) {
            fail(database_path, "cannot be opened: " + std::generic_category().message(errno));
        }
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            ::close(descriptor_);
            fail(database_path, "another lmqttd is using it");
        }
    }

    lock_file(const lock_file&) = delete;
    lock_file& operator=(const lock_file&) = delete;

    ~lock_file() { ::close(descriptor_); }

private:
    std::string path_;
    int descriptor_;
};

database::database(const std::string& path, synchronous how)
    : path_(path) {
    const private_files umask_for_the_group;
    const bool is_new = !std::filesystem::exists(path);
    lock_ = std::make_unique<lock_file>(path);
    try {
        connection_ = std::make_unique<SQLite::Database>(
            path,
            SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
            busy_milliseconds
        );
        execute("PRAGMA page_size=4096");
        execute("PRAGMA journal_mode=WAL");
        execute(how == synchronous::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        execute("PRAGMA wal_autocheckpoint=0");
        execute("PRAGMA cache_size=-8000");
        execute("PRAGMA temp_store=MEMORY");
        execute("PRAGMA foreign_keys=ON");
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
        const auto id = number("PRAGMA application_id");
        if (id == 0 && number("SELECT count(*) FROM sqlite_schema") == 0) {
            execute("PRAGMA application_id=" + std::to_string(application_id));
        } else if (id != application_id) {
            fail(path, "is a database of something else");
        }
    } catch (const SQLite::Exception& error) {
        fail(path, error.what());
    }
    if (is_new) {
        sync_folder(path);
    }
}

database::~database() = default;

sqlite3* database::handle() const {
    return connection_->getHandle();
}

void database::execute(const std::string& sql) {
    connection_->exec(sql);
}

std::int64_t database::number(std::string_view sql) {
    statement query(handle(), sql);
    return query.next() ? query.number(0) : 0;
}

void database::checkpoint() {
    int in_log = 0;
    int moved = 0;
    const int code =
        ::sqlite3_wal_checkpoint_v2(handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (code == SQLITE_OK) {
        pages_in_log_ = in_log - moved;
    }
}

transaction::transaction(database& db)
    : db_(db) {
    db_.execute("BEGIN IMMEDIATE");
}

// SQLite has rolled back by itself after some failures.
transaction::~transaction() {
    if (open_ && ::sqlite3_get_autocommit(db_.handle()) == 0) {
        ::sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void transaction::commit() {
    db_.execute("COMMIT");
    open_ = false;
}

}  // namespace lmqtt::persistence
