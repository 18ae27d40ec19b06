#include "broker/journal.hpp"

namespace lmqtt::broker {

void journal::seal(std::function<void()> wake) {
    if (open_.changes.empty()) {
        return;
    }
    open_.number = ++sealed_;
    store_.submit(
        shard_,
        std::exchange(open_, {}),
        [committed = committed_, wake = std::move(wake)](ticket number) {
            committed->store(number, std::memory_order_release);
            wake();
        }
    );
}

}  // namespace lmqtt::broker
