#include "end_to_end/traffic.hpp"

#include "end_to_end/handshake.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

std::uint64_t as_ns(double seconds) {
    return static_cast<std::uint64_t>(seconds * static_cast<double>(second_ns));
}

}  // namespace

traffic::traffic(const options& chosen, loop& reactor)
    : chosen_(chosen)
    , reactor_(reactor)
    , payload_(chosen.payload_size)
    , broker_(chosen.process)
    , self_(0)
    , topics_(std::min(chosen.publishers, chosen.receivers)) {}

report traffic::run() {
    prepare();
    still_since_ns_ = steady_ns();
    due_from_ns_ = still_since_ns_;
    if (chosen_.rate == 0) {
        for (auto& each : publishers_) {
            publish_freely(each);
        }
    }
    run_for(chosen_.warm_up_seconds);
    latency_.clear();
    acknowledgement_.clear();
    const auto start = read();
    run_for(chosen_.seconds);
    const auto end = read();
    const auto resident = broker_.resident_bytes();
    publishing_ = false;
    drain();
    report out;
    out.add("shape", chosen_.shape);
    out.add("qos", std::uint64_t{chosen_.quality});
    out.add("protocol", std::uint64_t{static_cast<std::uint8_t>(chosen_.version)});
    out.add("publishers", std::uint64_t{chosen_.publishers});
    out.add("receivers", std::uint64_t{chosen_.receivers});
    out.add("window", std::uint64_t{chosen_.window});
    out.add("payload_bytes", std::uint64_t{chosen_.payload_size});
    add_costs(out, start, end);
    if (chosen_.process != 0) {
        out.add("rss_bytes", resident);
    }
    add_faults(out);
    return out;
}

void traffic::prepare() {
    make_publishers();
    make_receivers();
    std::vector<link*> links;
    std::vector<wish> wishes;
    for (const auto& each : receivers_) {
        links.push_back(each.connection);
        wishes.push_back({each.connection, publishers_[each.topic].topic});
    }
    for (const auto& each : publishers_) {
        links.push_back(each.connection);
    }
    const auto maximum = connect_all(reactor_, chosen_, links);
    if (chosen_.quality > 0 && maximum < chosen_.window) {
        throw std::runtime_error("the broker's Receive Maximum is smaller than the window");
    }
    subscribe_all(reactor_, chosen_.version, chosen_.quality, wishes);
    if (chosen_.offline) {
        send_receivers_away();
    }
    reactor_.on.arrived = [this](link& from, const frame& packet) { arrived(from, packet); };
    reactor_.on.closed = [](const link&) {
        throw std::runtime_error("the broker closed a connection under load");
    };
}

// What they are owed stays with the broker: a message is off its way when it is acknowledged.
void traffic::send_receivers_away() {
    for (auto& each : receivers_) {
        reactor_.close(*each.connection);
    }
    for (auto& each : publishers_) {
        each.receivers = 0;
    }
}

void traffic::make_publishers() {
    publishers_.resize(chosen_.publishers);
    for (std::uint32_t at = 0; at < chosen_.publishers; ++at) {
        auto& made = publishers_[at];
        const auto topic = at % topics_;
        made.connection = &reactor_.add();
        made.topic = numbered("dev/", topic, "/state");
        made.receivers = (chosen_.receivers - topic + topics_ - 1) / topics_;
        made.window.resize(chosen_.window);
    }
}

void traffic::make_receivers() {
    receivers_.resize(chosen_.receivers);
    for (std::uint32_t at = 0; at < chosen_.receivers; ++at) {
        auto& made = receivers_[at];
        made.connection = &reactor_.add();
        made.topic = at % topics_;
        made.seen.resize((chosen_.publishers - made.topic + topics_ - 1) / topics_);
        made.awaits_release.resize(chosen_.quality == 2 ? 65536 : 0);
    }
}

// Links are numbered as they were made: the publishers first, then the receivers.
void traffic::arrived(link& from, const frame& packet) {
    ++events_;
    if (from.number < chosen_.publishers) {
        acknowledged(publishers_[from.number], packet);
        return;
    }
    auto& by = receivers_[from.number - chosen_.publishers];
    if (packet.type == packet_type::publish) {
        delivered(by, packet);
    } else {
        released(by, packet);
    }
}

void traffic::acknowledged(publisher& by, const frame& packet) {
    const auto number = read_u16(packet.body, 0) - 1U;
    const bool failed = packet.body.size() > 2 && static_cast<std::uint8_t>(packet.body[2]) >= 0x80;
    if (number >= by.window.size() || failed) {
        violation("an acknowledgement with an unknown packet id or a failure");
        return;
    }
    auto& where = by.window[number];
    if (packet.type == packet_type::puback && where.next == answer::puback) {
        exchange_over(by, number);
    } else if (packet.type == packet_type::pubrec && where.next == answer::pubrec) {
        where.next = answer::pubcomp;
        append_ack(
            reactor_.output(*by.connection),
            packet_type::pubrel,
            static_cast<std::uint16_t>(number + 1)
        );
    } else if (packet.type == packet_type::pubcomp && where.next == answer::pubcomp) {
        exchange_over(by, number);
    } else {
        violation("an acknowledgement nobody waits for");
    }
}

