#include "topic/short_levels.hpp"

#include <utility>

namespace lmqtt::topic {

std::uint32_t short_levels::acquire(std::string_view level) {
    const std::uint64_t text = packed(level);
    if ((texts_.size() + 1) * 10 > slots_.size() * 7) {
        resize(slots_.empty() ? 4 : slots_.size() * 2);
    }
    slot& place = slots_[slot_of(text)];
    if (place.number == none) {
        place.text = text;
        place.number = texts_.emplace(text);
    }
    ++place.users;
    return place.number;
}

void short_levels::release(std::uint32_t number) {
    const std::size_t place = slot_of(texts_[number]);
    if (--slots_[place].users != 0) {
        return;
    }
    vacate(place);
    texts_.erase(number);
    if (texts_.size() == 0) {
        std::exchange(slots_, {});
    } else if (slots_.size() > 4 && texts_.size() * 6 < slots_.size()) {
        resize(slots_.size() / 2);
    }
}

// Whoever was pushed past the hole moves back into it, so that no search ends too early.
void short_levels::vacate(std::size_t hole) {
    for (std::size_t at = (hole + 1) & mask(); slots_[at].number != none; at = (at + 1) & mask()) {
        if (((at - home(slots_[at].text)) & mask()) >= ((at - hole) & mask())) {
            slots_[hole] = slots_[at];
            hole = at;
        }
    }
    slots_[hole] = {};
}

void short_levels::resize(std::size_t count) {
    std::vector<slot> old(count);
    old.swap(slots_);
    for (const slot& each : old) {
        if (each.number != none) {
            slots_[slot_of(each.text)] = each;
        }
    }
}

}  // namespace lmqtt::topic
