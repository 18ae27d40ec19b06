// The schema brought up to date without serving, or only compared.
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/state_file.hpp"
#include "store/sqlite/state_reader.hpp"

#include <SQLiteCpp/Exception.h>

namespace lmqtt::persistence {

std::vector<std::string> schema_lacks(const std::string& database, std::span<const migration> all) {
    std::vector<std::string> names;
    const state_reader from(database);
    try {
        for (const migration& each : migrations_lacking(from.handle(), database, all)) {
            names.emplace_back(each.name);
        }
    } catch (const SQLite::Exception& error) {
        throw because_of(error, database);
    }
    return names;
}

std::vector<std::string>
bring_up_to_date(const std::string& database, std::int64_t now_ms, std::span<const migration> all) {
    std::vector<std::string> names = schema_lacks(database, all);
    open_state({.path = database, .now_ms = now_ms, .migrations = all});
    return names;
}

}  // namespace lmqtt::persistence
