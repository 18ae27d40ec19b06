// What one connection still has to send: bytes, and between them large segments that are shared
// with other connections and not copied. Knows sendmsg and nothing of Asio. It exists only while
// there is something to send; a shard keeps the empty ones in its flush_list. One thread at a time.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::net {

class outgoing {
public:
    /// Append to it, and do nothing else with it.
    [[nodiscard]] std::string& bytes() noexcept { return bytes_; }

    /// Everything appended to bytes() before this call is sent before it, everything after, after.
    void append_shared(std::string_view data, std::shared_ptr<const void> owner);

    [[nodiscard]] std::size_t unsent() const noexcept {
        return bytes_.size() - bytes_sent_ + shared_unsent_;
    }

    struct progress {
        std::size_t sent = 0;
        int error = 0;  // errno; EAGAIN: the kernel takes no more for now; 0: nothing is left
    };

    /// The next bytes to send, at most `most` of them in at most as many pieces as fit; then say
    /// how many were used with advance().
    [[nodiscard]] std::span<std::string_view>
    front(std::span<std::string_view> pieces, std::size_t most) const noexcept;

    /// So many of the front are sent.
    void advance(std::size_t sent);

    /// As few system calls as possible: one, unless there are more segments than one call takes.
    [[nodiscard]] progress send_to(int descriptor);

    /// All that is unsent, copied into one string.
    [[nodiscard]] std::string take_unsent();

    /// Forgets everything, keeps the memory.
    void clear() noexcept;

    [[nodiscard]] std::size_t capacity() const noexcept { return bytes_.capacity(); }

private:
    struct attempt {
        std::size_t offered = 0;
        std::size_t taken = 0;
        int error = 0;
    };

    struct shared_segment {
        std::size_t after;  // comes after this many bytes of bytes_
        std::string_view data;
        std::shared_ptr<const void> owner;
    };

    [[nodiscard]] attempt write_once(int descriptor) const noexcept;
    void compact();

    std::string bytes_;
    std::size_t bytes_sent_ = 0;
    std::vector<shared_segment> shared_;
    std::size_t next_shared_ = 0;       // the first that is not wholly sent
    std::size_t next_shared_sent_ = 0;  // how much of it is
    std::size_t shared_unsent_ = 0;
};

}  // namespace lmqtt::net
