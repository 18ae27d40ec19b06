#include "guest.hpp"

namespace lmqtt::broker::test {

attachment guest::connect(hello how) {
    if (const session::session* const held = home_.sessions().find(client_id_)) {
        if (const auto former = world_.guests_.find(held->connection);
            former != world_.guests_.end()) {
            former->second->leave({.publish_will = true, .expiry_interval_seconds = {}});
        }
    }
    connection_ = ++world_.last_connection_;
    arrival who;
    who.client_id = client_id_;
    who.username = how.user;
    who.who = {.is_user = !how.user.empty(), .username = who.username, .listener = how.listener};
    who.version = how.version;
    who.clean_start = how.clean_start;
    who.expiry_interval_seconds = how.expiry_seconds;
    who.terms = {how.version, how.receive_maximum, how.maximum_packet_size};
    who.will = std::move(how.will);
    who.rules = std::make_shared<const session::policy>(world_.rules);
    who.connection = connection_;
    const attachment attached = home_.attach(std::move(who), world_.now_ms);
    session_ = attached.where;
    if (session_ != nullptr) {
        greeted_ = false;
        world_.guests_[connection_] = this;
        session::answer connack{.type = packet_type::connack};
        connack.committed_by = attached.committed_by;
        home_.answer(*session_, std::move(connack));
    }
    return attached;
}

void guest::leave(const departure& how) {
    world_.guests_.erase(connection_);
    home_.detach(*std::exchange(session_, nullptr), how, world_.now_ms);
}

reason_code guest::subscribe(subscription what) {
    const std::string filter = what.topic_filter;
    const auto result = home_.subscribe(state(), std::move(what));
    session::answer suback{.type = packet_type::suback, .reason = result.reason};
    suback.committed_by = result.committed_by;
    home_.answer(state(), std::move(suback));
    if (result.replay) {
        home_.replay_retained(state(), filter);
    }
    return result.reason;
}

bool guest::unsubscribe(std::string_view filter) {
    session::answer unsuback{.type = packet_type::unsuback};
    const bool had = home_.unsubscribe(state(), filter, unsuback.committed_by);
    home_.answer(state(), std::move(unsuback));
    return had;
}

void guest::publish(
    std::string_view topic, std::string_view payload, qos quality, std::uint16_t id
) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    what.quality = quality;
    publish(what, id);
}

void guest::publish(publication what, std::uint16_t id) {
    what.publisher = client_id_;
    what.origin = state().self;
    const bool twice = what.quality == qos2;
    session::answer answer{.type = twice ? packet_type::pubrec : packet_type::puback};
    answer.packet_id = id;
    if (twice && state().received.contains(id)) {
        answer.committed_by = home_.changes().last();
        home_.answer(state(), std::move(answer));
        return;
    }
    const bool answered = what.quality != qos0;
    const bool waits = world_.rules.waits_for_store;
    const receipt receipt{answered ? state().self : 0, state().answers.next(), twice, waits};
    routed routed = home_.route(what, receipt, &routes_, world_.now_ms);
    if (!answered) {
        return;
    }
    if (routed.refused) {
        answer.reason = reason_code::quota_exceeded;
    } else {
        if (twice) {
            home_.take_packet_id(state(), id, routed);
        }
        answer.reason =
            routed.matched ? reason_code::success : reason_code::no_matching_subscribers;
        answer.owed = routed.owed;
        answer.committed_by = routed.committed_by;
    }
    home_.answer(state(), std::move(answer));
}

void guest::pubrel(std::uint16_t id) {
    session::answer pubcomp{.type = packet_type::pubcomp, .packet_id = id};
    if (!home_.free_packet_id(state(), id, pubcomp.committed_by)) {
        pubcomp.reason = reason_code::packet_identifier_not_found;
        pubcomp.committed_by = home_.changes().last();
    }
    home_.answer(state(), std::move(pubcomp));
}

void guest::pump() {
    while (const auto next = state().answers.take(home_.committed())) {
        write_answer(*next);
    }
    if (state().answers.size() != 0) {
        home_.wait_for_commit(state());
    }
    if (!greeted_) {
        return;
    }
    while (const auto next = home_.take(state(), world_.now_ms)) {
        write(*next);
    }
    if (home_.continue_replays(state(), world_.now_ms)) {
        home_.mark_ready(state());
    } else if (state().out.waits_for_commit(home_.committed())) {
        home_.wait_for_commit(state());
    }
}

void guest::write_answer(const session::answer& what) {
    greeted_ = true;
    if (what.type == packet_type::pubrec && static_cast<std::uint8_t>(what.reason) >= 0x80) {
        ticket unused = 0;
        home_.free_packet_id(state(), what.packet_id, unused);
    }
    inbox_.push_back({.type = what.type, .packet_id = what.packet_id, .reason = what.reason});
}

void guest::write(const session::outgoing& what) {
    received next{.type = packet_type::pubrel, .packet_id = what.packet_id};
    if (what.message != nullptr) {
        next.type = packet_type::publish;
        next.topic = what.message->topic();
        next.payload = what.message->payload();
        next.quality = what.quality;
        next.dup = what.dup;
        next.retain = what.retain;
        if (what.subscription_identifiers != nullptr) {
            next.identifiers = *what.subscription_identifiers;
        }
    }
    inbox_.push_back(std::move(next));
}

}  // namespace lmqtt::broker::test
