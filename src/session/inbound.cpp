#include "session/inbound.hpp"

#include <algorithm>
#include <iterator>

namespace lmqtt::session {

packet_id_set& packet_id_set::operator=(const packet_id_set& other) {
    if (this != &other) {
        std::copy(std::begin(other.few_), std::end(other.few_), std::begin(few_));
        many_ = other.many_ ? std::make_unique<bitmap>(*other.many_) : nullptr;
        size_ = other.size_;
    }
    return *this;
}

bool packet_id_set::contains(std::uint16_t id) const {
    if (many_) {
        return ((*many_)[id / 64U] >> (id % 64U) & 1U) != 0;
    }
    const auto* const end = few_ + size_;
    return std::find(few_, end, id) != end;
}

bool packet_id_set::insert(std::uint16_t id) {
    if (contains(id)) {
        return false;
    }
    if (!many_ && size_ == inline_ids) {
        many_ = std::make_unique<bitmap>(65536 / 64);
        for (const std::uint16_t each : few_) {
            (*many_)[each / 64U] |= std::uint64_t{1} << (each % 64U);
        }
    }
    if (many_) {
        (*many_)[id / 64U] |= std::uint64_t{1} << (id % 64U);
    } else {
        few_[size_] = id;
    }
    ++size_;
    return true;
}

bool packet_id_set::erase(std::uint16_t id) {
    if (!contains(id)) {
        return false;
    }
    --size_;
    if (many_) {
        (*many_)[id / 64U] &= ~(std::uint64_t{1} << (id % 64U));
        if (size_ == 0) {
            many_.reset();
        }
    } else {
        *std::find(few_, few_ + size_ + 1, id) = few_[size_];
    }
    return true;
}

void packet_id_set::clear() {
    many_.reset();
    size_ = 0;
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
