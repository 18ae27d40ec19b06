// The walk over the retained topics that a filter matches, in chunks. A walk that stops pins the
// node it will go on from, so its cursor survives any change of the index. Runs under the index's
// shared lock.
#pragma once

#include "topic/inline_vector.hpp"
#include "topic/retained_trie.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

/// Where an enumeration stopped. Belongs to whoever enumerates; may be destroyed at any time,
/// without any lock, but not after its index.
class retained_cursor {
public:
    retained_cursor() = default;
    ~retained_cursor();
    retained_cursor(retained_cursor&& other) noexcept;
    retained_cursor& operator=(retained_cursor&& other) noexcept;

private:
    friend class retained_walk;
    enum class stage : std::uint8_t { fresh, paused, finished };

    void unpin();

    std::atomic<std::uint32_t>* pin_ = nullptr;
    std::uint32_t node_ = 0;
    std::uint32_t depth_ = 0;
    stage stage_ = stage::fresh;
    bool leaving_ = false;
};

/// One chunk of an enumeration, within one hold of the lock.
class retained_walk {
public:
    /// Walks over the topics that `filter` matches, or over all.
    retained_walk(
        const retained_trie& trie,
        std::string_view filter,
        retained_cursor& cursor,
        std::size_t budget
    );
    retained_walk(const retained_trie& trie, retained_cursor& cursor, std::size_t budget);
    retained_walk(const retained_walk&) = delete;
    retained_walk& operator=(const retained_walk&) = delete;

    /// The next place, or retained_trie::none when the budget is spent or there are no more.
    std::uint32_t next();

    /// What next() has just returned is found again by the next chunk, which this one leaves the
    /// rest to.
    void put_back();

    [[nodiscard]] bool finished() const;

private:
    struct position {
        std::uint32_t node = 0;
        std::uint32_t depth = 0;
    };

    struct pattern {
        std::string_view text;
        std::uint32_t level;
        bool known;
    };

    void start(std::uint32_t root);
    void read_pattern(std::string_view filter);
    std::uint32_t arrive();
    void leave();
    void pause();
    [[nodiscard]] std::uint32_t child_of(const retained_trie::node& node);
    [[nodiscard]] bool any_level(std::uint32_t depth) const;

    const retained_trie& trie_;
    retained_cursor& cursor_;
    std::size_t budget_;
    position last_;  // where next() has found what it returned
    inline_vector<pattern, 16> pattern_;
    std::size_t rest_from_;  // the depth of '#', which matches its parent level and all below
    bool all_ = false;
};

}  // namespace lmqtt::topic
