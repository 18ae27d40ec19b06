// Everybody subscribed to one filter. Nearly every filter has one subscriber, so one is kept
// inline; a second one, or a shared group, moves them all into a separate crowd. Part of an index
// node; same locking.
#pragma once

#include "topic/inline_vector.hpp"
#include "topic/subscriber.hpp"

#include <cstdint>
#include <span>

namespace lmqtt::topic {

class shared_group;

class subscriber_list {
public:
    subscriber_list() noexcept {}

    ~subscriber_list();
    subscriber_list(const subscriber_list&) = delete;
    subscriber_list& operator=(const subscriber_list&) = delete;

    /// Adds the session's subscription or replaces it; true when it is new.
    bool add(const subscriber& added);

    /// Removes the session's subscription; false when there was none.
    bool remove(std::uint64_t session);

    /// The session's subscription, or null.
    [[nodiscard]] const subscriber* find(std::uint64_t session) const;

    /// Adds a shared group, which somebody else owns; returns the place to remove it by.
    std::uint32_t add_group(shared_group* group);

    /// Removes the group at `place`; returns the one that moved to that place, if any.
    shared_group* remove_group(std::uint32_t place);

    [[nodiscard]] bool empty() const { return count_ == 0; }

    [[nodiscard]] std::span<const subscriber> subscribers() const {
        return count_ == crowded ? crowd_subscribers() : std::span{&one_, count_};
    }

    [[nodiscard]] std::span<shared_group* const> groups() const {
        return count_ == crowded ? crowd_groups() : std::span<shared_group* const>{};
    }

private:
    struct crowd;
    static constexpr std::uint32_t crowded = 0xffff'ffff;

    [[nodiscard]] std::span<const subscriber> crowd_subscribers() const;
    [[nodiscard]] std::span<shared_group* const> crowd_groups() const;
    void gather();
    void disperse();

    std::uint32_t count_ = 0;  // 0, 1 (inline) or `crowded`
    std::uint32_t unused_ = 0;

    union {
        subscriber one_;  // NOLINT(readability-identifier-naming)
        crowd* many_;     // NOLINT(readability-identifier-naming)
    };
};

using matched_lists = inline_vector<const subscriber_list*, 32>;

}  // namespace lmqtt::topic
