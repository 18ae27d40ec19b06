#include "topic/level_names.hpp"

#include "topic/text_hash.hpp"

#include <cstring>
#include <new>

namespace lmqtt::topic {

// The text follows the name in the same piece of memory.
struct level_names::name {
    std::uint32_t hash;
    std::uint32_t number;
    std::uint32_t users;
    std::uint32_t size;

    [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }

    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(this + 1), size};
    }
};

level_names::~level_names() {
    by_text_.each([](name* entry) { ::operator delete(entry); });
}

std::uint32_t level_names::find(std::string_view level) const {
    const name* const entry = look_up(hash(level), level);
    return entry == nullptr ? none : entry->number;
}

std::uint32_t level_names::acquire(std::string_view level) {
    const std::uint32_t level_hash = hash(level);
    if (name* const entry = look_up(level_hash, level)) {
        ++entry->users;
        return entry->number;
    }
    const auto size = static_cast<std::uint32_t>(level.size());
    name* const entry = new (::operator new(sizeof(name) + size)) name{level_hash, 0, 1, size};
    std::memcpy(entry->text(), level.data(), size);
    entry->number = by_number_.emplace(entry);
    by_text_.insert(entry);
    return entry->number;
}

void level_names::release(std::uint32_t number) {
    name* const entry = by_number_[number];
    if (--entry->users != 0) {
        return;
    }
    by_text_.erase(entry);
    by_number_.erase(number);
    ::operator delete(entry);
}

std::uint32_t level_names::hash(std::string_view level) const {
    return static_cast<std::uint32_t>(text_hash(level, seed_));
}

level_names::name* level_names::look_up(std::uint32_t hash, std::string_view level) const {
    return by_text_.find(hash, [&](const name& entry) {
        return entry.hash == hash && entry.view() == level;
    });
}

}  // namespace lmqtt::topic
