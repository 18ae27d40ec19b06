#include "shards.hpp"

#include "guest.hpp"

namespace lmqtt::broker::test {

bool shards::turn(unsigned shard) {
    broker& here = at(shard);
    bool busy = false;
    for (box& each : std::exchange(mail_[shard], {})) {
        here.receive(each, now_ms);
        busy = true;
    }
    here.on_committed();
    for (const handle each : here.take_ready()) {
        busy = true;
        session::session* const who = here.sessions().resolve(each);
        if (who == nullptr) {
            continue;
        }
        who->ready = false;
        if (const auto found = guests_.find(who->connection); found != guests_.end()) {
            found->second->pump();
        }
    }
    here.changes().seal({}, [] {});
    auto& boxes = here.outgoing();
    for (std::size_t to = 0; to < boxes.size(); ++to) {
        if (!boxes[to].empty()) {
            mail_[to].push_back(std::exchange(boxes[to], {}));
            busy = true;
        }
    }
    return busy;
}

}  // namespace lmqtt::broker::test
