// Any bytes as a stream of packets: every frame lies where its packet was, within the limit, and it
// makes no difference in how many pieces the bytes arrive.
#include "mqtt/framer.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace lmqtt;

namespace {

// What came of a stream: its packets, and how it failed.
struct outcome {
    std::vector<std::string> packets;
    std::optional<reason_code> failure;

    friend bool operator==(const outcome&, const outcome&) = default;
};

void take_frames(byte_view& rest, const mqtt::frame_limits& limits, outcome& into) {
    while (!into.failure) {
        const char* const begin = rest.data();
        const auto next = mqtt::next_frame(rest, limits);
        if (!next) {
            into.failure = next.error().code;
            return;
        }
        if (!*next) {
            return;
        }
        const mqtt::frame& found = **next;
        require(found.whole.data() == begin && rest.data() == begin + found.whole.size());
        require(found.whole.size() <= limits.maximum_packet_size);
        require(found.whole.ends_with(found.body));
        into.packets.emplace_back(found.whole);
    }
}

outcome in_pieces(byte_view stream, std::size_t piece, const mqtt::frame_limits& limits) {
    outcome result;
    std::string kept;
    for (; !stream.empty() && !result.failure;
         stream.remove_prefix(std::min(piece, stream.size()))) {
        kept += stream.substr(0, piece);
        byte_view rest = kept;
        take_frames(rest, limits, result);
        kept.erase(0, kept.size() - rest.size());
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) {
        return 0;
    }
    const std::string stream(data + 3, data + size);
    mqtt::frame_limits limits{.maximum_packet_size = std::size_t{data[0]} * 16};
    limits.only_connect = data[1] % 2 != 0;
    limits.version = static_cast<protocol_version>(3 + data[1] / 2 % 3);
    const outcome at_once = in_pieces(stream, std::max(stream.size(), std::size_t{1}), limits);
    require(in_pieces(stream, std::size_t{data[2]} % 16 + 1, limits) == at_once);
    return 0;
}
