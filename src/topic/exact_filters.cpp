#include "topic/exact_filters.hpp"

#include <cstring>
#include <new>

namespace lmqtt::topic {

// The text follows the entry in the same piece of memory: found and compared with one cache miss.
struct exact_filters::entry {
    std::uint32_t hash;
    std::uint32_t size;
    subscriber_list list;

    [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }

    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(this + 1), size};
    }
};

exact_filters::~exact_filters() {
    entries_.each(destroy);
}

subscriber_list& exact_filters::at(std::uint32_t hash, std::string_view filter) {
    if (entry* const known = look_up(hash, filter)) {
        return known->list;
    }
    const auto size = static_cast<std::uint32_t>(filter.size());
    entry* const made = new (::operator new(sizeof(entry) + size)) entry{hash, size, {}};
    std::memcpy(made->text(), filter.data(), size);
    entries_.insert(made);
    return made->list;
}

subscriber_list* exact_filters::find(std::uint32_t hash, std::string_view filter) const {
    entry* const known = look_up(hash, filter);
    return known == nullptr ? nullptr : &known->list;
}

void exact_filters::trim(std::uint32_t hash, std::string_view filter) {
    entry* const known = look_up(hash, filter);
    if (known != nullptr && known->list.empty()) {
        entries_.erase(known);
        destroy(known);
    }
}

exact_filters::entry* exact_filters::look_up(std::uint32_t hash, std::string_view filter) const {
    return entries_.find(hash, [&](const entry& each) {
        return each.hash == hash && each.view() == filter;
    });
}

void exact_filters::destroy(entry* removed) {
    removed->~entry();
    ::operator delete(removed);
}

}  // namespace lmqtt::topic
