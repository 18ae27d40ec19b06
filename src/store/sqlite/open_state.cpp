#include "store/sqlite/open_state.hpp"

#include "store/sqlite/state_error.hpp"
#include "store/sqlite/state_files.hpp"
#include "store/sqlite/state_lock.hpp"

#include <SQLiteCpp/Exception.h>

#include <utility>

namespace lmqtt::persistence {

namespace {

// Page by page, a larger one would take seconds. What is damaged where it matters shows when
// everything is read, and `lmqttd verify` finds the rest.
constexpr std::int64_t largest_checked = std::int64_t{512} * 1024 * 1024;

void require_sound(database& db) {
    if (db.number("PRAGMA page_count") * db.number("PRAGMA page_size") > largest_checked) {
        return;
    }
    statement check(db.handle(), "PRAGMA quick_check(1)");
    while (check.next()) {
        if (check.text(0) != "ok") {
            throw state_error(
                state_error::cause::damaged,
                db.path(),
                "is damaged (" + in_one_line(check.text(0)) + ")"
            );
        }
    }
}

std::unique_ptr<database>
open_checked(const opening& wanted, std::shared_ptr<const state_lock> lock) {
    auto db = std::make_unique<database>(wanted.path, wanted.how, std::move(lock));
    db->checkpoint_when_closed(false);
    try {
        require_sound(*db);
        migrate(*db, wanted.migrations, wanted.now_ms);
    } catch (const SQLite::Exception& error) {
        throw because_of(error, wanted.path);
    }
    db->checkpoint_when_closed(true);
    return db;
}

}  // namespace

std::unique_ptr<database> open_state(const opening& wanted) {
    const auto lock = std::make_shared<const state_lock>(wanted.path);
    try {
        return open_checked(wanted, lock);
    } catch (const state_error& error) {
        if (error.why() != state_error::cause::damaged || !wanted.quarantine) {
            throw;
        }
        set_aside damaged(wanted.path, "corrupt", wanted.now_ms);
        damaged.keep();
        wanted.quarantine(damaged.name(), error.what());
    }
    return open_checked(wanted, lock);
}

}  // namespace lmqtt::persistence
