#include "session/inbound.hpp"

#include <algorithm>
#include <iterator>

namespace lmqtt::session {

packet_id_set& packet_id_set::operator=(const packet_id_set& other) {
    if (this != &other) {
        held_ = other.held_ ? std::make_unique<contents>(*other.held_) : nullptr;
    }
    return *this;
}

bool packet_id_set::contains(std::uint16_t id) const {
    if (!held_) {
        return false;
    }
    const auto& [size, ids, bitmap] = *held_;
    if (!bitmap.empty()) {
        return (bitmap[id / 64U] >> (id % 64U) & 1U) != 0;
    }
    const auto* const end = ids.begin() + size;
    return std::find(ids.begin(), end, id) != end;
}

bool packet_id_set::insert(std::uint16_t id) {
    if (contains(id)) {
        return false;
    }
    if (!held_) {
        held_ = std::make_unique<contents>();
    }
    auto& [size, ids, bitmap] = *held_;
    if (bitmap.empty() && size == few) {
        bitmap.resize(65536 / 64);
        for (const std::uint16_t each : ids) {
            bitmap[each / 64U] |= std::uint64_t{1} << (each % 64U);
        }
    }
    if (bitmap.empty()) {
        ids[size] = id;
    } else {
        bitmap[id / 64U] |= std::uint64_t{1} << (id % 64U);
    }
    ++size;
    return true;
}

bool packet_id_set::erase(std::uint16_t id) {
    if (!contains(id)) {
        return false;
    }
    auto& [size, ids, bitmap] = *held_;
    --size;
    if (size == 0) {
        held_.reset();
    } else if (bitmap.empty()) {
        *std::find(ids.begin(), ids.begin() + size + 1, id) = ids[size];
    } else {
        bitmap[id / 64U] &= ~(std::uint64_t{1} << (id % 64U));
    }
    return true;
}

void incoming_aliases::set(std::uint16_t alias, std::string_view topic) {
    if (alias > topics_.size()) {
        topics_.resize(alias);
    }
    topics_.at(alias - 1U) = topic;
}

std::string_view incoming_aliases::topic(std::uint16_t alias) const {
    return alias == 0 || alias > topics_.size() ? std::string_view{} : topics_[alias - 1U];
}

}  // namespace lmqtt::session
