#include "simulation.hpp"

#include "topic/topic_filter.hpp"

#include <array>
#include <optional>
#include <variant>

namespace lmqtt::broker::test {

namespace {

constexpr std::array filters{"a/x", "b/y", "a/+", "+/x", "#"};
constexpr unsigned players_a_shard = 4;

int number_of(const std::string& payload) {
    return std::stoi(payload.substr(payload.find(':') + 1));
}

std::string publisher_of(const std::string& payload) {
    return payload.substr(0, payload.find(':'));
}

}  // namespace

simulation::simulation(unsigned seed, unsigned shard_count, bool durable)
    : engine_(seed)
    , world_(std::make_unique<shards>(shard_count, durable)) {
    for (unsigned at = 0; at < shard_count * players_a_shard; ++at) {
        players_.push_back(std::make_unique<player>(*world_, "p" + std::to_string(at)));
    }
    watch_commits();
}

simulation::~simulation() = default;

void simulation::watch_commits() {
    world_->store.on_commit([this](const store_change& each) {
        if (const auto* message = std::get_if<change::message_saved>(&each)) {
            stored_messages_[message->message.id] = message->message.payload;
        } else if (const auto* place = std::get_if<change::delivery_saved>(&each)) {
            stored_places_.emplace(place->session_id, stored_messages_.at(place->message_id));
        } else if (const auto* moved = std::get_if<change::delivery_moved>(&each)) {
            stored_places_.emplace(moved->to.session_id, stored_messages_.at(moved->to.message_id));
        }
    });
}

void simulation::step() {
    player& who = anybody();
    if (!who.seat->connected()) {
        connect(who, random(4) == 0, random(3) != 0);
        return;
    }
    switch (random(18)) {
    case 0:
        return random(3) == 0 ? connect(who, random(4) == 0, random(3) != 0) : leave(who);
    case 1:
        return subscribe(who);
    case 2:
        return random(3) == 0 ? unsubscribe(who) : subscribe(who);
    case 3:
    case 4:
    case 5:
    case 6:
        return publish(who);
    case 7:
    case 8:
    case 9:
        return read(who);
    case 10:
    case 11:
        return acknowledge(who, 1 + random(8));
    case 12:
        return publish_aside(who);
    case 13:
        return random(2) == 0 ? subscribe_aside(who) : pass_time();
    case 14:
    case 15:
        world_->store.commit(random(world_->count()));
        return;
    default:
        world_->turn(random(world_->count()));
        return;
    }
}

void simulation::connect(player& who, bool clean_start, bool lasting) {
    if (who.seat->connected()) {
        forget_connection(who);  // taken over
    }
    const bool resumes = who.owed && !clean_start;
    hello how = any_hello(lasting);
    how.clean_start = clean_start;
    CHECK(who.seat->connect(std::move(how)).session_present == resumes);
    if (!resumes) {
        who.owed = std::make_unique<ledger>();
        who.unanswered.clear();
        who.holding.clear();
    }
    who.owed->lasting = lasting;
    who.answers.emplace_back(packet_type::connack, 0);
    // [MQTT-4.4.0-1]
    for (const auto& each : who.unanswered) {
        if (each.received) {
            who.seat->pubrel(each.id);
            who.answers.emplace_back(packet_type::pubcomp, each.id);
        } else {
            send(who, each, true);
        }
    }
}

void simulation::forget_connection(player& who) {
    who.seat->take();  // it was under way
    who.answers.clear();
    who.open.clear();
    who.to_acknowledge.clear();
    if (!who.owed->lasting) {
        who.owed.reset();
    }
}

void simulation::leave(player& who) {
    forget_connection(who);
    who.seat->leave({.publish_will = random(3) == 0, .expiry_interval_seconds = {}});
}

void simulation::subscribe(player& who) {
    const std::string filter = filters.at(random(filters.size()));
    subscription_options options = any_options();
    options.retain_handling = 2;  // what is retained is owed to nobody here
    who.seat->subscribe({filter, options, random(5)});
    who.owed->subscriptions[filter] = options;
    who.answers.emplace_back(packet_type::suback, 0);
}

void simulation::unsubscribe(player& who) {
    const std::string filter = filters.at(random(filters.size()));
    CHECK(who.seat->unsubscribe(filter) == (who.owed->subscriptions.erase(filter) == 1));
    who.answers.emplace_back(packet_type::unsuback, 0);
}

void simulation::publish(player& who) {
    player::publication what = any_publication(who);
    if (what.quality != qos0) {
        what.id = 1;
        while (std::any_of(who.unanswered.begin(), who.unanswered.end(), [&](const auto& each) {
            return each.id == what.id;
        })) {
            ++what.id;
        }
        who.unanswered.push_back(what);
    }
    send(who, what, false);
}

void simulation::send(player& who, const player::publication& what, bool again) {
    // Of QoS 2 the broker knows the identifier, and routes it once.
    if (!again || what.quality != qos2) {
        for (const auto& each : players_) {
            owe(*each, who, what, again);
        }
    }
    put_through(who, what);
    if (what.quality != qos0) {
        const bool twice = what.quality == qos2;
        who.answers.emplace_back(twice ? packet_type::pubrec : packet_type::puback, what.id);
    }
}

void simulation::owe(player& to, const player& from, const player::publication& what, bool again) {
    if (!to.owed) {
        return;
    }
    if (const auto known = to.owed->debts.find(what.payload); known != to.owed->debts.end()) {
        known->second.by_latest = false;
    }
    std::optional<qos> granted;
    for (const auto& [filter, options] : to.owed->subscriptions) {
        const bool is_own = options.no_local && &to == &from;  // [MQTT-3.8.3-3]
        if (!is_own && topic::matches(filter, what.topic)) {
            granted = std::max(granted.value_or(qos0), options.maximum_qos);
        }
    }
    if (!granted) {
        return;
    }
    const qos quality = std::min(*granted, what.quality);
    const session::session* const state = to.seat->home().sessions().find(to.seat->client_id());
    REQUIRE(state != nullptr);
    const auto [place, fresh] =
        to.owed->debts.emplace(what.payload, ledger::debt{quality, state->stored_id});
    place->second.repeated = again;
    place->second.by_latest = true;
    if (!fresh) {
        ++place->second.published;
        place->second.quality = std::max(place->second.quality, quality);
    }
}

void simulation::read(player& who) {
    for (const auto& each : who.seat->take()) {
        if (each.type == packet_type::publish) {
            read_publish(who, each);
        } else if (each.type == packet_type::pubrel) {
            who.to_acknowledge.push_back(each);
            if (!who.answers.empty() &&
                who.answers.front() == std::pair{each.type, each.packet_id}) {
                who.answers.pop_front();
            }
        } else {
            read_answer(who, each);
        }
    }
}

void simulation::read_answer(player& who, const received& what) {
    // In the order of what they answer, PUBRELs aside, which answer PUBRECs.
    while (!who.answers.empty() && who.answers.front().first == packet_type::pubrel) {
        who.answers.pop_front();
    }
    REQUIRE_FALSE(who.answers.empty());
    CHECK(who.answers.front().first == what.type);
    CHECK(who.answers.front().second == what.packet_id);
    who.answers.pop_front();
    finish_publication(who, what);
}

void simulation::finish_publication(player& who, const received& what) {
    const auto found =
        std::find_if(who.unanswered.begin(), who.unanswered.end(), [&](const auto& each) {
            return each.id == what.packet_id;
        });
    switch (what.type) {
    case packet_type::puback:
        REQUIRE(found != who.unanswered.end());
        CHECK(found->quality == qos1);
        check_stored(found->payload);
        who.unanswered.erase(found);
        return;
    case packet_type::pubrec:
        REQUIRE(found != who.unanswered.end());
        CHECK(found->quality == qos2);
        check_stored(found->payload);
        found->received = true;
        who.seat->pubrel(what.packet_id);
        who.answers.emplace_back(packet_type::pubcomp, what.packet_id);
        return;
    case packet_type::pubcomp:
        REQUIRE(found != who.unanswered.end());
        who.unanswered.erase(found);
        return;
    default:
        return;
    }
}

// Whoever was promised a message that outlives the process finds it in the store. [MQTT-4.3.2-4]
void simulation::check_stored(const std::string& payload) {
    for (const auto& each : players_) {
        if (!each->owed) {
            continue;
        }
        const auto debt = each->owed->debts.find(payload);
        const session::session* const state =
            each->seat->home().sessions().find(each->seat->client_id());
        if (debt != each->owed->debts.end() && debt->second.by_latest &&
            debt->second.stored_id != 0 && debt->second.quality != qos0 &&
            state->stored_id == debt->second.stored_id) {
            CHECK(stored_places_.count({debt->second.stored_id, payload}) == 1);
        }
    }
}

void simulation::read_publish(player& who, const received& what) {
    if (what.quality == qos0) {
        return count(who, what);
    }
    // [MQTT-2.2.1-4]
    const auto [place, fresh] = who.open.emplace(what.packet_id, what.payload);
    CHECK(fresh);
    if (what.quality == qos1) {
        count(who, what);
    } else if (const auto held = who.holding.find(what.packet_id); held == who.holding.end()) {
        who.holding.emplace(what.packet_id, what.payload);
        count(who, what);
    } else {
        CHECK(what.dup);
        CHECK(held->second == what.payload);
    }
    who.to_acknowledge.push_back(what);
}

void simulation::count(player& who, const received& what) {
    if (is_aside(what.topic)) {
        return;
    }
    const auto found = who.owed->debts.find(what.payload);
    REQUIRE(found != who.owed->debts.end());
    ledger::debt& debt = found->second;
    if (++debt.delivered > 1) {
        return;
    }
    ++deliveries_;
    if (what.quality == qos2 && debt.stored_id != 0 &&
        who.seat->state().stored_id == debt.stored_id) {
        CHECK(stored_places_.count({debt.stored_id, what.payload}) == 1);  // [MQTT-4.3.3-8]
    }
    if (debt.repeated) {
        return;
    }
    int& newest = who.owed->newest[{publisher_of(what.payload), what.topic, what.quality}];
    CHECK(number_of(what.payload) > newest);
    newest = number_of(what.payload);
}

void simulation::acknowledge(player& who, std::size_t most) {
    for (; most > 0 && !who.to_acknowledge.empty(); --most) {
        const received next = who.to_acknowledge.front();
        who.to_acknowledge.pop_front();
        const std::uint16_t id = next.packet_id;
        if (next.type == packet_type::pubrel) {
            who.holding.erase(id);
            who.open.erase(id);
            CHECK(who.seat->pubcomp(id) == broker::acknowledged::done);
        } else if (next.quality == qos1) {
            who.open.erase(id);
            CHECK(who.seat->puback(id) == broker::acknowledged::done);
        } else {
            CHECK(who.seat->pubrec(id) == broker::acknowledged::done);
            who.answers.emplace_back(packet_type::pubrel, id);
        }
    }
}

void simulation::finish() {
    for (const auto& each : players_) {
        if (!each->seat->connected()) {
            connect(*each, false, true);
        }
    }
    bool busy = true;
    for (int rounds = 0; busy; ++rounds) {
        REQUIRE(rounds < 10'000);
        world_->commit();
        busy = false;
        for (const auto& each : players_) {
            read(*each);
            busy = busy || !each->to_acknowledge.empty();
            acknowledge(*each, each->to_acknowledge.size());
        }
        busy = busy || world_->store.waiting() != 0 || !world_->at(0).ready().empty();
    }
    settle_accounts();
}

void simulation::settle_accounts() {
    for (const auto& each : players_) {
        INFO(each->seat->client_id());
        CHECK(each->unanswered.empty());
        CHECK(each->holding.empty());
        CHECK(each->open.empty());
        CHECK(each->seat->state().out.size() == 0);
        CHECK(each->seat->state().answers.size() == 0);
        for (const auto& [payload, debt] : each->owed->debts) {
            INFO(payload);
            if (debt.quality == qos2) {
                CHECK(debt.delivered == 1);
            } else if (debt.quality == qos1) {
                CHECK(debt.delivered >= 1);
            } else {
                CHECK(debt.delivered <= debt.published);
            }
        }
    }
}

}  // namespace lmqtt::broker::test
