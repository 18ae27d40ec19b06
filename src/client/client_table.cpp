#include "client/client_table.hpp"

namespace lmqtt::client {

session::connection_id client_table::enter(client& who) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    ++places_[at].generation;
    places_[at].who = &who;
    return session::connection_id{places_[at].generation} << 32U | at;
}

void client_table::leave(session::connection_id which) {
    const auto at = static_cast<std::uint32_t>(which);
    places_[at].who = nullptr;
    free_.push_back(at);
}

client* client_table::find(session::connection_id which) const {
    const auto at = static_cast<std::uint32_t>(which);
    const bool known = at < places_.size() && places_[at].generation == which >> 32U;
    return known ? places_[at].who : nullptr;
}

}  // namespace lmqtt::client
