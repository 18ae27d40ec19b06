// What clients of one shard were not allowed to do: counted by cause, told to the store about once
// a second. Bounded, whatever they try. Single-threaded, time is handed in.
#pragma once

#include "broker/journal.hpp"
#include "broker/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lmqtt::broker {

enum class denied_action : std::uint8_t { connect, publish, subscribe, receive, retain };

// As the log and the store write it.
std::string_view text_of(denied_action what);

// Client, action and topic are its cause.
struct denial {
    std::string_view client_id;
    std::string_view username;
    denied_action action;
    std::string_view topic;   // or topic filter; empty for connect
    std::string_view reason;  // the rule, or why
};

class denials {
public:
    static constexpr std::size_t most_causes = 1024;
    static constexpr std::size_t most_bytes = std::size_t{1024} * 1024;  // of their texts

    // True: the first of its cause, or the first again, since causes are forgotten when there are
    // too many. What there is no room for is in the numbers alone.
    bool count(const denial& what, metrics& numbers, std::int64_t now_ms);

    // What has come since a second or more, if it is that long ago that any was told. As long as
    // the store has no room, it waits.
    void tell(journal& changes, std::int64_t now_ms);
    // At the end.
    void tell_all(journal& changes);

    std::size_t causes() const { return known_.size(); }

private:
    void read_key(const denial& what);
    bool is_full() const;

    std::unordered_map<std::string, change::denials_counted> known_;  // `count`: not told yet
    std::string key_;                                                 // scratch
    std::size_t bytes_ = 0;
    std::int64_t told_at_ms_ = 0;
    bool anything_new_ = false;
};

}  // namespace lmqtt::broker
