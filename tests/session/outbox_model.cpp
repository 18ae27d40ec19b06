#include "session/outbox_model.hpp"

namespace lmqtt::session::test {

offer_verdict model::push(held fresh, std::int64_t now_ms) {
    fresh.beyond = fresh.bytes > limits.maximum_bytes;
    while (full_for(fresh)) {
        if (too_large(fresh) || !make_room(fresh, now_ms)) {
            drop(fresh, drop_reason::queue_full);
            const bool reject = limits.overflow == overflow_policy::reject && fresh.quality != qos0;
            return reject ? offer_verdict::rejected : offer_verdict::dropped;
        }
    }
    if (fresh.quality != qos0) {
        fresh.packet_id = next_packet_id();
        do {
            ++accepted;
        } while (std::any_of(all.begin(), all.end(), [&](const held& each) {
            return each.state != phase::queued && each.packet_id == next_packet_id();
        }));
    }
    all.push_back(fresh);
    return offer_verdict::queued;
}

bool model::too_large(const held& fresh) const {
    const bool taken =
        std::any_of(all.begin(), all.end(), [](const held& each) { return each.beyond; });
    return fresh.beyond && (!attached || taken);
}

bool model::full_for(const held& fresh) const {
    std::size_t sum = fresh.beyond ? 0 : fresh.bytes;
    for (const held& each : all) {
        sum += each.beyond ? 0 : each.bytes;
    }
    const bool no_bytes = !fresh.beyond && sum > limits.maximum_bytes;
    return all.size() >= limits.maximum_messages || no_bytes || too_large(fresh);
}

void model::attach() {
    attached = true;
    for (held& each : all) {
        each.sent_here = each.counted = false;
    }
}

void model::take(ticket committed, std::int64_t now_ms) {
    if (!attached) {
        return said.push_back("nothing");
    }
    const auto assured =
        first([](const held& each) { return each.quality != qos0 && !each.sent_here; });
    const auto plain = first([](const held& each) { return each.quality == qos0; });
    bool plain_first = plain != all.end();
    if (plain_first && assured != all.end()) {
        const bool older = std::find_if(all.begin(), assured, [&](const held& each) {
                               return &each == &*plain;
                           }) != assured;
        plain_first = !replaying() && older;
    }
    if (plain_first ? take_plain(now_ms) || take_assured(committed, now_ms)
                    : take_assured(committed, now_ms) || take_plain(now_ms)) {
        return;
    }
    said.push_back("nothing");
}

void model::acknowledge(unsigned kind, std::uint16_t packet_id) {
    const auto at = first([&](const held& each) {
        return packet_id != 0 && each.packet_id == packet_id && each.state != phase::queued;
    });
    if (at == all.end()) {
        return said.push_back("unknown");
    }
    const bool puback = kind == 0;
    const bool pubrec = kind == 1;
    if (at->quality != (puback ? qos1 : qos2)) {
        return said.push_back("wrong");
    }
    if (pubrec) {
        said.push_back("received " + std::to_string(at->id));
        at->state = phase::pubrel;
        at->bytes = 0;
        at->beyond = false;
        return;
    }
    const auto expected = kind == 3 ? phase::pubrel : phase::sent;
    if (at->state != expected) {
        return said.push_back("wrong");
    }
    said.push_back("done " + std::to_string(at->id));
    all.erase(at);
}

std::size_t model::bytes() const {
    std::size_t sum = 0;
    for (const held& each : all) {
        sum += each.bytes;
    }
    return sum;
}

std::size_t model::inflight() const {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const held& each) {
        return each.counted;
    }));
}

void model::drop(const held& each, drop_reason why) {
    said.push_back("drop " + std::to_string(each.id) + " " + std::string(text_of(why)));
}

bool model::give_up(place at, drop_reason why) {
    if (at == all.end()) {
        return false;
    }
    drop(*at, why);
    all.erase(at);
    return true;
}

bool model::replaying() {
    return attached && first([](const held& each) {
                           return each.state != phase::queued && !each.sent_here;
                       }) != all.end();
}

bool model::too_late(const held& each, std::int64_t now_ms) {
    return each.expires_at_ms != 0 && each.expires_at_ms <= now_ms;
}

bool model::make_room(const held& fresh, std::int64_t now_ms) {
    const auto waits = [](const held& each) { return each.state == phase::queued; };
    const auto head = first([](const held& each) { return each.quality != qos0; });
    if (head != all.end() && !waits(*head) && limits.inflight_expiry.count() != 0 &&
        head->sent_at_ms + limits.inflight_expiry.count() <= now_ms) {
        return give_up(head, drop_reason::inflight_expired);
    }
    for (const bool plain : {false, true}) {
        const auto expired = first([&](const held& each) {
            return (each.quality == qos0) == plain && waits(each) && too_late(each, now_ms);
        });
        if (give_up(expired, drop_reason::message_expired)) {
            return true;
        }
    }
    if (fresh.quality == qos0 && limits.overflow == overflow_policy::drop_newest) {
        return false;
    }
    if (give_up(
            first([](const held& each) { return each.quality == qos0; }), drop_reason::queue_full
        )) {
        return true;
    }
    if (fresh.quality == qos0 || limits.overflow != overflow_policy::drop_oldest || replaying()) {
        return false;
    }
    return give_up(first(waits), drop_reason::queue_full);
}

bool model::take_assured(ticket committed, std::int64_t now_ms) {
    for (;;) {
        const auto at =
            first([](const held& each) { return each.quality != qos0 && !each.sent_here; });
        if (at == all.end() || (at->quality == qos2 && at->committed_by > committed)) {
            return false;
        }
        if (at->state == phase::pubrel) {
            at->sent_here = true;
            said.push_back("pubrel " + std::to_string(at->packet_id));
            return true;
        }
        const bool again = at->state == phase::sent;
        if (!again && too_late(*at, now_ms)) {
            give_up(at, drop_reason::message_expired);
            continue;
        }
        if (inflight() >= window) {
            return false;
        }
        at->state = phase::sent;
        at->sent_at_ms = now_ms;
        at->sent_here = at->counted = true;
        said.push_back(
            "send " + std::to_string(at->id) + " as " + std::to_string(at->packet_id) +
            (again ? " again" : "")
        );
        return true;
    }
}

bool model::take_plain(std::int64_t now_ms) {
    for (;;) {
        const auto at = first([](const held& each) { return each.quality == qos0; });
        if (at == all.end()) {
            return false;
        }
        if (too_late(*at, now_ms)) {
            give_up(at, drop_reason::message_expired);
            continue;
        }
        said.push_back("send " + std::to_string(at->id) + " as 0");
        all.erase(at);
        return true;
    }
}

}  // namespace lmqtt::session::test
