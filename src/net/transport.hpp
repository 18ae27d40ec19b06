// What lies between one listener's sockets and the protocol: made from its configuration, it gives
// each accepted connection its filters. Owned by the server; all calls on the accepting shard.
#pragma once

#include "net/filter.hpp"
#include "net/tls_context.hpp"
#include "net/websocket_filter.hpp"

#include <lmqtt/config.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lmqtt::net {

class transport {
public:
    /// Reads certificates. Throws std::runtime_error whose what() is one line.
    explicit transport(const listener_config& options);

    /// Whether a connection from there is taken at all: only proxies are, where a PROXY header is
    /// expected.
    [[nodiscard]] bool welcomes(const address& peer) const;

    /// Whether `peer` is a proxy that has yet to say whose connection it is.
    [[nodiscard]] bool expects_name(const address& peer) const;

    /// Null: none.
    [[nodiscard]] std::unique_ptr<filter> make_filter(const address& peer) const;

    /// Certificates for connections from now on.
    void use(std::shared_ptr<const tls_context> context) { tls_ = std::move(context); }

    /// Null without TLS.
    [[nodiscard]] const std::shared_ptr<const tls_context>& tls() const { return tls_; }

private:
    [[nodiscard]] std::unique_ptr<filter> make_inner(const address& peer) const;
    [[nodiscard]] bool hears_client(const address& peer) const;  // from a proxy, in HTTP

    std::shared_ptr<const tls_context> tls_;
    std::shared_ptr<const websocket_rules> websocket_;
    std::vector<network> proxies_;
    bool proxied_;
};

}  // namespace lmqtt::net
