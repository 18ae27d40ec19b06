#include "net/admission.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <chrono>

namespace lmqtt::net {

namespace {

// Each admission drops up to so many that need not be remembered any more, so the table shrinks as
// fast as it grew.
constexpr int forgotten_per_admission = 2;

}  // namespace

const char* text_of(admission_verdict verdict) noexcept {
    switch (verdict) {
    case admission_verdict::admitted:
        return "admitted";
    case admission_verdict::too_many_connections:
        return "too many connections";
    case admission_verdict::too_many_on_listener:
        return "too many connections on this listener";
    case admission_verdict::too_many_from_address:
        return "too many connections from this address";
    case admission_verdict::too_fast:
        return "this address connects too fast";
    case admission_verdict::too_many_pending:
        return "too many unfinished handshakes";
    case admission_verdict::too_many_pending_from_address:
        return "too many unfinished handshakes from this address";
    case admission_verdict::no_trusted_proxy:
        return "not a trusted proxy";
    }
    return "unknown";
}

void admission::set_listener_limit(std::uint16_t listener, std::uint64_t connections) {
    listener_at(listener).limit = connections;
}

admission_verdict
admission::admit(const address& peer, std::uint16_t listener, base::steady_time now) {
    listener_count& through = listener_at(listener);
    if (connections_ >= limits_.connections) {
        return admission_verdict::too_many_connections;
    }
    if (through.connections >= through.limit) {
        return admission_verdict::too_many_on_listener;
    }
    if (const auto verdict = admit_pending(peer); verdict != admission_verdict::admitted) {
        return verdict;
    }
    if (limits_addresses() && has_address(peer)) {
        const admission_verdict verdict = admit_address(peer.network(), now);
        if (verdict != admission_verdict::admitted) {
            return verdict;
        }
    }
    count_pending(peer);
    ++connections_;
    ++through.connections;
    return admission_verdict::admitted;
}

admission_verdict admission::admit_pending(const address& peer) const {
    if (pending_ >= limits_.pending) {
        return admission_verdict::too_many_pending;
    }
    const auto found = pending_of_.find(peer.network());
    const bool many = found != pending_of_.end() && found->second >= limits_.pending_per_address;
    return many && has_address(peer) ? admission_verdict::too_many_pending_from_address
                                     : admission_verdict::admitted;
}

admission_verdict
admission::rename(const address& former, const address& peer, base::steady_time now) {
    admission_verdict verdict = admit_pending(peer);
    if (verdict == admission_verdict::admitted && limits_addresses() && has_address(peer)) {
        verdict = admit_address(peer.network(), now);
    }
    if (verdict == admission_verdict::admitted) {
        count_pending(peer);
        settle(former);
        uncount(former);
    }
    return verdict;
}

// It may throw, so it is the first to count.
void admission::count_pending(const address& peer) {
    ++pending_of_[peer.network()];
    ++pending_;
}

void admission::settle(const address& peer) {
    const auto found = pending_of_.find(peer.network());
    LMQTT_ASSERT(pending_ > 0 && found != pending_of_.end());
    --pending_;
    if (--found->second == 0) {
        pending_of_.erase(found);
    }
}

void admission::release(const address& peer, std::uint16_t listener, bool settled) {
    if (!settled) {
        settle(peer);
    }
    listener_count& through = listener_at(listener);
    LMQTT_ASSERT(connections_ > 0 && through.connections > 0);
    --connections_;
    --through.connections;
    uncount(peer);
}

void admission::uncount(const address& peer) {
    const auto found = known_.find(peer.network());
    // Not counted if there was no limit to count for when it came.
    if (found == known_.end() || found->second->connections == 0) {
        return;
    }
    if (--found->second->connections == 0) {
        idle_.splice(idle_.end(), busy_, found->second);
        forget_surplus();
    }
}

bool admission::limits_addresses() const noexcept {
    return limits_.connections_per_address != no_limit || limits_.connects_per_second != no_limit;
}

bool admission::has_address(const address& peer) noexcept {
    return peer.family() == address_family::ipv4 || peer.family() == address_family::ipv6;
}

admission_verdict admission::admit_address(const address& network, base::steady_time now) {
    forget_refilled(now);
    const known_list::iterator who = remember(network, now);
    if (who->connections >= limits_.connections_per_address) {
        return admission_verdict::too_many_from_address;
    }
    if (limits_.connects_per_second != no_limit) {
        who->tokens = tokens_at(*who, now);
        who->counted = now;
        if (who->tokens < 1) {
            return admission_verdict::too_fast;
        }
        who->tokens -= 1;
    }
    if (limits_.connections_per_address != no_limit && ++who->connections == 1) {
        busy_.splice(busy_.end(), idle_, who);
    }
    return admission_verdict::admitted;
}

double admission::tokens_at(const known& who, base::steady_time now) const {
    const std::chrono::duration<double> passed = now - who.counted;
    const double gained = passed.count() * static_cast<double>(limits_.connects_per_second);
    return std::min(who.tokens + gained, static_cast<double>(limits_.connect_burst));
}

admission::known_list::iterator admission::remember(const address& network, base::steady_time now) {
    const auto found = known_.find(network);
    if (found != known_.end()) {
        if (found->second->connections == 0) {
            idle_.splice(idle_.end(), idle_, found->second);
        }
        return found->second;
    }
    const known_list::iterator fresh = idle_.insert(
        idle_.end(),
        known{
            .network = network,
            .connections = 0,
            .tokens = static_cast<double>(limits_.connect_burst),
            .counted = now}
    );
    known_.emplace(network, fresh);
    forget_surplus();
    return fresh;
}

void admission::forget_refilled(base::steady_time now) {
    const double full = static_cast<double>(limits_.connect_burst);
    for (int i = 0; i < forgotten_per_admission && !idle_.empty(); ++i) {
        if (tokens_at(idle_.front(), now) < full) {
            return;
        }
        forget_oldest();
    }
}

void admission::forget_surplus() {
    if (idle_.size() > remembered_addresses) {
        forget_oldest();
    }
}

void admission::forget_oldest() {
    known_.erase(idle_.front().network);
    idle_.pop_front();
}

admission::listener_count& admission::listener_at(std::uint16_t index) {
    if (index >= listeners_.size()) {
        listeners_.resize(std::size_t{index} + 1);
    }
    return listeners_[index];
}

}  // namespace lmqtt::net
