#include "broker/broker.hpp"

namespace lmqtt::broker {

broker::broker(
    directory& shared, store& where, const broker_options& options, const events& listeners
)
    : shared_(shared)
    , options_(options)
    , listeners_(listeners)
    , journal_(where, options.shard, shared.late_shards)
    , registry_(options.shard)
    , outgoing_(options.shards)
    , random_(std::random_device{}()) {}

void broker::mark_ready(session::session& who) {
    if (!who.ready && who.attached()) {
        who.ready = true;
        ready_.push_back(who.self);
    }
}

std::vector<handle> broker::take_ready() {
    queued_since_delivery_ = 0;
    return std::exchange(ready_, {});
}

void broker::on_committed() {
    const ticket newest = journal_.committed();
    if (newest == committed_) {
        return;
    }
    committed_ = newest;
    for (const handle each : std::exchange(gated_, {})) {
        if (session::session* const who = registry_.resolve(each)) {
            who->gated = false;
            mark_ready(*who);
        }
    }
    send_verdicts();
}

void broker::wait_for_commit(session::session& who) {
    if (!who.gated) {
        who.gated = true;
        gated_.push_back(who.self);
    }
}

}  // namespace lmqtt::broker
