#include "net/proxy_filter.hpp"

#include "net/proxy_header.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::net {

proxy_filter::proxy_filter(const address& proxy, make_rest rest)
    : proxy_(proxy)
    , make_rest_(std::move(rest)) {}

filtered proxy_filter::receive(std::span<char> raw, std::span<char> room, std::string& answer) {
    const std::size_t before = header_.size();
    const std::size_t wanted = longest_proxy_header - before;
    header_.append(raw.data(), std::min(raw.size(), wanted));
    const proxy_header found = parse_proxy_header(header_);
    if (found.is == proxy_header::state::malformed) {
        return {.plain = {}, .ended = "PROXY header missing or malformed"};
    }
    if (found.is == proxy_header::state::incomplete) {
        return {};
    }
    done_ = true;
    header_ = {};
    what_follows next = make_rest_(found.peer.value_or(proxy_));
    rest_ = std::move(next.rest);
    // Of a chain of proxies only the client at its end is counted.
    told_ = next.names_its_client ? std::nullopt : found.peer;
    const std::span<char> behind = raw.subspan(found.size - before);
    if (!rest_) {
        return {.plain = {behind.data(), behind.size()}};
    }
    const filtered got = behind.empty() ? filtered{} : rest_->receive(behind, room, answer);
    if (const auto told = rest_->told_peer()) {
        told_ = told;
    }
    return got;
}

std::optional<address> proxy_filter::told_peer() {
    return std::exchange(told_, std::nullopt);
}

}  // namespace lmqtt::net
