// A hash set of pointers to entries that carry their own 32-bit `hash`. A bucket is one cache line:
// seven pointers, a byte of hash for each, and how many entries wanted in but had to go on. So
// looking up what is not there usually costs one line, and what is there two. Does not own the
// entries; locking is the owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lmqtt::topic {

template <class Entry>
class pointer_table {
public:
    /// Brings the line where the hash's entry would be closer, for a find() soon.
    void prefetch(std::uint32_t hash) const {
        if (!buckets_.empty()) {
            __builtin_prefetch(&buckets_[hash & mask()]);
        }
    }

    /// The entry with this hash for which `equal` holds, or null.
    template <class Equal>
    [[nodiscard]] Entry* find(std::uint32_t hash, Equal equal) const {
        if (buckets_.empty()) {
            return nullptr;
        }
        const std::uint8_t tag = tag_of(hash);
        for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
            const bucket& here = buckets_[at];
            for (std::size_t place = 0; place < places; ++place) {
                if (here.tags[place] == tag && equal(std::as_const(*here.entries[place]))) {
                    return here.entries[place];
                }
            }
            if (here.passed == 0) {
                return nullptr;
            }
        }
    }

    /// Adds an entry that is not in the table; it must stay where it is.
    void insert(Entry* entry) {
        if ((size_ + 1) * 8 > buckets_.size() * places * 7) {
            resize(buckets_.empty() ? 1 : buckets_.size() * 2);
        }
        put(entry);
        ++size_;
    }

    /// Removes an entry that is in the table.
    void erase(const Entry* entry) {
        for (std::size_t at = entry->hash & mask();; at = (at + 1) & mask()) {
            if (take(buckets_[at], entry)) {
                break;
            }
            // A count that reached its end no longer knows how many passed.
            if (buckets_[at].passed != many_passed) {
                --buckets_[at].passed;
            }
        }
        --size_;
        if (size_ == 0) {
            std::exchange(buckets_, {});
        } else if (buckets_.size() > 1 && size_ * 5 < buckets_.size() * places) {
            resize(buckets_.size() / 2);
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }

    /// Calls visit(Entry*) for every entry; the table must not change meanwhile.
    template <class Visit>
    void each(Visit visit) const {
        for (const bucket& here : buckets_) {
            for (std::size_t place = 0; place < places; ++place) {
                if (here.tags[place] != 0) {
                    visit(here.entries[place]);
                }
            }
        }
    }

private:
    static constexpr std::size_t places = 7;
    static constexpr std::uint8_t many_passed = 255;

    struct alignas(64) bucket {
        std::uint8_t tags[places] = {};  // 0: no entry
        std::uint8_t passed = 0;
        Entry* entries[places] = {};
    };

    static std::uint8_t tag_of(std::uint32_t hash) {
        const auto tag = static_cast<std::uint8_t>(hash >> 24);
        return tag == 0 ? std::uint8_t{1} : tag;
    }

    [[nodiscard]] std::size_t mask() const { return buckets_.size() - 1; }

    void put(Entry* entry) {
        for (std::size_t at = entry->hash & mask();; at = (at + 1) & mask()) {
            bucket& here = buckets_[at];
            for (std::size_t place = 0; place < places; ++place) {
                if (here.tags[place] == 0) {
                    here.tags[place] = tag_of(entry->hash);
                    here.entries[place] = entry;
                    return;
                }
            }
            if (here.passed != many_passed) {
                ++here.passed;
            }
        }
    }

    static bool take(bucket& from, const Entry* entry) {
        for (std::size_t place = 0; place < places; ++place) {
            if (from.entries[place] == entry && from.tags[place] != 0) {
                from.tags[place] = 0;
                from.entries[place] = nullptr;
                return true;
            }
        }
        return false;
    }

    void resize(std::size_t count) {
        std::vector<bucket> old(count);
        old.swap(buckets_);
        for (const bucket& here : old) {
            // All seven at once: entries lie anywhere in memory, and growing must not take seven
            // times as long.
            for (Entry* entry : here.entries) {
                __builtin_prefetch(entry);
            }
            for (Entry* entry : here.entries) {
                if (entry != nullptr) {
                    put(entry);
                }
            }
        }
    }

    std::vector<bucket> buckets_;
    std::size_t size_ = 0;
};

}  // namespace lmqtt::topic
