// Where connections are let in, of all listeners and shards: admission behind a lock, and visits
// that end by themselves. Any thread.
#pragma once

#include "base/clock.hpp"
#include "net/address.hpp"
#include "net/admission.hpp"
#include "net/visit.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace lmqtt::net {

class gate {
public:
    /// Nobody is limited yet.
    gate();
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    /// New limits for who comes from now on; nobody who is in is thrown out.
    void set_limits(const admission_limits& limits);

    void set_listener_limit(std::uint16_t listener, std::uint64_t connections);

    /// Counts the visit from now on, if it is admitted. `unnamed`: its peer is a proxy that has yet
    /// to say whose it is, so that no address limits it until then.
    [[nodiscard]] admission_verdict admit(visit& who, base::steady_time now, bool unnamed = false);

    /// How many are in.
    [[nodiscard]] std::uint64_t connections();

    /// Waits until every visit has ended, but not for longer. Nobody may be let in meanwhile.
    void wait_until_empty(base::steady_time until);

private:
    friend class visit;

    [[nodiscard]] bool rename(const address& former, const address& peer, base::steady_time now);
    void settle(const address& peer);
    void count_out(const address& peer, std::uint16_t listener, bool settled) noexcept;

    std::mutex mutex_;
    std::condition_variable empty_;
    admission admission_;
};

}  // namespace lmqtt::net
