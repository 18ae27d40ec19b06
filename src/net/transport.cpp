#include "net/transport.hpp"

#include "net/proxy_filter.hpp"
#include "net/stacked_filter.hpp"
#include "net/tls_filter.hpp"

#include <utility>

namespace lmqtt::net {

namespace {

// What cannot be read was refused where the configuration was.
std::vector<network> networks_of(const std::vector<std::string>& texts) {
    std::vector<network> all;
    for (const std::string& text : texts) {
        if (const auto parsed = parse_network(text)) {
            all.push_back(*parsed);
        }
    }
    return all;
}

}  // namespace

transport::transport(const listener_config& options)
    : proxies_(networks_of(options.proxy_trusted))
    , proxied_(options.proxy_protocol) {
    if (options.tls) {
        tls_ = std::make_shared<const tls_context>(*options.tls);
    }
    if (options.websocket) {
        auto rules = std::make_shared<websocket_rules>();
        rules->upgrade = {options.websocket->path, options.websocket->origins};
        rules->trusted_proxies = networks_of(options.websocket->trusted_proxies);
        websocket_ = std::move(rules);
    }
}

bool transport::welcomes(const address& peer) const {
    return !proxied_ || peer.family() == address_family::unix_socket || peer.is_in(proxies_);
}

bool transport::expects_name(const address& peer) const {
    return proxied_ || hears_client(peer);
}

bool transport::hears_client(const address& peer) const {
    return websocket_ && peer.is_in(websocket_->trusted_proxies);
}

std::unique_ptr<filter> transport::make_filter(const address& peer) const {
    if (!proxied_) {
        return make_inner(peer);
    }
    // By value: a reload must not change what a connection began with, nor outlive us.
    return std::make_unique<proxy_filter>(peer, [copy = *this](const address& whose) {
        return proxy_filter::what_follows{copy.make_inner(whose), copy.hears_client(whose)};
    });
}

std::unique_ptr<filter> transport::make_inner(const address& peer) const {
    std::unique_ptr<filter> tls = tls_ ? std::make_unique<tls_filter>(tls_) : nullptr;
    std::unique_ptr<filter> websocket =
        websocket_ ? std::make_unique<websocket_filter>(websocket_, peer) : nullptr;
    if (tls && websocket) {
        return std::make_unique<stacked_filter>(std::move(tls), std::move(websocket));
    }
    return tls ? std::move(tls) : std::move(websocket);
}

}  // namespace lmqtt::net
