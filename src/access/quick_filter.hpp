// A topic filter prepared for being compared with many topics: most are literal up to their end or
// up to a last '#', which one comparison of bytes decides. Borrows its text. Immutable, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace lmqtt::access {

class quick_filter {
public:
    /// A valid filter without share name.
    explicit quick_filter(std::string_view filter);

    /// What topic::matches() says. Iterative, no allocation.
    [[nodiscard]] bool matches(std::string_view topic) const;

    [[nodiscard]] std::string_view text() const { return text_; }

private:
    enum class shape : std::uint8_t { exact, below, everything, mixed };

    std::string_view text_;
    std::uint32_t literal_;  // so many bytes at the beginning are compared as they are
    shape shape_;
};

}  // namespace lmqtt::access
