#include "store/sqlite/transaction.hpp"

#include "store/sqlite/statement.hpp"

#include <sqlite3.h>

namespace lmqtt::persistence {

transaction::transaction(sqlite3* connection)
    : connection_(connection) {
    execute(connection_, "BEGIN IMMEDIATE");
}

// SQLite has rolled back by itself after some failures.
transaction::~transaction() {
    if (open_ && ::sqlite3_get_autocommit(connection_) == 0) {
        ::sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void transaction::commit() {
    execute(connection_, "COMMIT");
    open_ = false;
}

}  // namespace lmqtt::persistence
