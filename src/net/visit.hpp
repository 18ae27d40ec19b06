// Whose a connection is, and through which listener it came. Once a gate has let it in, it is
// counted until it ends, whatever ends it: its owner, an exception, or a shard that stops. The gate
// outlives it. One thread at a time.
#pragma once

#include "base/clock.hpp"
#include "net/address.hpp"

#include <cstdint>

namespace lmqtt::net {

class gate;

class visit {
public:
    /// Nobody's.
    visit() = default;

    /// No gate counts it yet. `listener` is an index.
    visit(const address& peer, std::uint16_t listener) noexcept
        : peer_(peer)
        , listener_(listener) {}

    visit(visit&& from) noexcept;
    visit& operator=(visit&& from) noexcept;
    ~visit();

    [[nodiscard]] const address& peer() const noexcept { return peer_; }

    [[nodiscard]] std::uint16_t listener() const noexcept { return listener_; }

    /// A proxy has said whose it is. False: there is no room for that address, and it stays whose
    /// it was.
    [[nodiscard]] bool rename(const address& peer, base::steady_time now);

    /// Its handshake is over.
    void settle();

private:
    friend class gate;

    // As limits see it: nobody, while a proxy has not said whose it is.
    [[nodiscard]] address counted_as() const noexcept { return unnamed_ ? address() : peer_; }

    void end() noexcept;

    gate* gate_ = nullptr;  // that counts it
    address peer_;
    std::uint16_t listener_ = 0;
    bool unnamed_ : 1 = false;
    bool settled_ : 1 = false;
};

}  // namespace lmqtt::net
