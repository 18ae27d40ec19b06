// Which change of a retained topic is the latest. Shards submit what they did in one turn together,
// so that of two that changed a topic at once the later one may come first. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lmqtt::persistence {

class retained_order {
public:
    // False: a later change of the topic has come already. What is asked about is remembered until
    // `generation` other topics have been changed, far more than fit between two submissions.
    bool is_newest(std::string_view topic, std::uint64_t number) {
        const std::size_t key = std::hash<std::string_view>{}(topic);
        const auto old = before_.find(key);
        std::uint64_t& newest = recent_[key];
        newest = std::max(newest, old == before_.end() ? 0 : old->second);
        const bool is_newest = number > newest;
        newest = std::max(newest, number);
        if (recent_.size() >= generation) {
            before_ = std::exchange(recent_, {});
        }
        return is_newest;
    }

    static constexpr std::size_t generation = 16'384;

private:
    std::unordered_map<std::size_t, std::uint64_t> recent_;
    std::unordered_map<std::size_t, std::uint64_t> before_;
};

}  // namespace lmqtt::persistence
