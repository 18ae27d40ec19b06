// From the rows back to what the broker had: everything once, at the start.
#pragma once

#include "store/sqlite/database.hpp"

#include <lmqtt/store.hpp>

namespace lmqtt::persistence {

// Removes what nothing names any more, then hands everything to `into`.
recovered recover_all(database& db, recovery& into);

// One message, whole; nothing if it is not stored.
std::optional<stored_message> read_message(statement& by_id, std::uint64_t id);

// What read_message() wants prepared.
extern const std::string_view message_by_id;

}  // namespace lmqtt::persistence
