// Any bytes as packets of any version: what is read can be written, what was written is read as the
// same, and a client may send nothing that nobody may.
#include "mqtt/decode.hpp"

#include "mqtt/encode.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

using namespace lmqtt;

namespace {

constexpr mqtt::frame_limits no_limit{.maximum_packet_size = 1'000'000};

std::string written(const packet& what, protocol_version version) {
    std::string bytes;
    mqtt::encode(bytes, what, version);
    return bytes;
}

void try_one(mqtt::frame from, protocol_version version) {
    // In memory of its own size, so that a sanitizer sees the first byte read too far.
    const auto memory = std::make_unique<char[]>(from.body.size());
    from.body.copy(memory.get(), from.body.size());
    from.body = {memory.get(), from.body.size()};
    const auto read = mqtt::decode(from, version);
    const auto from_client = mqtt::decode_from_client(from, version);
    if (!read) {
        require(!from_client && is_error(read.error().code));
        return;
    }
    const std::string once = written(*read, version);
    require(!from_client || written(*from_client, version) == once);
    byte_view rest = once;
    const auto again = mqtt::next_frame(rest, no_limit);
    require(again.has_value() && again->has_value() && rest.empty());
    const auto same = mqtt::decode(**again, version);
    require(same.has_value() && same->index() == read->index());
    require(written(*same, version) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto version = static_cast<protocol_version>(3 + data[0] % 3);
    const std::string stream(data + 1, data + size);
    mqtt::frame_limits limits = no_limit;
    limits.version = version;
    for (byte_view rest = stream;;) {
        const auto next = mqtt::next_frame(rest, limits);
        if (!next || !*next) {
            return 0;
        }
        try_one(**next, version);
    }
}
