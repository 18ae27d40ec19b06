#include "topic/subscription_index.hpp"

#include "topic/exact_filters.hpp"
#include "topic/levels.hpp"
#include "topic/text_hash.hpp"
#include "topic/topic_filter.hpp"
#include "topic/wildcard_trie.hpp"

#include <array>
#include <atomic>

namespace lmqtt::topic {
namespace {

constexpr std::size_t generation_counters = 256;

// A group and where it is filed.
struct filed_group : shared_group {
    filed_group(std::string_view share_name, std::string_view filter, std::uint32_t its_hash)
        : shared_group{share_name, filter}
        , hash{its_hash} {}

    std::uint32_t hash;
    std::uint32_t place = 0;  // in the list of its filter
};

bool wildcard(std::string_view filter) {
    return filter.find_first_of("+#") != std::string_view::npos;
}

}  // namespace

struct subscription_index::parts {
    explicit parts(std::uint64_t its_seed)
        : seed{its_seed}
        , wildcards{its_seed} {}

    ~parts() {
        groups.each([](filed_group* group) { delete group; });
    }

    parts(const parts&) = delete;
    parts& operator=(const parts&) = delete;

    [[nodiscard]] std::uint32_t hash(std::string_view text) const {
        return static_cast<std::uint32_t>(text_hash(text, seed));
    }

    subscriber_list& list_at(std::string_view filter) {
        return wildcard(filter) ? wildcards.at(filter) : exact.at(hash(filter), filter);
    }

    subscriber_list* find_list(std::string_view filter) {
        return wildcard(filter) ? wildcards.find(filter) : exact.find(hash(filter), filter);
    }

    void trim(std::string_view filter) {
        wildcard(filter) ? wildcards.trim(filter) : exact.trim(hash(filter), filter);
    }

    [[nodiscard]] std::uint32_t
    group_hash(std::string_view share_name, std::string_view filter) const {
        return static_cast<std::uint32_t>(
            text_hash(filter, seed) ^ spread(text_hash(share_name, seed))
        );
    }

    [[nodiscard]] filed_group*
    find_group(std::string_view share_name, std::string_view filter) const {
        const std::uint32_t wanted = group_hash(share_name, filter);
        return groups.find(wanted, [&](const filed_group& group) {
            return group.hash == wanted && group.share_name() == share_name &&
                   group.filter() == filter;
        });
    }

    filed_group& group_at(std::string_view share_name, std::string_view filter) {
        filed_group* group = find_group(share_name, filter);
        if (group == nullptr) {
            group = new filed_group{share_name, filter, group_hash(share_name, filter)};
            group->place = list_at(filter).add_group(group);
            groups.insert(group);
        }
        return *group;
    }

    void drop_group(filed_group* group) {
        const std::unique_ptr<filed_group> dropped{group};
        shared_group* const moved = find_list(group->filter())->remove_group(group->place);
        if (moved != nullptr) {
            static_cast<filed_group*>(moved)->place = group->place;
        }
        trim(group->filter());
        groups.erase(group);
    }

    std::uint64_t seed;
    exact_filters exact;
    wildcard_trie wildcards;
    pointer_table<filed_group> groups;
    std::size_t size = 0;
    std::array<std::atomic<std::uint64_t>, generation_counters> first_level_changes = {};
    std::atomic<std::uint64_t> wildcard_changes = 0;
};

subscription_index::subscription_index(std::uint64_t seed)
    : parts_{std::make_unique<parts>(seed)} {}

subscription_index::subscription_index()
    : subscription_index{random_seed()} {}

subscription_index::~subscription_index() = default;

bool subscription_index::add(std::string_view filter, const subscriber& added) {
    const bool is_new = parts_->list_at(filter).add(added);
    parts_->size += is_new ? 1 : 0;
    changed(filter);
    return is_new;
}

bool subscription_index::remove(std::string_view filter, std::uint64_t session) {
    subscriber_list* const list = parts_->find_list(filter);
    if (list == nullptr || !list->remove(session)) {
        return false;
    }
    if (list->empty()) {
        parts_->trim(filter);
    }
    --parts_->size;
    changed(filter);
    return true;
}

bool subscription_index::add_shared(
    std::string_view share_name, std::string_view filter, const subscriber& added
) {
    const bool is_new = parts_->group_at(share_name, filter).add(added, true);
    parts_->size += is_new ? 1 : 0;
    changed(filter);
    return is_new;
}

bool subscription_index::remove_shared(
    std::string_view share_name, std::string_view filter, std::uint64_t session
) {
    filed_group* const group = parts_->find_group(share_name, filter);
    if (group == nullptr || !group->remove(session)) {
        return false;
    }
    if (group->size() == 0) {
        parts_->drop_group(group);
    }
    --parts_->size;
    changed(filter);
    return true;
}

bool subscription_index::set_shared_online(
    std::string_view share_name, std::string_view filter, std::uint64_t session, bool online
) {
    filed_group* const group = parts_->find_group(share_name, filter);
    return group != nullptr && group->set_online(session, online);
}

const subscriber* subscription_index::find(std::string_view filter, std::uint64_t session) const {
    const subscriber_list* const list = parts_->find_list(filter);
    return list == nullptr ? nullptr : list->find(session);
}

const shared_group*
subscription_index::find_shared(std::string_view share_name, std::string_view filter) const {
    return parts_->find_group(share_name, filter);
}

std::uint64_t subscription_index::generation(std::string_view topic_first_level) const {
    const std::string_view level = first_level(topic_first_level);
    const auto& counter = parts_->first_level_changes[parts_->hash(level) % generation_counters];
    // Both only grow, so their sum stays the same only if both do.
    return counter.load(std::memory_order_acquire) +
           parts_->wildcard_changes.load(std::memory_order_acquire);
}

std::size_t subscription_index::size() const {
    return parts_->size;
}

std::size_t subscription_index::group_count() const {
    return parts_->groups.size();
}

void subscription_index::collect(std::string_view topic, matched_lists& found) const {
    const std::uint32_t hash = parts_->hash(topic);
    parts_->exact.prefetch(hash);
    parts_->wildcards.match(topic, found);
    if (const subscriber_list* const list = parts_->exact.find(hash, topic)) {
        found.push_back(list);
    }
}

void subscription_index::changed(std::string_view filter) {
    auto& counter =
        starts_with_wildcard(filter)
            ? parts_->wildcard_changes
            : parts_->first_level_changes[parts_->hash(first_level(filter)) % generation_counters];
    counter.fetch_add(1, std::memory_order_release);
}

}  // namespace lmqtt::topic
