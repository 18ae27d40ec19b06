#include "net/visit.hpp"

#include "net/gate.hpp"

#include <utility>

namespace lmqtt::net {

visit::visit(visit&& from) noexcept
    : gate_(std::exchange(from.gate_, nullptr))
    , peer_(from.peer_)
    , listener_(from.listener_)
    , unnamed_(from.unnamed_)
    , settled_(from.settled_) {}

visit& visit::operator=(visit&& from) noexcept {
    if (this != &from) {
        end();
        gate_ = std::exchange(from.gate_, nullptr);
        peer_ = from.peer_;
        listener_ = from.listener_;
        unnamed_ = from.unnamed_;
        settled_ = from.settled_;
    }
    return *this;
}

visit::~visit() {
    end();
}

bool visit::rename(const address& peer, base::steady_time now) {
    if (gate_ != nullptr && !gate_->rename(counted_as(), peer, now)) {
        return false;
    }
    peer_ = peer;
    unnamed_ = false;
    return true;
}

void visit::settle() {
    if (gate_ != nullptr && !settled_) {
        gate_->settle(counted_as());
    }
    settled_ = true;
}

void visit::end() noexcept {
    if (gate_ != nullptr) {
        std::exchange(gate_, nullptr)->count_out(counted_as(), listener_, settled_);
    }
}

}  // namespace lmqtt::net
