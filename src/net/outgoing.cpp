#include "net/outgoing.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace lmqtt::net {

namespace {

constexpr std::size_t segments_per_call = 64;
// Sent bytes are moved out of the way when they are this many and half of what is held, so that
// each byte is moved at most once on average.
constexpr std::size_t compact_from = 64 * 1024;

iovec as_iovec(std::string_view bytes) noexcept {
    return {const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg only reads
}

}  // namespace

void outgoing::append_shared(std::string_view data, std::shared_ptr<const void> owner) {
    if (!data.empty()) {
        shared_.push_back({bytes_.size(), data, std::move(owner)});
        shared_unsent_ += data.size();
    }
}

std::span<std::string_view>
outgoing::front(std::span<std::string_view> pieces, std::size_t most) const noexcept {
    std::size_t count = 0;
    const auto offer = [&](std::string_view bytes) {
        bytes = bytes.substr(0, most);
        if (!bytes.empty() && count < pieces.size()) {
            pieces[count++] = bytes;
            most -= bytes.size();
        }
    };
    const std::string_view bytes = bytes_;
    std::size_t from = bytes_sent_;
    std::size_t shared_from = next_shared_sent_;
    for (std::size_t i = next_shared_; i < shared_.size() && count < pieces.size(); ++i) {
        offer(bytes.substr(from, shared_[i].after - from));
        offer(shared_[i].data.substr(shared_from));
        from = shared_[i].after;
        shared_from = 0;
    }
    // Only if all shared segments fit: their place is before these bytes.
    offer(bytes.substr(from));
    return pieces.first(count);
}

outgoing::attempt outgoing::write_once(int descriptor) const noexcept {
    std::array<std::string_view, segments_per_call> pieces;
    std::array<iovec, segments_per_call> segments;
    attempt result;
    std::size_t count = 0;
    for (const std::string_view piece : front(pieces, std::string_view::npos)) {
        segments[count++] = as_iovec(piece);
        result.offered += piece.size();
    }

    msghdr message{};
    message.msg_iov = segments.data();
    message.msg_iovlen = count;
    ssize_t taken = 0;
    do {
        taken = count == 1 ? ::send(
                                 descriptor,
                                 segments[0].iov_base,
                                 segments[0].iov_len,
                                 MSG_NOSIGNAL | MSG_DONTWAIT
                             )
                           : ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (taken < 0 && errno == EINTR);
    if (taken < 0) {
        result.error = errno;
    } else {
        result.taken = static_cast<std::size_t>(taken);
    }
    return result;
}

outgoing::progress outgoing::send_to(int descriptor) {
    progress result;
    while (unsent() > 0) {
        const attempt tried = write_once(descriptor);
        if (tried.error != 0) {
            result.error = tried.error;
            return result;
        }
        advance(tried.taken);
        result.sent += tried.taken;
        if (tried.taken < tried.offered) {
            // The kernel is full: asking again would only cost a call that says so.
            result.error = EAGAIN;
            return result;
        }
    }
    return result;
}

void outgoing::advance(std::size_t sent) {
    while (sent > 0) {
        const bool shared_left = next_shared_ < shared_.size();
        const std::size_t bytes_until = shared_left ? shared_[next_shared_].after : bytes_.size();
        const std::size_t of_bytes = std::min(sent, bytes_until - bytes_sent_);
        bytes_sent_ += of_bytes;
        sent -= of_bytes;
        if (sent == 0) {
            break;
        }
        LMQTT_ASSERT(shared_left);
        shared_segment& segment = shared_[next_shared_];
        const std::size_t of_shared = std::min(sent, segment.data.size() - next_shared_sent_);
        next_shared_sent_ += of_shared;
        shared_unsent_ -= of_shared;
        sent -= of_shared;
        if (next_shared_sent_ == segment.data.size()) {
            segment.owner.reset();
            ++next_shared_;
            next_shared_sent_ = 0;
        }
    }
    if (unsent() == 0) {
        clear();
    } else {
        compact();
    }
}

void outgoing::compact() {
    if (next_shared_ > segments_per_call && next_shared_ > shared_.size() / 2) {
        shared_.erase(shared_.begin(), shared_.begin() + static_cast<std::ptrdiff_t>(next_shared_));
        next_shared_ = 0;
    }
    if (bytes_sent_ >= compact_from && bytes_sent_ >= bytes_.size() / 2) {
        bytes_.erase(0, bytes_sent_);
        for (std::size_t i = next_shared_; i < shared_.size(); ++i) {
            shared_[i].after -= bytes_sent_;
        }
        bytes_sent_ = 0;
    }
}

std::string outgoing::take_unsent() {
    std::string all;
    all.reserve(unsent());
    const std::string_view bytes = bytes_;
    std::size_t from = bytes_sent_;
    for (std::size_t i = next_shared_; i < shared_.size(); ++i) {
        all += bytes.substr(from, shared_[i].after - from);
        all += shared_[i].data.substr(i == next_shared_ ? next_shared_sent_ : 0);
        from = shared_[i].after;
    }
    all += bytes.substr(from);
    clear();
    return all;
}

void outgoing::clear() noexcept {
    bytes_.clear();
    bytes_sent_ = 0;
    shared_.clear();
    next_shared_ = 0;
    next_shared_sent_ = 0;
    shared_unsent_ = 0;
}

}  // namespace lmqtt::net
