// What the clients of a simulation say: every field of it takes part.
#include "simulation.hpp"

#include <lmqtt/properties.hpp>

#include <array>

namespace lmqtt::broker::test {

namespace {

// Wildcards at the beginning of a filter leave them alone. [MQTT-4.7.2-1]
constexpr std::string_view aside = "$aside/";
constexpr std::array topics{"a/x", "a/y", "b/x", "b/y"};
constexpr std::array aside_topics{"$aside/x/1", "$aside/x/2", "$aside/y", "$aside/y/\xc3\xbc"};
constexpr std::array aside_filters{
    "$aside/#", "$aside/y", "$share/g/$aside/+/1", "$share/g \xe2\x82\xac/$aside/#"};
constexpr std::int64_t soon_ms = 5'000;
constexpr std::int64_t late_ms = 1'000'000'000;  // nothing lasts as long as that
constexpr std::uint32_t long_interval = 1'000'000;

// In the order in which a store gives them back.
properties some_properties(unsigned how_many) {
    properties made;
    if (how_many % 2 == 1) {
        made.set(prop::payload_format_indicator, std::uint8_t{1});
        made.set(prop::content_type, "text; \"quoted\"");
    }
    if (how_many > 1) {
        made.set(prop::response_topic, "answers/\xc3\xbc");
        made.set(prop::correlation_data, std::string("\0\xff\n", 3));
    }
    for (unsigned each = 0; each < how_many; ++each) {
        made.add({"name", std::to_string(each)});
    }
    return made;
}

}  // namespace

bool simulation::is_aside(std::string_view topic) {
    return topic.starts_with(aside);
}

hello simulation::any_hello(bool lasting) {
    constexpr std::array users{"", "anna", "bert"};
    constexpr std::array listeners{"", "lan"};
    hello how;
    how.expiry_seconds = !lasting ? 0 : random(2) == 0 ? forever : long_interval + random(1000);
    how.receive_maximum = static_cast<std::uint16_t>(1 + random(10));
    how.maximum_packet_size -= random(1000);
    how.user = users.at(random(users.size()));
    how.listener = listeners.at(random(listeners.size()));
    how.version = random(4) == 0 ? protocol_version::v3_1_1 : protocol_version::v5_0;
    how.will = random(2) == 0 ? any_will() : nullptr;
    return how;
}

std::unique_ptr<stored_will> simulation::any_will() {
    auto will = std::make_unique<stored_will>();
    will->topic = std::string(aside) + "will/" + std::to_string(random(4));
    will->payload = std::string("will \0 ", 7) + std::to_string(++wills_);
    will->quality = static_cast<qos>(random(3));
    will->retain = random(2) == 0;
    will->delay_seconds = random(2) == 0 ? 0 : 1 + random(60);
    properties given = some_properties(random(4));
    if (random(2) == 0) {
        given.set(prop::message_expiry_interval, long_interval);
    }
    will->properties = given.wire();
    will->roles = any_roles();
    return will;
}

std::optional<std::vector<std::string>> simulation::any_roles() {
    if (random(2) == 0) {
        return std::nullopt;
    }
    return std::vector<std::string>(random(3), "a \"role\"");
}

subscription_options simulation::any_options() {
    return {
        static_cast<qos>(random(3)),
        random(4) == 0,
        random(2) == 0,
        static_cast<std::uint8_t>(random(3))};
}

player::publication simulation::any_publication(player& who) {
    player::publication what{};
    what.topic = topics.at(random(topics.size()));
    what.payload = who.name + ":" + std::to_string(++who.published);
    what.quality = static_cast<qos>(random(3));
    what.retain = random(4) == 0;
    what.expires = random(4) == 0;
    what.user_properties = random(4);
    return what;
}

void simulation::put_through(player& who, const player::publication& what) {
    const properties given = some_properties(what.user_properties);
    publication next;
    next.topic = what.topic;
    next.payload = what.payload;
    next.properties = given.wire();
    next.quality = what.quality;
    next.retain = what.retain;
    next.expiry_given = what.expires;
    if (what.expires) {
        next.expires_at_ms = world_->now_ms + (is_aside(what.topic) ? soon_ms : late_ms);
    }
    if (what.retain && what.user_properties != 0) {
        const auto roles = any_roles();
        next.author = world_->shared.authors.with([&](author_names& names) {
            return names.of(who.seat->state().username(), "lan", roles);
        });
    }
    who.seat->publish(next, what.id);
}

void simulation::publish_aside(player& who) {
    player::publication what = any_publication(who);
    what.topic = aside_topics.at(random(aside_topics.size()));
    what.quality = static_cast<qos>(random(2));
    what.retain = random(2) == 0;
    if (random(4) == 0) {
        what.payload.clear();  // takes back what was retained
    }
    if (what.quality == qos1) {
        what.id = 1000;
        for (const auto& each : who.unanswered) {
            what.id = std::max<std::uint16_t>(what.id, each.id + 1);
        }
        who.unanswered.push_back(what);
    }
    send(who, what, false);
}

void simulation::subscribe_aside(player& who) {
    subscription what{aside_filters.at(random(aside_filters.size())), any_options(), random(5)};
    if (what.topic_filter.starts_with("$share")) {
        what.options.no_local = false;  // [MQTT-3.8.3-4]
    }
    if (random(4) == 0) {
        who.seat->unsubscribe(what.topic_filter);
        who.answers.emplace_back(packet_type::unsuback, 0);
        return;
    }
    who.seat->subscribe(what);
    who.answers.emplace_back(packet_type::suback, 0);
}

void simulation::pass_time() {
    world_->now_ms += random(3000);
    for (unsigned shard = 0; shard < world_->count(); ++shard) {
        world_->at(shard).fire_wills(world_->now_ms);
        world_->at(shard).expire_retained(world_->now_ms);
        world_->at(shard).expire_sessions(world_->now_ms);
    }
}

}  // namespace lmqtt::broker::test
