// What the last topics of one publisher matched: a device repeats its own few topics. Belongs to
// the publishing client; an entry is good as long as the index's generation for its topic stands.
#pragma once

#include "broker/envelope.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

class route_cache {
public:
    struct entry {
        std::string topic;
        std::uint64_t generation = 0;
        std::vector<match> matches;
    };

    const entry* find(std::string_view topic, std::uint64_t generation) const {
        for (const entry& each : entries_) {
            if (each.topic == topic && each.generation == generation) {
                return &each;
            }
        }
        return nullptr;
    }

    // Remembers a topic from its second publish on, so that one-off topics cost nothing.
    entry* place_for(std::string_view topic) {
        for (entry& each : entries_) {
            if (each.topic == topic) {
                return &each;
            }
        }
        const std::size_t hash = std::hash<std::string_view>{}(topic);
        if (hash != last_seen_) {
            last_seen_ = hash;
            return nullptr;
        }
        if (entries_.size() < most) {
            return &entries_.emplace_back();
        }
        oldest_ = (oldest_ + 1) % most;
        return &entries_[oldest_];
    }

private:
    static constexpr std::size_t most = 4;

    std::vector<entry> entries_;
    std::size_t oldest_ = 0;
    std::size_t last_seen_ = 0;
};

}  // namespace lmqtt::broker
