#include "portrait.hpp"

#include "broker/stored_form.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <sstream>

namespace lmqtt::broker::test {

namespace {

using phase = session::delivery_phase;

// Also that the members of groups are known to be there or not.
std::string filed_form_of(shards& world, const session::session& who, const subscription& what) {
    const auto filter = topic::parse_filter(what.topic_filter, {});
    return world.shared.subscriptions.with_shared([&](const topic::subscription_index& index) {
        const topic::subscriber* found = nullptr;
        std::string text = what.topic_filter;
        if (!filter->shared()) {
            found = index.find(filter->filter, who.self);
        } else if (const auto* group = index.find_shared(filter->share_name, filter->filter)) {
            found = group->find(who.self);
            const auto online = group->members().first(group->online());
            const bool is_online = std::any_of(online.begin(), online.end(), [&](const auto& each) {
                return each.session == who.self;
            });
            text += is_online ? " online" : " offline";
        }
        return found == nullptr ? text + " is not there"
                                : text + ' ' + options_text(found->options) + ' ' +
                                      std::to_string(found->subscription_identifier);
    });
}

portrait::place
place_of(const session::session& who, const session::outbox_entry& each, const reading& read) {
    portrait::place made{
        each.at,
        each.message_id,
        each.state,
        each.quality,
        each.retain,
        each.moment_ms,
        each.bytes,
        each.shared_by,
        share_filter_of(who, each.shared_by),
        {},
        {}};
    // After PUBREC nobody needs them, though the store still has them.
    if (each.subscription_identifiers && each.state != phase::pubrel) {
        made.identifiers = *each.subscription_identifiers;
    }
    if (each.message) {
        made.message = stored_form_of(*each.message);
    } else if (each.paged_out()) {
        made.message = read(each.message_id);
    }
    return made;
}

portrait::person
person_of(shards& world, broker& home, const session::session& who, const reading& read) {
    portrait::person made{};
    made.shard = home.options().shard;
    made.stored_id = who.stored_id;
    made.username = who.username();
    made.owner = world.shared.owners.with([&](const owner_names& names) {
        return names.text_of(static_cast<owner>(who.owner), who.username());
    });
    made.version = who.version;
    made.connected = who.attached();
    made.created_at_ms = who.created_at_ms;
    made.connected_at_ms = who.connected_at_ms;
    made.disconnected_at_ms = who.disconnected_at_ms;
    made.expiry_interval_seconds = who.expiry_interval_seconds;
    made.receive_maximum = who.receive_maximum;
    made.maximum_packet_size = who.maximum_packet_size;
    for (const auto& held : who.subscriptions) {
        made.subscriptions.push_back(held.what);
        made.filed.push_back(filed_form_of(world, who, held.what));
    }
    who.received.for_each([&](std::uint16_t id) { made.received.push_back(id); });
    if (who.will) {
        made.will = *who.will;
    }
    who.out.for_each([&](const session::outbox_entry& each) {
        if (each.state != phase::gone) {
            made.places.push_back(place_of(who, each, read));
        }
    });
    CHECK(who.out.size() == made.places.size());
    made.sent_position = who.out.sent_position();
    made.next_position = who.out.next_position();
    return made;
}

}  // namespace

std::string options_text(const subscription_options& options) {
    std::ostringstream out;
    out << static_cast<int>(options.maximum_qos) << options.no_local << options.retain_as_published
        << static_cast<int>(options.retain_handling);
    return out.str();
}

portrait portrait_of(shards& world, const reading& read) {
    portrait made;
    for (unsigned shard = 0; shard < world.count(); ++shard) {
        broker& home = world.at(shard);
        home.sessions().for_each([&](const session::session& who) {
            made.sessions.emplace(who.client_id, person_of(world, home, who, read));
        });
    }
    world.shared.retained.with_shared([&](const retained_messages& retained) {
        topic::retained_cursor cursor;
        while (!retained.index().each(cursor, 1000, [&](const kept_message& kept) {
            const auto message = stored_form_of(*kept.message);
            made.retained.emplace(message.topic, portrait::kept{message, stored_form_of(kept.by)});
        })) {
        }
    });
    made.places_taken =
        world.shared.places.with([](const session_places& places) { return places.in_all(); });
    return made;
}

}  // namespace lmqtt::broker::test
