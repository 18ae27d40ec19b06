#include "net/flush_list.hpp"

#include "net/connection.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::net {

namespace {

// One that has grown further is freed: it was a burst, and others would keep its memory from the
// system for ever.
constexpr std::size_t largest_spare_buffer = 64 * 1024;
constexpr std::size_t spare_bytes_limit = 4 * 1024 * 1024;
constexpr std::size_t first_capacity = 512;

std::size_t capacity_of(const output_buffer& buffer) noexcept {
    return buffer.queue.capacity() + buffer.wire.capacity();
}

}  // namespace

void flush_list::add(connection& dirty) {
    dirty.place_ = static_cast<std::uint32_t>(dirty_.size());
    dirty_.push_back(&dirty);
}

void flush_list::remove(connection& gone) noexcept {
    if (gone.place_ != connection::not_listed) {
        dirty_[gone.place_] = nullptr;
        gone.place_ = connection::not_listed;
    }
}

bool flush_list::flush(base::steady_time now) {
    // Room for one answer of each to its drained notice, and then others get their turn: a producer
    // as fast as its consumer would keep us here.
    const std::size_t limit = 2 * dirty_.size();
    std::size_t next = 0;
    for (; next < dirty_.size() && next < limit; ++next) {
        if (connection* const dirty = dirty_[next]) {
            dirty->place_ = connection::not_listed;
            dirty->flush(now);
        }
    }
    const auto left = std::copy_if(
        dirty_.begin() + static_cast<std::ptrdiff_t>(next),
        dirty_.end(),
        dirty_.begin(),
        [](const connection* dirty) { return dirty != nullptr; }
    );
    dirty_.erase(left, dirty_.end());
    for (std::size_t place = 0; place < dirty_.size(); ++place) {
        dirty_[place]->place_ = static_cast<std::uint32_t>(place);
    }
    return !dirty_.empty();
}

std::unique_ptr<output_buffer> flush_list::take_buffer() {
    if (spare_.empty()) {
        auto fresh = std::make_unique<output_buffer>();
        fresh->queue.bytes().reserve(first_capacity);
        return fresh;
    }
    std::unique_ptr<output_buffer> buffer = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= capacity_of(*buffer);
    return buffer;
}

void flush_list::give_back(std::unique_ptr<output_buffer> buffer) noexcept {
    const std::size_t size = capacity_of(*buffer);
    if (size <= largest_spare_buffer && spare_bytes_ + size <= spare_bytes_limit) {
        buffer->queue.clear();
        buffer->wire.clear();
        spare_.push_back(std::move(buffer));
        spare_bytes_ += size;
    }
}

}  // namespace lmqtt::net
