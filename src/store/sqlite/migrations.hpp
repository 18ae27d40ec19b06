// The schema's history: migrations go forward only, live in the binary, and are remembered with
// their checksums by the database they were applied to (docs/adr/0008).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;

namespace lmqtt::persistence {

class database;

struct migration {
    int version;
    std::string_view name;
    std::string_view sha256;
    std::string_view sql;
};

// All of them, in order; made from migrations/*.sql by the build.
std::span<const migration> embedded_migrations();

// Those of `all` that the database of this connection has not had. Throws state_error: it is newer
// than this program, or was made by other migrations than these.
std::span<const migration>
migrations_lacking(sqlite3* connection, const std::string& path, std::span<const migration> all);

// Within a transaction of the caller's.
void apply_migration(sqlite3* connection, const migration& next, std::int64_t now_ms);

// Brings the schema up to the last of `all`, each migration in a transaction of its own, so that
// one that is cut short begins again. A database that is not new is first copied to
// "<path>.before-<version>". Throws state_error, as above.
void migrate(database& db, std::span<const migration> all, std::int64_t now_ms);

}  // namespace lmqtt::persistence
