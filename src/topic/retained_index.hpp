// The retained messages by topic: a trie whose enumeration can stop after a budget of nodes and go
// on later. Takes no lock: const functions run at once in any number of threads under a shared
// lock, put() and erase() need it exclusively; both may come between two chunks of an enumeration.
#pragma once

#include "topic/retained_walk.hpp"
#include "topic/slab.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lmqtt::topic {

template <class Value>
class retained_index {
public:
    /// `seed` keys the hashes, so that clients cannot choose topics that collide.
    explicit retained_index(std::uint64_t seed)
        : trie_{seed} {}

    retained_index() = default;

    /// Keeps `value` for a valid topic name; returns what it replaced.
    std::optional<Value> put(std::string_view topic, Value value) {
        std::uint32_t& place = trie_.place(topic);
        if (place != retained_trie::none) {
            return std::exchange(values_[place], std::move(value));
        }
        place = values_.emplace(std::move(value));
        return std::nullopt;
    }

    /// Forgets the topic; returns what was kept for it.
    std::optional<Value> erase(std::string_view topic) {
        const std::uint32_t place = trie_.erase(topic);
        if (place == retained_trie::none) {
            return std::nullopt;
        }
        std::optional<Value> removed{std::move(values_[place])};
        values_.erase(place);
        return removed;
    }

    /// What is kept for the topic, or null. Valid until the next change.
    [[nodiscard]] const Value* find(std::string_view topic) const {
        const std::uint32_t place = trie_.find(topic);
        return place == retained_trie::none ? nullptr : &values_[place];
    }

    /// Calls sink(const Value&) for the next topics that a valid filter matches, looking at no more
    /// than `budget` nodes; true when there are no more. The cursor starts fresh, is given back to
    /// the same index with the same filter, and resumes where it stopped: what is kept all the time
    /// is reported exactly once, what comes or goes meanwhile at most once. The sink must not
    /// change the index. One that returns false has not taken that value: it is the first of the
    /// next chunk, and this one ends.
    template <class Sink>
    bool
    match(std::string_view filter, retained_cursor& cursor, std::size_t budget, Sink&& sink) const {
        retained_walk walk{trie_, filter, cursor, budget};
        return report(walk, sink);
    }

    /// The same for every topic, those starting with '$' included: for expiry and statistics.
    template <class Sink>
    bool each(retained_cursor& cursor, std::size_t budget, Sink&& sink) const {
        retained_walk walk{trie_, cursor, budget};
        return report(walk, sink);
    }

    [[nodiscard]] std::size_t size() const { return values_.size(); }

private:
    template <class Sink>
    bool report(retained_walk& walk, Sink& sink) const {
        for (std::uint32_t place = walk.next(); place != retained_trie::none; place = walk.next()) {
            const Value& found = values_[place];
            if constexpr (std::is_void_v<std::invoke_result_t<Sink&, const Value&>>) {
                sink(found);
            } else if (!sink(found)) {
                walk.put_back();
                break;
            }
        }
        return walk.finished();
    }

    retained_trie trie_;
    slab<Value> values_;
};

}  // namespace lmqtt::topic
