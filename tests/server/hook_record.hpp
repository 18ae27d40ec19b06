// Writes down which hooks are called, in which order and with what; a test waits for a line.
#pragma once

#include <lmqtt/hooks.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt::test {

class hook_record {
public:
    using lines = std::vector<std::string>;

    // Hooks are called on the shards' threads.
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
        more_.notify_all();
    }

    // The first `count` lines, once there are so many; fewer if they never come.
    lines take(std::size_t count) {
        std::unique_lock lock(mutex_);
        more_.wait_for(lock, std::chrono::seconds(20), [&] { return lines_.size() >= count; });
        const auto end =
            lines_.begin() + static_cast<std::ptrdiff_t>(std::min(count, lines_.size()));
        lines taken(lines_.begin(), end);
        lines_.erase(lines_.begin(), end);
        return taken;
    }

    lines take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(lines_, {});
    }

    // Every hook writes its name and lets everything happen.
    void listen_to(hooks& all) {
        all.on_accept = [this](auto, auto) { return wrote("on_accept", true); };
        all.on_basic_auth = [this](auto&) { return wrote("on_basic_auth", decision{}); };
        all.on_enhanced_auth = [this](auto&) { return wrote("on_enhanced_auth", decision{}); };
        all.on_auth = [this](auto&) { return wrote("on_auth", decision{}); };
        all.on_re_auth = [this](auto&) { return wrote("on_re_auth", decision{}); };
        all.on_connected = [this](auto&) { add("on_connected"); };
        all.on_session_created = [this](auto&) { add("on_session_created"); };
        all.on_session_resumed = [this](auto&) { add("on_session_resumed"); };
        all.on_session_terminated = [this](auto, auto) { add("on_session_terminated"); };
        all.on_subscribe = [this](auto&) { return wrote("on_subscribe", decision{}); };
        all.on_subscribed = [this](auto&, auto&) { add("on_subscribed"); };
        all.on_unsubscribe = [this](auto&) { return wrote("on_unsubscribe", decision{}); };
        all.on_unsubscribed = [this](auto&, auto) { add("on_unsubscribed"); };
        all.on_msg_arrived = [this](auto&) { return wrote("on_msg_arrived", decision{}); };
        all.on_publish = [this](auto&, auto, auto) { return wrote("on_publish", true); };
        all.on_delivered = [this](auto&, auto, auto) { add("on_delivered"); };
        all.on_msg_dropped = [this](auto, auto, auto) { add("on_msg_dropped"); };
        all.on_will_publish = [this](auto, auto&) { return wrote("on_will_publish", true); };
        all.on_will_published = [this](auto, auto&) { add("on_will_published"); };
        all.on_closed = [this](auto&) { add("on_closed"); };
        all.on_stop = [this] { add("on_stop"); };
    }

private:
    template <class Answer>
    Answer wrote(const char* line, Answer answer) {
        add(line);
        return answer;
    }

    std::mutex mutex_;
    std::condition_variable more_;
    lines lines_;
};

}  // namespace lmqtt::test
