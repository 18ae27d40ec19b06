#include "store/sqlite/copy.hpp"

#include "store/sqlite/state_files.hpp"
#include "store/sqlite/state_reader.hpp"

#include <SQLiteCpp/Exception.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

constexpr mode_t for_the_group = 0640;

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
    throw state_error(
        cause::not_written, path, what + ": " + std::generic_category().message(error)
    );
}

int create(const std::string& name) {
    ::unlink(name.c_str());
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, for_the_group);
    if (file < 0) {
        fail(name, "cannot be created", errno);
    }
    return file;
}

std::int64_t version_of(sqlite3* connection) {
    return number_of(connection, "PRAGMA user_version");
}

// File systems that cannot say "unless it exists" are asked in two steps.
int rename_to_new(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL) {
        return errno;
    }
    if (exists(to)) {
        return EEXIST;
    }
    return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

std::string unfinished_name(const std::string& name) {
    return name + ".unfinished-" + std::to_string(::getpid());
}

unfinished_copy::unfinished_copy(const std::string& name)
    : name_(name)
    , file_(create(name)) {}

// The other constructor has run, so whatever is thrown from here on calls the destructor.
unfinished_copy::unfinished_copy(sqlite3* from, const std::string& name)
    : unfinished_copy(name) {
    ::fchmod(file_, for_the_group);  // whatever the umask
    write(from);
    check(from);
}

unfinished_copy::~unfinished_copy() {
    if (!finished_) {
        ::unlink(name_.c_str());
    }
    ::close(file_);
}

// SQLite does not sync what it writes here.
void unfinished_copy::write(sqlite3* from) const {
    try {
        statement snapshot(from, "VACUUM INTO ?");
        snapshot.bind_text(name_);
        snapshot.run();
    } catch (const SQLite::Exception& error) {
        const state_error said = because_of(error, ::sqlite3_db_filename(from, "main"));
        if (said.why() == cause::damaged) {
            throw said;
        }
        throw state_error(
            cause::not_written, name_, std::string("cannot be written: ") + error.what()
        );
    }
    if (::fsync(file_) != 0) {
        fail(name_, "cannot be synced", errno);
    }
}

void unfinished_copy::check(sqlite3* from) const {
    try {
        const state_reader copy(name_);
        statement findings(copy.handle(), "PRAGMA integrity_check(1)");
        while (findings.next()) {
            if (findings.text(0) != "ok") {
                throw state_error(
                    cause::not_written,
                    name_,
                    "the copy is not sound (" + in_one_line(findings.text(0)) + ")"
                );
            }
        }
        if (version_of(copy.handle()) != version_of(from)) {
            throw state_error(cause::not_written, name_, "the copy has another schema version");
        }
    } catch (const SQLite::Exception& error) {
        throw because_of(error, name_);
    }
}

copied unfinished_copy::what() const {
    const state_reader copy(name_);

    struct stat about {};

    if (::fstat(file_, &about) != 0) {
        fail(name_, "cannot be examined", errno);
    }
    try {
        return {
            static_cast<std::uintmax_t>(about.st_size),
            copy.number("SELECT count(*) FROM sessions"),
            copy.number("SELECT count(*) FROM messages")};
    } catch (const SQLite::Exception& error) {
        throw because_of(error, name_);
    }
}

void unfinished_copy::give_to(uid_t user, gid_t group) const {
    if (::fchown(file_, user, group) != 0) {
        fail(name_, "cannot be given to its owner", errno);
    }
}

void unfinished_copy::finish(const std::string& name, bool overwrite) {
    int error = 0;
    if (!overwrite) {
        error = rename_to_new(name_, name);
    } else if (std::rename(name_.c_str(), name.c_str()) != 0) {
        error = errno;
    }
    if (error != 0) {
        fail(name, "cannot be put in place", error);
    }
    finished_ = true;
    sync_folder_of(name);
}

}  // namespace lmqtt::persistence
