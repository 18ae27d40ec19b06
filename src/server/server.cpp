// The façade: builds the rooms, owns their threads, hands work to the shard it belongs to.
#include "base/utf8.hpp"
#include "server/server_impl.hpp"
#include "store/memory_store.hpp"

#include <lmqtt/server.hpp>

#include <future>

namespace lmqtt {

namespace {

void require_topic_name(const message& what) {
    if (!base::is_utf8_string(what.topic) || !broker::admissible{}.is_topic_name(what.topic)) {
        throw std::invalid_argument("not a topic name: \"" + what.topic + "\"");
    }
}

}  // namespace

server::server(config settings, std::unique_ptr<store> persistence)
    : impl_(std::make_unique<impl>(std::move(settings), std::move(persistence))) {}

server::~server() {
    stop();
}

void server::check() {
    impl_->check();
}

hooks& server::hooks() {
    return impl_->given_hooks;
}

void server::start(const std::function<void()>& once_bound) {
    impl_->start(once_bound);
}

void server::stop() {
    impl_->stop();
}

void server::wait() {
    impl_->wait();
}

bool server::store_ended() const {
    return impl_->persistence->state() == store_state::ended;
}

std::vector<std::string> server::addresses() const {
    std::vector<std::string> all;
    for (const auto& each : impl_->listeners) {
        all.push_back(each->address_text());
    }
    return all;
}

void server::publish(message what) {
    require_topic_name(what);
    impl_->publish(std::move(what));
}

access_verdict server::may(const access_request& what) const {
    return impl_->may(what);
}

access_verdict server::publish_for(const access_subject& whom, message what) {
    require_topic_name(what);
    return impl_->publish_for(whom, std::move(what));
}

std::optional<message> server::retained(std::string_view topic) const {
    return impl_->shared.directory.retained.with_shared(
        [&](const broker::retained_messages& retained) -> std::optional<message> {
            const auto* const found = retained.index().find(topic);
            if (found == nullptr) {
                return std::nullopt;
            }
            const mqtt::routed_message& kept = *found->message;
            message copy;
            copy.topic = kept.topic();
            copy.payload = kept.payload();
            copy.quality = kept.quality();
            copy.retain = true;
            copy.properties = properties::from_wire(kept.properties());
            return copy;
        }
    );
}

bool server::clear_retained(std::string_view topic) {
    if (!retained(topic)) {
        return false;
    }
    message nothing;
    nothing.topic = topic;
    nothing.retain = true;
    impl_->publish(std::move(nothing));
    return true;
}

std::vector<session_info> server::sessions() {
    std::vector<session_info> all;
    for (auto& branch : impl_->shared.branches) {
        std::promise<std::vector<session_info>> answer;
        branch->post([&] {
            std::vector<session_info> here;
            branch->broker().sessions().for_each([&](session::session& each) {
                here.push_back(serving::describe(each));
            });
            answer.set_value(std::move(here));
        });
        auto here = answer.get_future().get();
        all.insert(
            all.end(), std::make_move_iterator(here.begin()), std::make_move_iterator(here.end())
        );
    }
    return all;
}

std::optional<session_info> server::session(std::string_view client_id) {
    std::promise<std::optional<session_info>> answer;
    impl_->home_of(client_id).post([&] {
        session::session* const found =
            impl_->home_of(client_id).broker().sessions().find(client_id);
        answer.set_value(found ? std::optional(serving::describe(*found)) : std::nullopt);
    });
    return answer.get_future().get();
}

void server::disconnect(std::string client_id, reason_code reason) {
    impl_->with_session(
        std::move(client_id),
        [reason](serving::branch& home, session::session& who) {
            if (auto* const connected = home.environment().clients.find(who.connection)) {
                connected->disconnect({reason, "disconnected by the server", true});
            }
        }
    );
}

void server::terminate_session(std::string client_id) {
    impl_->with_session(std::move(client_id), [](serving::branch& home, session::session& who) {
        const std::string whose = who.client_id;
        if (auto* const connected = home.environment().clients.find(who.connection)) {
            connected->disconnect({reason_code::administrative_action, "session terminated", true});
        }
        // Perhaps it has ended with its connection.
        if (session::session* const left = home.broker().sessions().find(whose)) {
            home.broker().end_session(*left, broker::termination::normal, home.now_ms());
        }
    });
}

void server::subscribe(std::string client_id, subscription what) {
    if (broker::admissible{}.filter_verdict(what.topic_filter) != reason_code::success) {
        return;
    }
    impl_->with_session(
        std::move(client_id),
        [what = std::move(what)](serving::branch& home, session::session& who) {
            home.broker().subscribe(who, what);
        }
    );
}

void server::unsubscribe(std::string client_id, std::string topic_filter) {
    impl_->with_session(
        std::move(client_id),
        [filter = std::move(topic_filter)](serving::branch& home, session::session& who) {
            ticket unused = 0;
            home.broker().unsubscribe(who, filter, unused);
        }
    );
}

std::vector<metric_value> server::metrics() const {
    std::vector<metric_value> summed;
    for (const auto& branch : impl_->shared.branches) {
        const auto& rows = branch->broker().numbers().rows();
        for (std::size_t at = 0; at < rows.size(); ++at) {
            const auto& row = rows[at];
            if (summed.size() == at) {
                const bool counts = row.kind == broker::metric_kind::counter;
                summed.push_back({row.name, row.help, counts, 0});
            }
            summed[at].value += row.where->value();
        }
    }
    return summed;
}

std::vector<metric_value> describe_metrics() {
    std::vector<metric_value> all;
    const broker::metrics numbers;
    for (const auto& row : numbers.rows()) {
        all.push_back({row.name, row.help, row.kind == broker::metric_kind::counter, 0});
    }
    return all;
}

}  // namespace lmqtt
