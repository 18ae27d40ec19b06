#include "client/client_table.hpp"

#include "client/client.hpp"

namespace lmqtt::client {

session::connection_id client_table::enter(client& who) {
    if (free_.empty()) {
        free_.push_back({static_cast<std::uint32_t>(places_.size()), 0});
        places_.emplace_back();
    }
    const auto [at, last] = free_.back();
    free_.pop_back();
    places_[at] = &who;
    return session::connection_id{last + 1} << 32U | at;
}

void client_table::leave(session::connection_id which) {
    const auto at = static_cast<std::uint32_t>(which);
    places_[at] = nullptr;
    free_.push_back({at, static_cast<std::uint32_t>(which >> 32U)});
}

client* client_table::find(session::connection_id which) const {
    const auto at = static_cast<std::uint32_t>(which);
    client* const who = at < places_.size() ? places_[at] : nullptr;
    return who != nullptr && who->id() == which ? who : nullptr;
}

}  // namespace lmqtt::client
