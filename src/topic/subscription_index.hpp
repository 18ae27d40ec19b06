// Which sessions a topic name concerns: every subscription of the broker, exact filters in one hash
// of the whole topic, wildcard filters in a trie of interned levels. Lives as long as the broker.
// Takes no lock: any number of threads may call the const functions at once under a shared lock;
// the others need it exclusively. Only generation() may be called without any lock.
#pragma once

#include "topic/shared_groups.hpp"
#include "topic/subscriber.hpp"
#include "topic/subscriber_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace lmqtt::topic {

class subscription_index {
public:
    /// `seed` keys the hashes, so that clients cannot choose filters that collide.
    explicit subscription_index(std::uint64_t seed);
    subscription_index();
    ~subscription_index();
    subscription_index(const subscription_index&) = delete;
    subscription_index& operator=(const subscription_index&) = delete;

    /// Files a subscription under a valid filter, or replaces the session's options there; true
    /// when new.
    bool add(std::string_view filter, const subscriber& added);

    /// Takes the session's subscription away; false when there was none.
    bool remove(std::string_view filter, std::uint64_t session);

    /// The same for "$share/name/filter"; the member counts as online until told otherwise.
    bool add_shared(std::string_view share_name, std::string_view filter, const subscriber& added);
    bool remove_shared(std::string_view share_name, std::string_view filter, std::uint64_t session);

    /// Says whether a member's client is connected; false when it is no member. Does not change
    /// generations, because whom a topic concerns has not changed.
    bool set_shared_online(
        std::string_view share_name, std::string_view filter, std::uint64_t session, bool online
    );

    /// The session's subscription to exactly this filter, or null. Valid until the next change.
    [[nodiscard]] const subscriber* find(std::string_view filter, std::uint64_t session) const;

    /// The group of "$share/name/filter", or null. Valid until the next change.
    [[nodiscard]] const shared_group*
    find_shared(std::string_view share_name, std::string_view filter) const;

    /// Calls sink.subscription(const subscriber&) for each subscription and sink.group(const
    /// shared_group&) for each shared subscription that a valid topic name matches, each once, in
    /// no particular order. A session with several matching filters is reported once for each.
    template <class Sink>
    void match(std::string_view topic, Sink&& sink) const {
        matched_lists found;
        collect(topic, found);
        for (const subscriber_list* list : found) {
            for (const subscriber& each : list->subscribers()) {
                sink.subscription(each);
            }
            for (const shared_group* group : list->groups()) {
                sink.group(*group);
            }
        }
    }

    /// Changes whenever the result of match() may have changed for topics with this first level (a
    /// whole topic name does as well). Needs no lock. Who keeps match results reads it before
    /// matching, under the same lock, and may later use what he copied as long as it is unchanged:
    /// copies of subscribers, but no references and no groups, which die with their last member.
    [[nodiscard]] std::uint64_t generation(std::string_view topic_first_level) const;

    /// Subscriptions, members of shared ones included.
    [[nodiscard]] std::size_t size() const;

    /// Shared subscriptions, each with all its members counted once.
    [[nodiscard]] std::size_t group_count() const;

private:
    struct parts;

    void collect(std::string_view topic, matched_lists& found) const;
    void changed(std::string_view filter);

    std::unique_ptr<parts> parts_;
};

}  // namespace lmqtt::topic
