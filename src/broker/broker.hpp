// The meeting place of one shard: its sessions, and the way of a message from one to others. No
// I/O, no clock: time and completions are handed in. Lives as long as its shard, on its thread.
#pragma once

#include "broker/directory.hpp"
#include "broker/envelope.hpp"
#include "broker/events.hpp"
#include "broker/journal.hpp"
#include "broker/metrics.hpp"
#include "broker/pager.hpp"
#include "broker/pending.hpp"
#include "broker/registry.hpp"
#include "broker/requests.hpp"
#include "broker/route_cache.hpp"
#include "session/session.hpp"
#include "topic/topic_filter.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lmqtt::broker {

class broker {
public:
    broker(directory& shared, store& where, const broker_options& options, const events& listeners);

    // attach.cpp: a client takes a session that nobody holds, or gets a new one
    attachment attach(arrival&& who, std::int64_t now_ms);
    void detach(session::session& who, const departure& how, std::int64_t now_ms);
    // Ends a session that nobody is connected to, or whose connection the caller closes.
    void end_session(session::session& who, termination why, std::int64_t now_ms);

    registry& sessions() { return registry_; }

    // restoration.cpp: before anybody is served
    session::session& restore(stored_session&& held, const session::policy_ptr& rules);
    void order_restored(session::session& who, bool was_connected, std::int64_t now_ms);
    void settle_restored(session::session& who, bool was_connected, std::int64_t now_ms);
    // Hands messages of departed members of shared groups to others. (redistribute.cpp)
    void redistribute(std::vector<leftover>&& leftovers, std::int64_t now_ms);
    // A will that no stored session holds. (wills.cpp)
    void fire_restored(change::will_saved&&, const session::policy_ptr& rules, std::int64_t now_ms);

    // route.cpp
    routed route(
        const publication& what, const receipt& answer_to, route_cache* cache, std::int64_t now_ms
    );
    void receive(std::span<envelope> envelopes, std::int64_t now_ms);

    // Boxes for the other shards; the caller swaps them out once a turn.
    std::vector<box>& outgoing() { return outgoing_; }

    // subscribe.cpp
    subscribed subscribe(session::session& who, subscription what);
    bool unsubscribe(session::session& who, std::string_view topic_filter, ticket& committed_by);
    // From now on delivers with so much QoS at most, until it is subscribed or limited again.
    void limit(const session::session& who, const subscription& granted, qos maximum);
    void replay_retained(session::session& who, std::string_view topic_filter);
    // Queues retained messages as far as there is room. True: there are more to look at now.
    bool continue_replays(session::session& who, std::int64_t now_ms);

    // acknowledge.cpp: what the client's acknowledgements change
    enum class acknowledged : std::uint8_t { done, unknown_packet_id, protocol_error };
    acknowledged puback(session::session& who, std::uint16_t packet_id);
    acknowledged pubrec(session::session& who, std::uint16_t packet_id);
    acknowledged pubcomp(session::session& who, std::uint16_t packet_id);
    // PUBACK or PUBREC with 0x80 or above.
    acknowledged refuse(session::session& who, const refusal& what, std::int64_t now_ms);
    // What was taken is not written after all: as if it had been sent and acknowledged.
    void withdraw(session::session& who, const session::outgoing& unsent);
    void drop(session::session& who, const session::outgoing& unsent, const dropping& how);
    // An incoming QoS 2 packet identifier. take: false if it was taken already. [MQTT-4.3.3-10]
    bool take_packet_id(session::session& who, std::uint16_t packet_id, routed& along_with);
    bool free_packet_id(session::session& who, std::uint16_t packet_id, ticket& committed_by);
    session::answer_queue::position answer(session::session& who, session::answer what);
    // The next packet for the client, if its windows and the store allow one.
    std::optional<session::outgoing> take(session::session& who, std::int64_t now_ms);

    // paging.cpp: messages of deep queues, when the store has them
    void page_out();
    void page_in(const page_request& of, const page& found, std::int64_t now_ms);

    pager& pages() { return pager_; }

    // wills.cpp
    void save_will(session::session& who);
    bool fire_wills(std::int64_t now_ms);