void traffic::exchange_over(publisher& by, std::size_t number) {
    auto& where = by.window[number];
    where.next = answer::none;
    ++acknowledged_;
    acknowledgement_.add(reactor_.now_ns() - std::min(reactor_.now_ns(), where.sent_ns));
    off_its_way(by, static_cast<std::uint32_t>(number));
}

void traffic::released(receiver& by, const frame& packet) {
    const bool pubrel = packet.type == packet_type::pubrel && chosen_.quality == 2;
    const auto id = pubrel ? read_u16(packet.body, 0) : std::uint16_t{0};
    if (!pubrel || !by.awaits_release[id]) {
        violation("a PUBREL nobody waits for, or a packet no receiver expects");
        return;
    }
    by.awaits_release[id] = false;
    append_ack(reactor_.output(*by.connection), packet_type::pubcomp, id);
}

void traffic::delivered(receiver& to, const frame& packet) {
    const auto message = read_publish(chosen_.version, packet);
    const auto found = payload_.inspect(message.payload);
    const auto who = found.mark.publisher;
    const bool known = found.state != condition::unreadable && who < publishers_.size() &&
                       who % topics_ == to.topic && message.topic == publishers_[who].topic &&
                       found.mark.sequence < publishers_[who].next;
    answer_delivery(to, message);
    if (!known || found.state == condition::damaged) {
        ++damaged_;
    }
    if (!known) {
        return;
    }
    auto& by = publishers_[who];
    if (to.seen[who / topics_].enter(found.mark.sequence) == arrival::duplicate) {
        return;
    }
    ++delivered_;
    latency_.add(reactor_.now_ns() - std::min(reactor_.now_ns(), found.mark.sent_ns));
    off_its_way(by, found.mark.sequence % chosen_.window);
}

void traffic::answer_delivery(receiver& to, const publish_view& message) {
    // Nothing was retained, no connection was resumed, both sides asked for the same QoS.
    if (message.quality != chosen_.quality || message.retain || message.duplicate) {
        violation("a PUBLISH with another QoS, or with RETAIN or DUP");
        return;
    }
    if (message.quality == 1) {
        append_ack(reactor_.output(*to.connection), packet_type::puback, message.packet_id);
    } else if (message.quality == 2) {
        if (to.awaits_release[message.packet_id]) {
            violation("a packet id used again before its PUBREL");
        }
        to.awaits_release[message.packet_id] = true;
        append_ack(reactor_.output(*to.connection), packet_type::pubrec, message.packet_id);
    }
}

void traffic::off_its_way(publisher& of, std::uint32_t place_number) {
    --of.window[place_number].awaited;
    while (of.oldest < of.next && of.window[of.oldest % chosen_.window].awaited == 0) {
        ++of.oldest;
    }
    if (chosen_.rate == 0 && publishing_) {
        publish_freely(of);
    }
}

bool traffic::may_publish(const publisher& by) const {
    return by.next - by.oldest < chosen_.window;
}

void traffic::publish_freely(publisher& by) {
    while (may_publish(by)) {
        publish(by, steady_ns());
    }
}

void traffic::publish(publisher& by, std::uint64_t sent_ns) {
    const auto number = by.next % chosen_.window;
    auto& where = by.window[number];
    where.awaited = by.receivers + (chosen_.quality > 0 ? 1 : 0);
    where.next = chosen_.quality == 0   ? answer::none
                 : chosen_.quality == 1 ? answer::puback
                                        : answer::pubrec;
    where.sent_ns = sent_ns;
    const auto who = static_cast<std::uint32_t>(&by - publishers_.data());
    const auto id = static_cast<std::uint16_t>(number + 1);
    auto& out = reactor_.output(*by.connection);
    append_publish_header(out, chosen_.version, {chosen_.quality, id, by.topic, payload_.size()});
    payload_.append(out, {who, by.next, sent_ns});
    ++by.next;
    ++published_;
}

// Publishes what the pace asks for until now; returns when the next message is due. A message's
// time is when it was due, so that a broker's pause shows in all the latencies it spoilt.
std::uint64_t traffic::publish_due() {
    const auto now = steady_ns();
    const auto due_at = [this] {
        return due_from_ns_ + as_ns(static_cast<double>(due_count_) / chosen_.rate);
    };
    for (; due_at() <= now; ++due_count_) {
        auto& by = publishers_[due_count_ % publishers_.size()];
        if (may_publish(by)) {
            publish(by, due_at());
        } else {
            ++held_back_;
        }
    }
    return due_at();
}

