#include "store/sqlite/migrations.hpp"

#include "store/sqlite/database.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

std::int64_t version_of(database& db) {
    return db.number("PRAGMA user_version");
}

[[noreturn]] void fail(const database& db, const std::string& why) {
    throw std::runtime_error("persistence.path " + db.path() + ": " + why);
}

void check_history(database& db, std::span<const migration> all) {
    statement applied(db.handle(), "SELECT version, sha256 FROM migrations ORDER BY version");
    while (applied.next()) {
        const auto version = static_cast<std::size_t>(applied.number(0));
        if (version == 0 || version > all.size() || applied.text(1) != all[version - 1].sha256) {
            fail(db, "its schema was made by another migration " + std::to_string(version));
        }
    }
}

// SQLite would let everybody read a file that it makes; an empty one it takes as it is.
void make_private(const database& db, const std::string& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (file < 0) {
        fail(db, path + " cannot be made: " + std::generic_category().message(errno));
    }
    ::fchmod(file, 0640);  // whatever the umask
    ::close(file);
}

void copy_before(database& db, int version) {
    const std::string copy = db.path() + ".before-" + std::to_string(version);
    std::filesystem::remove(copy);  // of an attempt that was cut short
    make_private(db, copy);
    statement snapshot(db.handle(), "VACUUM INTO ?");
    snapshot.bind_text(copy);
    snapshot.run();
}

void apply(database& db, const migration& next, std::int64_t now_ms) {
    transaction whole(db);
    db.execute(std::string(next.sql));
    statement remember(db.handle(), "INSERT INTO migrations VALUES(?,?,?,?)");
    remember.bind(next.version).bind_text(next.name).bind_text(next.sha256).bind(now_ms);
    remember.run();
    db.execute("PRAGMA user_version=" + std::to_string(next.version));
    whole.commit();
}

}  // namespace

void migrate(database& db, std::span<const migration> all, std::int64_t now_ms) {
    const std::int64_t version = version_of(db);
    if (version > static_cast<std::int64_t>(all.size())) {
        fail(
            db,
            "its schema has version " + std::to_string(version) + ", this program knows " +
                std::to_string(all.size()) + ": it was used by a newer lmqttd"
        );
    }
    if (version > 0) {
        check_history(db, all);
    }
    for (const migration& next : all.subspan(static_cast<std::size_t>(version))) {
        if (next.version > 1) {
            copy_before(db, next.version);
        }
        apply(db, next, now_ms);
    }
}

}  // namespace lmqtt::persistence
