// An outbox whose messages are partly in the store alone.
#include "session/outbox.hpp"

#include <algorithm>
#include <unordered_map>

namespace lmqtt::session {

bool outbox::page_out(position at) {
    const slot found = first_from(at, assured_.end());
    if (found < sent_end_ || found == assured_.end()) {
        return false;
    }
    entry& each = assured_[found];
    // What a shared group has is handed from member to member, and must be at hand for that.
    if (each.at != at || each.state != phase::queued || !each.message || each.shared_by != 0) {
        return false;
    }
    each.message = {};
    return true;
}

bool outbox::waits_for_page() const {
    return attached_ && next_ != assured_.end() && assured_[next_].paged_out();
}

std::vector<std::uint64_t> outbox::next_paged_out(std::size_t messages, std::uint64_t bytes) const {
    std::vector<std::uint64_t> ids;
    std::uint64_t together = 0;
    for (slot at = next_; at != assured_.end() && ids.size() < messages; ++at) {
        const entry& each = assured_[at];
        if (!each.paged_out()) {
            continue;
        }
        together += each.bytes;
        if (!ids.empty() && together > bytes) {
            break;
        }
        ids.push_back(each.message_id);
    }
    return ids;
}

std::vector<outbox::returned> outbox::page_in(
    std::span<const std::uint64_t> asked_for,
    std::span<const mqtt::routed_message_ptr> found,
    drop_list& drops
) {
    std::unordered_map<std::uint64_t, mqtt::routed_message_ptr> by_id;
    for (const std::uint64_t id : asked_for) {
        by_id[id];
    }
    for (const auto& each : found) {
        by_id[each->id()] = each;
    }
    std::vector<position> missing;
    std::vector<returned> back;
    std::size_t seen = 0;
    for (slot at = next_; at != assured_.end() && seen < asked_for.size(); ++at) {
        entry& each = assured_[at];
        if (!each.paged_out()) {
            continue;
        }
        ++seen;
        const auto known = by_id.find(each.message_id);
        if (known == by_id.end()) {
            continue;
        }
        each.message = known->second;
        if (each.message) {
            back.push_back({each.at, each.message});
        } else {
            missing.push_back(each.at);
        }
    }
    for (const position at : missing) {
        drop(assured_, first_from(at, assured_.end()), drop_reason::unreadable, drops);
    }
    return back;
}

}  // namespace lmqtt::session
