// Publishers and receivers under load. Publisher p and receiver r meet on topic p (or r) modulo the
// smaller of both numbers, which makes pairs, fan-out and fan-in the same code. A publisher has at
// most `window` messages on their way; one is off its way when every receiver has it and the broker
// has acknowledged it, so no queue at the broker can outgrow what the run asks for.
#pragma once

#include "end_to_end/latency.hpp"
#include "end_to_end/ledger.hpp"
#include "end_to_end/loop.hpp"
#include "end_to_end/options.hpp"
#include "end_to_end/payload.hpp"
#include "end_to_end/process_meter.hpp"
#include "end_to_end/report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class traffic {
public:
    traffic(const options& chosen, loop& reactor);
    report run();

private:
    enum class answer : std::uint8_t { none, puback, pubrec, pubcomp };

    // One place in a publisher's window; place n travels under packet id n + 1.
    struct place {
        std::uint32_t awaited = 0;  // deliveries and the acknowledgement still missing
        answer next = answer::none;
        std::uint64_t sent_ns = 0;
    };

    struct publisher {
        link* connection = nullptr;
        std::string topic;
        std::uint32_t next = 0;    // the sequence number of the next message
        std::uint32_t oldest = 0;  // below it, everything is off its way
        std::uint32_t receivers = 0;
        std::vector<place> window;
    };

    struct receiver {
        link* connection = nullptr;
        std::uint32_t topic = 0;
        std::vector<ledger> seen;  // of publisher topic, topic + topics, ...
        std::vector<bool> awaits_release;
    };

    struct reading {
        std::uint64_t at_ns = 0;
        std::uint64_t broker_cpu_ns = 0;
        std::uint64_t own_cpu_ns = 0;
        std::uint64_t published = 0;
        std::uint64_t delivered = 0;
        std::uint64_t acknowledged = 0;
    };

    void prepare();
    void make_publishers();
    void send_receivers_away();
    void make_receivers();
    void arrived(link& from, const frame& packet);
    void exchange_over(publisher& by, std::size_t number);
    void acknowledged(publisher& by, const frame& packet);
    void released(receiver& by, const frame& packet);
    void delivered(receiver& to, const frame& packet);
    void answer_delivery(receiver& to, const publish_view& message);
    void off_its_way(publisher& of, std::uint32_t place_number);
    bool may_publish(const publisher& by) const;
    void publish(publisher& by, std::uint64_t sent_ns);
    void publish_freely(publisher& by);
    std::uint64_t publish_due();
    void run_for(double seconds);
    void drain();
    bool stalled();
    void violation(const char* what);
    reading read() const;
    void add_costs(report& out, const reading& from, const reading& to) const;
    void add_faults(report& out);

    options chosen_;
    loop& reactor_;
    payload_format payload_;
    process_meter broker_;
    process_meter self_;
    std::uint32_t topics_;
    std::vector<publisher> publishers_;
    std::vector<receiver> receivers_;
    latency latency_;
    latency acknowledgement_;  // from PUBLISH to PUBACK or PUBCOMP
    std::uint64_t acknowledged_ = 0;
    std::uint64_t published_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t damaged_ = 0;
    std::uint64_t violations_ = 0;
    const char* first_violation_ = "";
    std::uint64_t held_back_ = 0;
    std::uint64_t due_from_ns_ = 0;
    std::uint64_t due_count_ = 0;
    std::uint64_t events_ = 0;  // whatever arrived; stands still in a stall
    std::uint64_t events_seen_ = 0;
    std::uint64_t still_since_ns_ = 0;
    bool publishing_ = true;
    bool stalled_ = false;
};

}  // namespace bench
