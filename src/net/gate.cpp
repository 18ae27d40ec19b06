#include "net/gate.hpp"

#include "base/assert.hpp"

namespace lmqtt::net {

gate::gate()
    : admission_(admission_limits{}) {}

void gate::set_limits(const admission_limits& limits) {
    const std::lock_guard guard(mutex_);
    admission_.set_limits(limits);
}

void gate::set_listener_limit(std::uint16_t listener, std::uint64_t connections) {
    const std::lock_guard guard(mutex_);
    admission_.set_listener_limit(listener, connections);
}

admission_verdict gate::admit(visit& who, base::steady_time now, bool unnamed) {
    LMQTT_ASSERT(who.gate_ == nullptr);
    who.unnamed_ = unnamed;
    const std::lock_guard guard(mutex_);
    const admission_verdict verdict = admission_.admit(who.counted_as(), who.listener_, now);
    if (verdict == admission_verdict::admitted) {
        who.gate_ = this;
    }
    return verdict;
}

std::uint64_t gate::connections() {
    const std::lock_guard guard(mutex_);
    return admission_.connections();
}

void gate::wait_until_empty(base::steady_time until) {
    std::unique_lock lock(mutex_);
    empty_.wait_until(lock, until, [this] { return admission_.connections() == 0; });
}

bool gate::rename(const address& former, const address& peer, base::steady_time now) {
    const std::lock_guard guard(mutex_);
    return admission_.rename(former, peer, now) == admission_verdict::admitted;
}

void gate::settle(const address& peer) {
    const std::lock_guard guard(mutex_);
    admission_.settle(peer);
}

void gate::count_out(const address& peer, std::uint16_t listener, bool settled) noexcept {
    const std::lock_guard guard(mutex_);
    admission_.release(peer, listener, settled);
    if (admission_.connections() == 0) {
        empty_.notify_all();
    }
}

}  // namespace lmqtt::net
