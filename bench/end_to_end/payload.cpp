#include "end_to_end/payload.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::size_t shifts = 256;

std::uint64_t mix(std::uint64_t value) {
    value ^= value >> 30;
    value *= 0xBF58476D1CE4E5B9ULL;
    value ^= value >> 27;
    value *= 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

std::uint32_t check_of(const stamp& mark) {
    const auto name = (std::uint64_t{mark.publisher} << 32) | mark.sequence;
    return static_cast<std::uint32_t>(mix(mix(name + 0x9E3779B97F4A7C15ULL) ^ mark.sent_ns));
}

}  // namespace

payload_format::payload_format(std::size_t size)
    : size_(size) {
    if (size < smallest) {
        throw std::runtime_error("a payload needs at least 20 bytes to be verifiable");
    }
    std::uint64_t state = 1;
    pattern_.reserve(size + shifts);
    while (pattern_.size() < size + shifts) {
        state = mix(state + 0x9E3779B97F4A7C15ULL);
        pattern_.push_back(static_cast<char>(static_cast<std::uint8_t>(state)));
    }
}

// The filler depends on the check, so that a payload glued together from two messages shows.
std::string_view payload_format::filler_for(std::uint32_t check) const {
    return std::string_view(pattern_).substr(check % shifts, size_ - smallest);
}

void payload_format::append(std::string& out, const stamp& mark) const {
    const auto check = check_of(mark);
    std::array<char, smallest> head{};
    std::memcpy(head.data(), &mark.publisher, 4);
    std::memcpy(head.data() + 4, &mark.sequence, 4);
    std::memcpy(head.data() + 8, &mark.sent_ns, 8);
    std::memcpy(head.data() + 16, &check, 4);
    out.append(head.data(), head.size());
    out.append(filler_for(check));
}

inspection payload_format::inspect(std::string_view payload) const {
    inspection found{condition::unreadable, {}};
    if (payload.size() < smallest) {
        return found;
    }
    std::uint32_t check = 0;
    std::memcpy(&found.mark.publisher, payload.data(), 4);
    std::memcpy(&found.mark.sequence, payload.data() + 4, 4);
    std::memcpy(&found.mark.sent_ns, payload.data() + 8, 8);
    std::memcpy(&check, payload.data() + 16, 4);
    if (check == check_of(found.mark)) {
        const bool same = payload.substr(smallest) == filler_for(check);
        found.state = same ? condition::intact : condition::damaged;
    }
    return found;
}

}  // namespace bench
