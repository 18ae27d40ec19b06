// Any bytes as what comes over a WebSocket: behind a good request as frames, and alone as a
// request. It makes no difference in how many pieces they arrive.
#include "net/websocket_filter.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace lmqtt;

namespace {

constexpr std::string_view good_request = "GET / HTTP/1.1\r\n"
                                          "Host: a\r\n"
                                          "Upgrade: websocket\r\n"
                                          "Connection: Upgrade\r\n"
                                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                          "Sec-WebSocket-Version: 13\r\n"
                                          "Sec-WebSocket-Protocol: mqtt\r\n\r\n";

struct outcome {
    std::string plain;
    std::string answer;
    std::string ended;

    friend bool operator==(const outcome&, const outcome&) = default;
};

outcome in_pieces(std::string stream, std::size_t piece) {
    static const auto rules = std::make_shared<const net::websocket_rules>();
    net::websocket_filter filter(rules, {});
    outcome all;
    std::vector<char> room(std::min(piece, stream.size()) + net::filter::held_back);
    for (std::size_t at = 0; at < stream.size() && all.ended.empty(); at += piece) {
        const std::size_t size = std::min(piece, stream.size() - at);
        const auto got = filter.receive({stream.data() + at, size}, room, all.answer);
        require(got.plain.size() <= room.size());
        all.plain += got.plain;
        all.ended = got.ended;
    }
    filter.finish(all.answer);
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    for (const std::string& stream : {bytes, std::string(good_request) + bytes}) {
        const outcome whole = in_pieces(stream, stream.size() + 1);
        require(in_pieces(stream, 1) == whole);
        require(in_pieces(stream, 13) == whole);
    }
    return 0;
}
