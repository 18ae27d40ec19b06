#include "net/stacked_filter.hpp"

#include <array>
#include <utility>

namespace lmqtt::net {

stacked_filter::stacked_filter(std::unique_ptr<filter> lower, std::unique_ptr<filter> upper)
    : lower_(std::move(lower))
    , upper_(std::move(upper)) {}

filtered stacked_filter::receive(std::span<char> raw, std::span<char> room, std::string& answer) {
    const filtered below = lower_->receive(raw, room, answer);
    if (below.plain.empty()) {
        return below;
    }
    // The plain bytes lie in `room`, which is ours to write to.
    const std::span<char> bytes = room.first(below.plain.size());
    std::string said;
    filtered got = upper_->receive(bytes, bytes, said);
    send_through(said, answer);
    if (got.ended.empty()) {
        got.ended = below.ended;
    }
    return got;
}

void stacked_filter::send(std::span<const std::string_view> plain, std::string& wire) {
    std::string said;
    upper_->send(plain, said);
    send_through(said, wire);
}

void stacked_filter::finish(std::string& wire) {
    std::string said;
    upper_->finish(said);
    send_through(said, wire);
    lower_->finish(wire);
}

void stacked_filter::send_through(std::string_view bytes, std::string& wire) {
    if (!bytes.empty()) {
        const std::array pieces = {bytes};
        lower_->send(pieces, wire);
    }
}

std::optional<address> stacked_filter::told_peer() {
    return upper_->told_peer();
}

bool stacked_filter::is_of_foreign_page() const {
    return upper_->is_of_foreign_page();
}

std::string stacked_filter::proved_name() const {
    return lower_->proved_name();
}

}  // namespace lmqtt::net
