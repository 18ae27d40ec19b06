#include "topic/long_levels.hpp"

#include "topic/text_hash.hpp"

#include <cstring>
#include <new>

namespace lmqtt::topic {

// The text follows the entry in the same piece of memory.
struct long_levels::entry {
    std::uint32_t hash;
    std::uint32_t number;
    std::uint32_t users;
    std::uint32_t size;

    [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }

    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(this + 1), size};
    }
};

long_levels::~long_levels() {
    by_text_.each([](entry* each) { ::operator delete(each); });
}

std::uint32_t long_levels::find(std::string_view level) const {
    const entry* const known = look_up(hash(level), level);
    return known == nullptr ? none : known->number;
}

std::uint32_t long_levels::acquire(std::string_view level) {
    const std::uint32_t level_hash = hash(level);
    if (entry* const known = look_up(level_hash, level)) {
        ++known->users;
        return known->number;
    }
    const auto size = static_cast<std::uint32_t>(level.size());
    entry* const made = new (::operator new(sizeof(entry) + size)) entry{level_hash, 0, 1, size};
    std::memcpy(made->text(), level.data(), size);
    made->number = by_number_.emplace(made);
    by_text_.insert(made);
    return made->number;
}

void long_levels::release(std::uint32_t number) {
    entry* const known = by_number_[number];
    if (--known->users != 0) {
        return;
    }
    by_text_.erase(known);
    by_number_.erase(number);
    ::operator delete(known);
}

std::uint32_t long_levels::hash(std::string_view level) const {
    return static_cast<std::uint32_t>(text_hash(level, seed_));
}

long_levels::entry* long_levels::look_up(std::uint32_t hash, std::string_view level) const {
    return by_text_.find(hash, [&](const entry& each) {
        return each.hash == hash && each.view() == level;
    });
}

}  // namespace lmqtt::topic
