// How a change of accounts.db is made: one transaction, and a failure of SQLite becomes one that
// names the file. For the sources of database.hpp only.
#pragma once

#include "accounts/database.hpp"
#include "store/sqlite/state_error.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/transaction.hpp"

#include <SQLiteCpp/Exception.h>

#include <utility>

namespace lmqtt::accounts {

template <typename Work>
auto database::changed(Work&& work) {
    try {
        persistence::transaction whole(handle());
        auto result = std::forward<Work>(work)();
        whole.commit();
        return result;
    } catch (const SQLite::Exception& error) {
        throw persistence::because_of(error, path_);
    }
}

/// Whether the last statement changed a row.
inline bool has_changed(sqlite3* connection) {
    return persistence::number_of(connection, "SELECT changes()") != 0;
}

/// Runs a statement that takes one name.
inline bool run_with(sqlite3* connection, std::string_view sql, std::string_view name) {
    persistence::statement(connection, sql).bind_text(name).run();
    return has_changed(connection);
}

/// A role or group that something names exists from then on.
void make_role(sqlite3* connection, std::string_view name);
void make_group(sqlite3* connection, std::string_view name);

}  // namespace lmqtt::accounts
