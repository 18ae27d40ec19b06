#include "store/sqlite/migrations.hpp"

#include "store/sqlite/copy.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/state_error.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/transaction.hpp"

namespace lmqtt::persistence {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw state_error(state_error::cause::refused, path, why);
}

void copy_before(database& db, int version) {
    const std::string name = db.path() + ".before-" + std::to_string(version);
    unfinished_copy copy(db.handle(), unfinished_name(name));
    copy.finish(name, true);
}

}  // namespace

std::span<const migration>
migrations_lacking(sqlite3* connection, const std::string& path, std::span<const migration> all) {
    const auto version = static_cast<std::uint64_t>(number_of(connection, "PRAGMA user_version"));
    if (version > all.size()) {
        refuse(
            path,
            "its schema has version " + std::to_string(version) + ", this program knows " +
                std::to_string(all.size()) + ": it was used by a newer lmqttd"
        );
    }
    if (version == 0) {
        return all;
    }
    std::size_t known = 0;
    statement applied(connection, "SELECT version, sha256 FROM migrations ORDER BY version");
    while (applied.next()) {
        if (known == all.size() || applied.unsigned_number(0) != known + 1 ||
            applied.text(1) != all[known].sha256) {
            refuse(
                path,
                "its schema was made by another migration " + std::to_string(applied.number(0))
            );
        }
        ++known;
    }
    if (known != version) {
        refuse(path, "its schema does not have the version that its migrations made");
    }
    return all.subspan(version);
}

void apply_migration(sqlite3* connection, const migration& next, std::int64_t now_ms) {
    execute(connection, std::string(next.sql));
    statement remember(connection, "INSERT INTO migrations VALUES(?,?,?,?)");
    remember.bind(next.version).bind_text(next.name).bind_text(next.sha256).bind(now_ms);
    remember.run();
    execute(connection, "PRAGMA user_version=" + std::to_string(next.version));
}

void migrate(database& db, std::span<const migration> all, std::int64_t now_ms) {
    const bool is_new = number_of(db.handle(), "PRAGMA user_version") == 0;
    for (const migration& next : migrations_lacking(db.handle(), db.path(), all)) {
        if (!is_new) {
            copy_before(db, next.version);
        }
        transaction whole(db.handle());
        apply_migration(db.handle(), next, now_ms);
        whole.commit();
    }
}

}  // namespace lmqtt::persistence
