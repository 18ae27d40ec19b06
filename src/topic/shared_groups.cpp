#include "topic/shared_groups.hpp"

#include "topic/text_hash.hpp"

namespace lmqtt::topic {

shared_group::shared_group(std::string_view share_name, std::string_view filter) {
    text_.reserve(share_name.size() + 1 + filter.size());
    text_.append(share_name).append(1, '/').append(filter);
}

shared_group::~shared_group() {
    delete sticky_.load(std::memory_order_relaxed);
}

std::string_view shared_group::share_name() const {
    return std::string_view{text_}.substr(0, text_.find('/'));
}

std::string_view shared_group::filter() const {
    return std::string_view{text_}.substr(text_.find('/') + 1);
}

const subscriber* shared_group::find(std::uint64_t session) const {
    const std::uint32_t position = members_.find(session);
    return position == subscriber_array::nowhere ? nullptr : &members_[position];
}

bool shared_group::add(const subscriber& member, bool online) {
    const std::uint32_t position = members_.find(member.session);
    const bool is_new = position == subscriber_array::nowhere;
    if (is_new) {
        members_.push_back(member);
    } else {
        members_[position] = member;
    }
    set_online(member.session, online);
    return is_new;
}

bool shared_group::remove(std::uint64_t session) {
    // Offline first: the members that are online stay in one piece at the front.
    if (!set_online(session, false)) {
        return false;
    }
    members_.erase(members_.find(session));
    return true;
}

bool shared_group::set_online(std::uint64_t session, bool online) {
    const std::uint32_t position = members_.find(session);
    if (position == subscriber_array::nowhere) {
        return false;
    }
    if (online && position >= online_) {
        members_.swap(position, online_++);
    } else if (!online && position < online_) {
        members_.swap(position, --online_);
    }
    return true;
}

// Publishers are told apart by 256 slots. A slot names the session, not the position: members move
// when others leave, and a member that left is simply not found.
std::uint32_t shared_group::stuck_member(std::uint64_t publisher_hash) const {
    const std::uint32_t candidates = online_ != 0 ? online_ : members_.size();
    const std::uint64_t slot_number = publisher_hash % sticky_slots;
    std::atomic<std::uint64_t>& slot = sticky()[slot_number];
    // Empty is 0, hence the 1. Two publishers of a slot may choose at once: both take what is in it
    // then.
    std::uint64_t stuck = slot.load(std::memory_order_relaxed);
    std::uint32_t position = stuck == 0 ? subscriber_array::nowhere : members_.find(stuck - 1);
    while (position >= candidates) {
        // Mixed with who was there before: the publishers of one who left are shared out among the
        // others.
        position = static_cast<std::uint32_t>(spread(spread(slot_number) ^ stuck) % candidates);
        if (slot.compare_exchange_weak(
                stuck, members_[position].session + 1, std::memory_order_relaxed
            )) {
            break;
        }
        position = stuck == 0 ? subscriber_array::nowhere : members_.find(stuck - 1);
    }
    return position;
}

shared_group::sticky_table& shared_group::sticky() const {
    sticky_table* table = sticky_.load(std::memory_order_acquire);
    if (table == nullptr) {
        auto made = std::make_unique<sticky_table>();
        if (sticky_.compare_exchange_strong(table, made.get(), std::memory_order_acq_rel)) {
            table = made.release();
        }
    }
    return *table;
}

const subscriber* choose(
    const shared_group& group, strategy how, std::uint64_t publisher_hash, std::uint64_t random
) {
    const std::uint32_t candidates = group.online_ != 0 ? group.online_ : group.members_.size();
    if (candidates == 0) {
        return nullptr;
    }
    switch (how) {
    case strategy::random:
        return &group.members_[static_cast<std::uint32_t>(random % candidates)];
    case strategy::sticky:
        return &group.members_[group.stuck_member(publisher_hash)];
    case strategy::round_robin:
        break;
    }
    const std::uint32_t turn = group.cursor_.fetch_add(1, std::memory_order_relaxed);
    return &group.members_[turn % candidates];
}

}  // namespace lmqtt::topic
