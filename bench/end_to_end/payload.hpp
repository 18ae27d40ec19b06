// What every published payload carries, so that the receiver can tell which message it holds and
// whether a byte of it changed: publisher, sequence, time, a check over these, then filler.
// Immutable after construction; one per run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

struct stamp {
    std::uint32_t publisher;
    std::uint32_t sequence;
    std::uint64_t sent_ns;
};

enum class condition : std::uint8_t {
    intact,
    damaged,     // the stamp is readable, another byte is wrong
    unreadable,  // not even the stamp can be trusted
};

struct inspection {
    condition state;
    stamp mark;
};

class payload_format {
public:
    static constexpr std::size_t smallest = 20;

    explicit payload_format(std::size_t size);

    std::size_t size() const { return size_; }

    void append(std::string& out, const stamp& mark) const;
    inspection inspect(std::string_view payload) const;

private:
    std::string_view filler_for(std::uint32_t check) const;

    std::size_t size_;
    std::string pattern_;
};

}  // namespace bench
