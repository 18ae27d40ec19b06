// What lies between a descriptor's bytes and those of the protocol: TLS, WebSocket, the PROXY
// header. A filter does no I/O: it is handed bytes and hands bytes back, so that a test can cut
// them anywhere. It belongs to one connection and moves with it from shard to shard.
#pragma once

#include "net/address.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lmqtt::net {

/// What a filter has made of bytes from the peer.
struct filtered {
    std::string_view plain;    ///< for the protocol; it lies in `room`
    std::string_view ended{};  ///< why nothing more will come; empty: more may come
};

class filter {
public:
    /// `room` has to be so much larger than `raw`: a filter may have held back that much.
    static constexpr std::size_t held_back = 32 * 1024;

    filter() = default;
    filter(const filter&) = delete;
    filter& operator=(const filter&) = delete;
    virtual ~filter() = default;

    /// Takes bytes of the peer. What the filter itself has to answer, a handshake or a pong, is
    /// appended to `answer`; it is to be sent even if the filter has ended.
    virtual filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) = 0;

    /// Appends to `wire` what says these bytes, one after the other. Says nothing after finish().
    virtual void send(std::span<const std::string_view> plain, std::string& wire) = 0;

    /// Appends to `wire` the filter's goodbye.
    virtual void finish(std::string& wire) = 0;

    /// Whose connection this is, if somebody who may say so has just said: once.
    virtual std::optional<address> told_peer() { return std::nullopt; }

    /// The name a client certificate has proved; empty: none. Not in filters without one.
    virtual std::string proved_name() const { return {}; }

    /// Whether a page of another host, open in a browser, is behind it, and no rule names that
    /// host.
    virtual bool is_of_foreign_page() const { return false; }

    /// True when the filter has done its work and `take_rest()` goes on in its place.
    virtual bool is_done() const { return false; }

    /// The filter for the bytes from now on; null: there is none any more.
    virtual std::unique_ptr<filter> take_rest() { return nullptr; }
};

}  // namespace lmqtt::net
