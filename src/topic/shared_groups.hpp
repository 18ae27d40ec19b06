// The members of one shared subscription, "$share/name/filter", and who of them gets the next
// message. Groups live in the subscription index, from the first member to the last. Members change
// under the index's exclusive lock; choose() runs under its shared lock, in any number of threads
// at once.
#pragma once

#include "topic/subscriber.hpp"

#include <lmqtt/config.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lmqtt::topic {

using strategy = lmqtt::shared_subscription_strategy;

class shared_group {
public:
    shared_group(std::string_view share_name, std::string_view filter);
    ~shared_group();
    shared_group(const shared_group&) = delete;
    shared_group& operator=(const shared_group&) = delete;

    [[nodiscard]] std::string_view share_name() const;
    [[nodiscard]] std::string_view filter() const;

    /// All members, those that are online first.
    [[nodiscard]] std::span<const subscriber> members() const { return members_.all(); }

    [[nodiscard]] std::uint32_t size() const { return members_.size(); }

    [[nodiscard]] std::uint32_t online() const { return online_; }

    /// The session's membership, or null. Valid until the next change.
    [[nodiscard]] const subscriber* find(std::uint64_t session) const;

    /// Adds a member, or replaces its options and whether it is online; true when it is new.
    bool add(const subscriber& member, bool online);

    /// Removes the session's membership; false when there was none.
    bool remove(std::uint64_t session);

    /// Says whether the member's client is connected; false when it is no member.
    bool set_online(std::uint64_t session, bool online);

private:
    friend const subscriber*
    choose(const shared_group&, strategy, std::uint64_t publisher_hash, std::uint64_t random);

    static constexpr std::size_t sticky_slots = 256;
    using sticky_table = std::array<std::atomic<std::uint64_t>, sticky_slots>;

    [[nodiscard]] std::uint32_t stuck_member(std::uint64_t publisher_hash) const;
    [[nodiscard]] sticky_table& sticky() const;

    std::string text_;  // "name/filter"; a share name has no '/'
    subscriber_array members_;
    std::uint32_t online_ = 0;  // the first so many members are online
    mutable std::atomic<std::uint32_t> cursor_ = 0;
    mutable std::atomic<sticky_table*> sticky_ = nullptr;  // owned; made at the first sticky choice
};

/// The member to get the next message: one that is online when there is any, else one that is not.
/// Sticky keeps a publisher with its member as long as that one stays and is online (publishers are
/// told apart by `publisher_hash` modulo 256). Null only for a group without members.
[[nodiscard]] const subscriber*
choose(const shared_group& group, strategy how, std::uint64_t publisher_hash, std::uint64_t random);

}  // namespace lmqtt::topic
