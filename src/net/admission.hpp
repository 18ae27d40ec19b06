// Who may connect now: how many in all, through one listener, from one address, and how fast from
// one address. Pure, time is handed in. The gate owns one.
#pragma once

#include "base/clock.hpp"
#include "net/address.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <unordered_map>
#include <vector>

namespace lmqtt::net {

inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

struct admission_limits {
    std::uint64_t connections = no_limit;
    std::uint64_t connections_per_address = no_limit;
    std::uint64_t connects_per_second = no_limit;  // of one address
    std::uint64_t connect_burst = 1;               // before that rate applies
    std::uint64_t pending = no_limit;              // connections before the end of their handshake
    std::uint64_t pending_per_address = no_limit;
};

enum class admission_verdict : std::uint8_t {
    admitted,
    too_many_connections,
    too_many_on_listener,
    too_many_from_address,
    too_fast,
    too_many_pending,
    too_many_pending_from_address,
    no_trusted_proxy,
};

[[nodiscard]] const char* text_of(admission_verdict verdict) noexcept;

class admission {
public:
    /// So many addresses without a connection are remembered for their rate; the one unheard of
    /// longest is forgotten first, which can only be in its favour.
    static constexpr std::size_t remembered_addresses = 65'536;

    explicit admission(const admission_limits& limits)
        : limits_(limits) {}

    /// New limits for who comes from now on; nobody who is in is thrown out.
    void set_limits(const admission_limits& limits) { limits_ = limits; }

    void set_listener_limit(std::uint16_t listener, std::uint64_t connections);

    /// Counts the connection in, if it is admitted. UNIX sockets have no address to be limited by.
    [[nodiscard]] admission_verdict
    admit(const address& peer, std::uint16_t listener, base::steady_time now);

    /// An admitted connection, still in its handshake and so far nobody's, or a proxy's, turns out
    /// to be of this address. If that is not admitted, it stays whose it was.
    [[nodiscard]] admission_verdict
    rename(const address& former, const address& peer, base::steady_time now);

    /// The handshake of an admitted connection is over.
    void settle(const address& peer);

    /// Counts an admitted connection out.
    void release(const address& peer, std::uint16_t listener, bool settled);

    [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }

    [[nodiscard]] std::size_t known_addresses() const noexcept { return known_.size(); }

private:
    struct listener_count {
        std::uint64_t limit = no_limit;
        std::uint64_t connections = 0;
    };

    struct known {
        address network;
        std::uint64_t connections = 0;
        double tokens = 0;
        base::steady_time counted;
    };

    using known_list = std::list<known>;  // least recently heard of first

    [[nodiscard]] bool limits_addresses() const noexcept;
    [[nodiscard]] static bool has_address(const address& peer) noexcept;
    [[nodiscard]] admission_verdict admit_address(const address& network, base::steady_time now);
    [[nodiscard]] double tokens_at(const known& who, base::steady_time now) const;
    known_list::iterator remember(const address& network, base::steady_time now);
    void forget_refilled(base::steady_time now);
    void forget_surplus();
    void forget_oldest();
    void uncount(const address& peer);
    [[nodiscard]] admission_verdict admit_pending(const address& peer) const;
    void count_pending(const address& peer);
    listener_count& listener_at(std::uint16_t index);

    admission_limits limits_;

    std::uint64_t connections_ = 0;
    std::uint64_t pending_ = 0;
    std::unordered_map<address, std::uint64_t, address_hash> pending_of_;
    std::vector<listener_count> listeners_;
    known_list idle_;  // no connection: may be forgotten
    known_list busy_;
    std::unordered_map<address, known_list::iterator, address_hash> known_;
};

}  // namespace lmqtt::net
