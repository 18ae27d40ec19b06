// Random exchanges of the outbox and its model, the same in every run.
#include "session/outbox_model.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

namespace {

using error = outbox::ack_error;

class duel {
public:
    explicit duel(unsigned seed)
        : random_(seed) {
        box_.limits.maximum_messages = 1 + below(12);
        box_.limits.maximum_bytes = below(3) == 0 ? 2'000 : 1'000'000;
        box_.limits.maximum_inflight = static_cast<std::uint16_t>(1 + below(8));
        box_.limits.inflight_expiry = std::chrono::milliseconds(below(2) == 0 ? 0 : 500);
        box_.limits.overflow = static_cast<overflow_policy>(below(3));
        model_.limits = box_.limits;
    }

    // Lets one message hang, and so many others pass that identifiers are about to go round.
    void begin_late() {
        const outbox_limits limits = box_.limits;
        box_.limits.maximum_messages = 3;
        box_.limits.maximum_inflight = 3;
        box_.attach();
        box_.push(0, qos2);
        box_.take();
        for (std::uint16_t id = 2; id < 65'500; ++id) {
            box_.push(0, qos1);
            box_.take();
            box_.out.puback(id);
        }
        box_.out.detach();
        box_.limits = limits;
        model_.accepted = 65'499;
        model_.all.push_back(
            {.id = 0,
             .packet_id = 1,
             .quality = qos2,
             .bytes = box_.out.bytes(),
             .expires_at_ms = 0,
             .committed_by = 0,
             .state = outbox::phase::sent,
             .sent_at_ms = box_.now_ms}
        );
    }

    void step() {
        box_.now_ms += below(20);
        box_.committed = committed_ += below(2);
        box_.out.page_out(box_.out.next_position() - below(20));
        switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return push();
        case 4:
        case 5:
        case 6:
            return take();
        case 7:
        case 8:
        case 9:
            return acknowledge();
        case 10:
            return below(4) == 0 ? come_and_go() : take();
        default:
            return push();
        }
    }

    // Empty if both sides agree.
    std::string difference() {
        for (const auto& [id, why] : box_.dropped()) {
            dropped_.push_back("drop " + std::to_string(id) + " " + std::string(text_of(why)));
        }
        trace all = dropped_;
        all.insert(all.end(), said_.begin(), said_.end());
        // Within a step the model tells drops first, as they happen first.
        if (all != model_.said) {
            return "the outbox: " + joined(all) + "; the model: " + joined(model_.said);
        }
        dropped_.clear();
        said_.clear();
        model_.said.clear();
        const bool same = box_.out.size() == model_.all.size() &&
                          box_.out.bytes() == model_.bytes() &&
                          (!model_.attached || box_.out.inflight() == model_.inflight());
        return same ? "" : "other sizes";
    }

    std::size_t paged_in = 0;

private:
    static std::string joined(const trace& words) {
        std::string out;
        for (const auto& each : words) {
            out += each + ", ";
        }
        return out;
    }

    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

    void push() {
        const auto quality = static_cast<qos>(below(3));
        const std::int64_t expires = below(3) == 0 ? box_.now_ms + 1 + below(200) : 0;
        const auto message = numbered_message(++last_id_, expires, payload_size());
        pushed_.emplace(last_id_, message);
        const ticket committed_by = below(4) == 0 ? committed_ + below(6) : 0;
        const bool refused = box_.out.would_reject(*message, quality, box_.limits, box_.now_ms);
        const auto verdict =
            box_.push({.message = message, .committed_by = committed_by, .quality = quality});
        const auto expected = model_.push(
            {.id = last_id_,
             .packet_id = 0,
             .quality = quality,
             .bytes = message->memory(),
             .expires_at_ms = expires,
             .committed_by = committed_by},
            box_.now_ms
        );
        if (verdict != expected || refused != (verdict == offer_verdict::rejected)) {
            said_.push_back("another verdict");
        }
    }

    // Of those below 2'000 bytes some fit into the smaller queues, the others never do.
    std::size_t payload_size() {
        constexpr std::size_t large[] = {1'500, 1'500, 3'000};
        return below(8) == 0 ? large[below(3)] : 64;
    }

    // Beforehand, because a queue that waits for a page lets what is older go first.
    void page_in() {
        for (auto ids = ahead(); !ids.empty(); ids = ahead()) {
            std::vector<mqtt::routed_message_ptr> found;
            for (const std::uint64_t id : ids) {
                found.push_back(pushed_.at(id));
            }
            paged_in += ids.size();
            box_.page_in(ids, found);
        }
    }

    std::vector<std::uint64_t> ahead() { return box_.out.next_paged_out(1 + below(3), 1'000); }

    void take() {
        page_in();
        const auto next = box_.take();
        if (!next) {
            said_.push_back("nothing");
        } else if (next->message == nullptr) {
            said_.push_back("pubrel " + std::to_string(next->packet_id));
        } else {
            said_.push_back(
                "send " + std::to_string(next->message->id()) + " as " +
                std::to_string(next->packet_id) + (next->dup ? " again" : "")
            );
        }
        model_.take(committed_, box_.now_ms);
    }

    // Mostly of what is there, sometimes of anything.
    void acknowledge() {
        const unsigned kind = below(4);
        auto id = static_cast<std::uint16_t>(below(65'536));
        if (below(8) != 0 && !model_.all.empty()) {
            id = std::next(model_.all.begin(), below(static_cast<std::uint32_t>(model_.all.size())))
                     ->packet_id;
        }
        const auto result = kind == 0   ? box_.out.puback(id)
                            : kind == 1 ? box_.out.pubrec(id, 0)
                            : kind == 2 ? box_.out.pubrec_refused(id)
                                        : box_.out.pubcomp(id);
        if (result.value) {
            said_.push_back(
                (kind == 1 ? "received " : "done ") + std::to_string(result.value->message_id)
            );
        } else {
            said_.emplace_back(result.error == error::unknown_packet_id ? "unknown" : "wrong");
        }
        if (kind == 1 && result.value) {
            const auto at =
                std::find_if(model_.all.begin(), model_.all.end(), [&](const held& each) {
                    return each.packet_id == id;
                });
            at->committed_by = at->state == phase::sent ? 0 : at->committed_by;
        }
        model_.acknowledge(kind, id);
    }

    void come_and_go() {
        if (box_.out.inflight() != 0 || below(2) == 0 || !model_.attached) {
            box_.terms.receive_maximum = static_cast<std::uint16_t>(1 + below(10));
            box_.reattach();
            model_.window = std::min(box_.terms.receive_maximum, box_.limits.maximum_inflight);
            model_.attach();
        } else {
            box_.out.detach();
            model_.attached = false;
        }
    }

    std::mt19937 random_;
    mailbox box_;
    model model_;
    trace dropped_;
    trace said_;
    std::map<std::uint64_t, mqtt::routed_message_ptr> pushed_;
    std::uint64_t last_id_ = 0;
    ticket committed_ = 0;
};

}  // namespace

TEST_CASE("random exchanges go as the model says", "[outbox]") {
    std::size_t paged_in = 0;
    for (unsigned seed = 1; seed <= 120; ++seed) {
        duel exchange(seed);
        if (seed % 60 == 0) {
            exchange.begin_late();
        }
        for (int step = 0; step < 1'000; ++step) {
            exchange.step();
            if (const auto difference = exchange.difference(); !difference.empty()) {
                FAIL("seed " << seed << " step " << step << ": " << difference);
            }
        }
        paged_in += exchange.paged_in;
    }
    CHECK(paged_in > 1'000);
}