    // expiry.cpp
    void expire_sessions(std::int64_t now_ms);
    void expire_retained(std::int64_t now_ms);

    // A message of the broker's own making, or a will.
    routed publish(const message& what, const sender& from, std::int64_t now_ms);

    // A retained $SYS topic of the broker's own: never stored, never counted against limits.
    void publish_status(std::string_view topic, std::string_view payload, std::int64_t now_ms);

    // Sessions with something to write, each once; who takes the list clears their `ready`.
    const std::vector<handle>& ready() const { return ready_; }

    std::vector<handle> take_ready();

    // Since the list was taken; long before a queue is full, which must not drop what can be sent.
    bool has_queued_a_burst() const { return queued_since_delivery_ >= deliveries_a_burst; }

    void mark_ready(session::session& who);
    // The store has spoken: whoever waits for a ticket becomes ready.
    void on_committed();
    void wait_for_commit(session::session& who);

    broker_options& options() { return options_; }

    journal& changes() { return journal_; }

    metrics& numbers() { return metrics_; }

    directory& shared() { return shared_; }

    ticket committed() const { return committed_; }

private:
    // attach.cpp
    void withdraw_subscriptions(session::session& who);
    void set_shared_members_online(session::session& who, bool online);
    ticket save(session::session& who);

    // route.cpp
    const std::vector<match>& find_matches(const publication& what, route_cache* cache);
    mqtt::routed_message_ptr make_message(const publication& what, std::int64_t now_ms);
    match_span send_elsewhere(const mqtt::routed_message_ptr&, match_span, const receipt&, routed&);
    bool keep_retained(const mqtt::routed_message&, const author_ptr& by, routed& result);
    void gather(const mqtt::routed_message& message, std::span<const match> matches);
    local_result deliver(const mqtt::routed_message_ptr&, std::span<const match>, std::int64_t now);
    void queue(const mqtt::routed_message_ptr&, delivery&, std::int64_t now_ms, local_result&);
    ticket stage_delivery(const mqtt::routed_message&, change::delivery_saved&&, bool soon);
    void send_verdicts();

    // redistribute.cpp
    std::vector<leftover> take_shared_leftovers(session::session& who);
    void hand_on(const mqtt::routed_message_ptr&, local_result& result, std::int64_t now_ms);
    ticket keep_as_nobodys(const mqtt::routed_message& message, inheritance& of);
    void pass_on(delivery_order&& order);
    void deliver_inherited(delivery_order&& order, std::int64_t now_ms);

    // drops.cpp
    void account_drops(session::session& of, std::int64_t now_ms);
    void tell_dropped(const session::session& of, const session::dropped_message& what);
    void tell_dropped(const page_request& of, const page& found);

    // subscribe.cpp
    void index_subscription(const session::session& who, const subscription& what);
    replay_room room_for_replay(const session::session& who) const;
    replay_step
    replay_some(session::session& who, replay& each, const replay_room& room, std::int64_t now_ms);

    // acknowledge.cpp
    acknowledged finish(
        session::session& who,
        const session::outbox::ack_result<session::outbox::acknowledged>& result
    );

    // wills.cpp
    void schedule_will(session::session& who, std::int64_t now_ms);
    void publish_will(session::session& who, std::int64_t now_ms);
    routed publish_will(const session::session&, const stored_will&, std::int64_t now_ms);
    void keep_will(const session::session&, const stored_will&, std::uint64_t session_id);
    void forget_will(session::session& who);
    void remove_will(const session::session&, const stored_will&, const routed& published);

    directory& shared_;
    broker_options options_;
    const events& listeners_;
    metrics metrics_;
    journal journal_;
    registry registry_;
    std::vector<box> outgoing_;
    std::vector<handle> ready_;
    std::vector<handle> gated_;  // something of theirs waits for a ticket
    std::multimap<std::int64_t, handle> wills_;
    std::minstd_rand random_;
    ticket committed_ = 0;
    routing routing_;
    session::drop_list drops_;
    pager pager_;
    std::unordered_map<handle, std::vector<replay>> replays_;
    std::deque<pending_verdict> verdicts_;
    static constexpr std::size_t deliveries_a_burst = 256;
    std::size_t queued_since_delivery_ = 0;
};

}  // namespace lmqtt::broker
