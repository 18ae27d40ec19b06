#include "broker/pager.hpp"

namespace lmqtt::broker {

namespace {

// The head of a queue stays in memory: who connects gets its first messages at once.
constexpr std::size_t kept_at_head = 100;

}  // namespace

void pager::queued(
    const session::session& to,
    session::outbox::position at,
    const mqtt::routed_message& message,
    ticket stored_by
) {
    if (to.out.size() <= kept_at_head) {
        return;
    }
    const bool follows = std::exchange(last_message_, message.id()) == message.id();
    const std::size_t bytes = sizeof(place) + (follows ? 0 : message.memory());
    held_bytes_ += bytes;
    waiting_.push_back({to.self, at, stored_by, static_cast<std::uint32_t>(bytes), follows});
}

// A message is gone only when all its places are.
std::optional<pager::place> pager::surplus(std::uint64_t most, ticket committed) {
    if (waiting_.empty() || waiting_.front().stored_by > committed ||
        (held_bytes_ <= most && !waiting_.front().follows)) {
        return std::nullopt;
    }
    const place next = waiting_.front();
    waiting_.pop_front();
    held_bytes_ -= next.bytes;
    return next;
}

}  // namespace lmqtt::broker
