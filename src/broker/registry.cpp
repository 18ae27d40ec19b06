#include "broker/registry.hpp"

#include "base/assert.hpp"

namespace lmqtt::broker {

namespace {

constexpr std::uint32_t generations = 1U << 24U;

}  // namespace

session::session& registry::create(std::string client_id) {
    LMQTT_ASSERT(find(client_id) == nullptr);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    slot& place = slots_[at];
    place.generation = place.generation + 1 == generations ? 1 : place.generation + 1;
    place.held = std::make_unique<session::session>();
    place.held->client_id = std::move(client_id);
    place.held->self =
        session::handle{shard_} << 56U | session::handle{place.generation} << 32U | at;
    by_client_id_.emplace(place.held->client_id, at);
    return *place.held;
}

void registry::remove(session::session& which) {
    const auto at = static_cast<std::uint32_t>(which.self);
    by_client_id_.erase(which.client_id);
    slots_[at].held.reset();
    free_.push_back(at);
}

session::session* registry::find(std::string_view client_id) const {
    const auto found = by_client_id_.find(client_id);
    return found == by_client_id_.end() ? nullptr : slots_[found->second].held.get();
}

session::session* registry::resolve(session::handle which) const {
    const auto at = static_cast<std::uint32_t>(which);
    if (at >= slots_.size() || !slots_[at].held || slots_[at].held->self != which) {
        return nullptr;
    }
    return slots_[at].held.get();
}

}  // namespace lmqtt::broker
