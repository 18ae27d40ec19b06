#include "broker/registry.hpp"

#include "base/assert.hpp"

namespace lmqtt::broker {

namespace {

constexpr std::uint32_t generations = 1U << 24U;

}  // namespace

session::session& registry::create(std::string client_id) {
    LMQTT_ASSERT(find(client_id) == nullptr);
    if (free_.empty()) {
        free_.push_back({static_cast<std::uint32_t>(slots_.size()), 0});
        slots_.emplace_back();
    }
    const auto [at, last] = free_.back();
    free_.pop_back();
    const std::uint32_t generation = last + 1 == generations ? 1 : last + 1;
    slots_[at] = std::make_unique<session::session>();
    session::session& fresh = *slots_[at];
    fresh.client_id = std::move(client_id);
    fresh.hash = hash_of(fresh.client_id);
    fresh.self = session::handle{shard_} << 56U | session::handle{generation} << 32U | at;
    by_client_id_.insert(&fresh);
    return fresh;
}

void registry::remove(session::session& which) {
    const auto at = static_cast<std::uint32_t>(which.self);
    const auto generation = static_cast<std::uint32_t>(which.self >> 32U) % generations;
    by_client_id_.erase(&which);
    slots_[at].reset();
    free_.push_back({at, generation});
}

session::session* registry::find(std::string_view client_id) const {
    return by_client_id_.find(hash_of(client_id), [&](const session::session& each) {
        return each.client_id == client_id;
    });
}

session::session* registry::resolve(session::handle which) const {
    const auto at = static_cast<std::uint32_t>(which);
    if (at >= slots_.size() || !slots_[at] || slots_[at]->self != which) {
        return nullptr;
    }
    return slots_[at].get();
}

}  // namespace lmqtt::broker
