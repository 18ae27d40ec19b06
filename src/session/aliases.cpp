#include "session/aliases.hpp"

namespace lmqtt::session {

outgoing_aliases::choice outgoing_aliases::choose(std::string_view topic) {
    if (maximum_ == 0) {
        return {};
    }
    if (const auto known = aliases_.find(topic); known != aliases_.end()) {
        return {known->second, true};
    }
    if (topics_.size() < maximum_) {
        topics_.emplace_back(topic);
        const auto alias = static_cast<std::uint16_t>(topics_.size());
        aliases_.emplace(topic, alias);
        return {alias, false};
    }
    auto& reused = topics_[oldest_];
    const auto alias = static_cast<std::uint16_t>(oldest_ + 1U);
    oldest_ = static_cast<std::uint16_t>((oldest_ + 1U) % maximum_);
    aliases_.erase(reused);
    reused = topic;
    aliases_.emplace(topic, alias);
    return {alias, false};
}

}  // namespace lmqtt::session
