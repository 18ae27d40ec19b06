// The one cursor that reads packets: it knows its end, and remembers that it tried to pass it. All
// reads after that give zeros, so a decoder may read a whole group and ask once. Lives on the stack
// of one decode call; the bytes are the caller's.
#pragma once

#include "mqtt/varint.hpp"

#include <lmqtt/bytes.hpp>

#include <cstdint>

namespace lmqtt::mqtt {

class byte_reader {
public:
    explicit byte_reader(byte_view bytes)
        : rest_(bytes) {}

    bool failed() const { return failed_; }

    bool at_end() const { return rest_.empty(); }

    byte_view rest() const { return rest_; }

    byte_view bytes(std::size_t count) {
        if (count > rest_.size()) {
            failed_ = true;
            rest_ = {};
            return {};
        }
        const byte_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::uint8_t u8() {
        const byte_view taken = bytes(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
    }

    std::uint16_t u16() {
        const std::uint8_t high = u8();
        return static_cast<std::uint16_t>(high << 8U | u8());
    }

    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16U | u16();
    }

    // Two bytes of length, then so many bytes.
    byte_view prefixed() { return bytes(u16()); }

    std::uint32_t variable() {
        const varint next = read_varint(rest_);
        if (next.outcome != varint::reading::whole) {
            failed_ = true;
            rest_ = {};
            return 0;
        }
        rest_.remove_prefix(next.size);
        return next.value;
    }

    byte_view take_rest() { return bytes(rest_.size()); }

private:
    byte_view rest_;
    bool failed_ = false;
};

}  // namespace lmqtt::mqtt