void traffic::run_for(double seconds) {
    const auto end = steady_ns() + as_ns(seconds);
    for (auto now = steady_ns(); now < end && !stalled(); now = steady_ns()) {
        auto wake = std::min(end, now + second_ns / 10);
        if (chosen_.rate > 0) {
            wake = std::min(wake, publish_due());
        }
        reactor_.turn(std::chrono::nanoseconds(wake > now ? wake - now : 0));
    }
}

void traffic::drain() {
    const auto on_its_way = [](const publisher& each) { return each.oldest != each.next; };
    const auto unreleased = [](const receiver& each) {
        return std::find(each.awaits_release.begin(), each.awaits_release.end(), true) !=
               each.awaits_release.end();
    };
    const auto busy = [&] {
        return std::any_of(publishers_.begin(), publishers_.end(), on_its_way) ||
               std::any_of(receivers_.begin(), receivers_.end(), unreleased);
    };
    while (!stalled() && busy()) {
        reactor_.turn(std::chrono::milliseconds(10));
    }
    // A duplicate of the last message would come right behind it.
    const auto end = steady_ns() + second_ns / 10;
    while (steady_ns() < end) {
        reactor_.turn(std::chrono::milliseconds(10));
    }
}

bool traffic::stalled() {
    const auto now = steady_ns();
    if (events_ != events_seen_) {
        events_seen_ = events_;
        still_since_ns_ = now;
    } else if (now - still_since_ns_ > as_ns(chosen_.stall_seconds)) {
        stalled_ = true;
    }
    return stalled_;
}

void traffic::violation(const char* what) {
    if (violations_++ == 0) {
        first_violation_ = what;
    }
}

traffic::reading traffic::read() const {
    return {steady_ns(), broker_.cpu_ns(), self_.cpu_ns(), published_, delivered_, acknowledged_};
}

void traffic::add_costs(report& out, const reading& from, const reading& to) const {
    const auto seconds = static_cast<double>(to.at_ns - from.at_ns) / second_ns;
    const auto acknowledged = static_cast<double>(to.acknowledged - from.acknowledged);
    const auto messages =
        chosen_.offline ? acknowledged : static_cast<double>(to.delivered - from.delivered);
    const auto per_message = [&](std::uint64_t nanoseconds) {
        return messages > 0 ? static_cast<double>(nanoseconds) / 1000.0 / messages : 0;
    };
    out.add("seconds", seconds);
    out.add("published", to.published - from.published);
    out.add("delivered", to.delivered - from.delivered);
    out.add("messages_per_second", messages / seconds);
    if (chosen_.process != 0) {
        const auto used = to.broker_cpu_ns - from.broker_cpu_ns;
        out.add("cpu_us_per_message", per_message(used));
        out.add("cpu_share", static_cast<double>(used) / second_ns / seconds);
    }
    out.add("generator_us_per_message", per_message(to.own_cpu_ns - from.own_cpu_ns));
    out.add("acknowledged_per_second", acknowledged / seconds);
    out.add("ack_us_p50", acknowledgement_.percentile_us(0.5));
    out.add("ack_us_p99", acknowledgement_.percentile_us(0.99));
    out.add("latency_us_p50", latency_.percentile_us(0.5));
    out.add("latency_us_p99", latency_.percentile_us(0.99));
    out.add("latency_us_p999", latency_.percentile_us(0.999));
    out.add("latency_us_largest", latency_.largest_us());
}

void traffic::add_faults(report& out) {
    faults sum;
    for (const auto& each : receivers_) {
        for (std::size_t at = 0; at < each.seen.size(); ++at) {
            const auto& by = publishers_[each.topic + at * topics_];
            const auto found = each.seen[at].settle(by.next);
            sum.lost += chosen_.offline ? 0 : found.lost;  // the broker still has it
            sum.duplicated += found.duplicated;
            sum.reordered += found.reordered;
        }
    }
    std::uint64_t unacknowledged = 0;
    for (const auto& by : publishers_) {
        unacknowledged += static_cast<std::uint64_t>(std::count_if(
            by.window.begin(),
            by.window.end(),
            [](const place& each) { return each.next != answer::none; }
        ));
    }
    out.add("lost", sum.lost);
    out.add("duplicated", sum.duplicated);
    out.add("reordered", sum.reordered);
    out.add("corrupted", damaged_);
    out.add("unacknowledged", unacknowledged);
    out.add("violations", violations_);
    out.add("first_violation", std::string(first_violation_));
    out.add("held_back", held_back_);
    out.add("stalled", std::uint64_t{stalled_});
    if (sum.lost + sum.duplicated + sum.reordered + damaged_ + unacknowledged + violations_ > 0) {
        out.reject();
    }
}

}  // namespace bench
