// The subscriptions without wildcards, nine of ten in most brokers: one lookup of the whole topic
// instead of one a level. Part of the subscription index; same locking.
#pragma once

#include "topic/pointer_table.hpp"
#include "topic/subscriber_list.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

class exact_filters {
public:
    exact_filters() = default;
    ~exact_filters();
    exact_filters(const exact_filters&) = delete;
    exact_filters& operator=(const exact_filters&) = delete;

    /// The filter's list, made when there is none. Whoever leaves a list empty calls trim().
    subscriber_list& at(std::uint32_t hash, std::string_view filter);

    /// The filter's list, or null. `hash` is the caller's, always the same for the same text.
    [[nodiscard]] subscriber_list* find(std::uint32_t hash, std::string_view filter) const;

    /// Forgets the filter if its list is empty.
    void trim(std::uint32_t hash, std::string_view filter);

    /// Brings the lookup's first memory access forward.
    void prefetch(std::uint32_t hash) const { entries_.prefetch(hash); }

private:
    struct entry;

    [[nodiscard]] entry* look_up(std::uint32_t hash, std::string_view filter) const;
    static void destroy(entry* removed);

    pointer_table<entry> entries_;
};

}  // namespace lmqtt::topic
