#include "server/shard.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace lmqtt::serving {

shard::shard(unsigned index, const base::clock& clock)
    : index_(index)
    , clock_(clock)
    , read_memory_(std::make_unique<char[]>(read_buffer_size))
    , read_buffer_(read_memory_.get(), read_buffer_size)
    , context_(1)
    , work_(context_.get_executor())
    , timer_(context_.get_executor()) {}

shard::~shard() = default;

base::instant shard::now() {
    if (now_is_old_) {
        now_ = clock_.now();
        now_is_old_ = false;
    }
    return now_;
}

void shard::run() {
    while (!stopping_.load()) {
        turn(true);
    }
}

bool shard::turn(bool may_sleep) {
    now_is_old_ = true;
    std::size_t handlers = 0;
    if (may_sleep && !more_to_do_) {
        handlers = context_.run_one();
    }
    const auto goes_on = [&] {
        return handlers < handlers_per_turn && !(duties_.has_enough && duties_.has_enough());
    };
    while (goes_on() && context_.poll_one() > 0) {
        ++handlers;
    }
    more_to_do_ = end_of_turn();
    return handlers > 0 || more_to_do_;
}

bool shard::end_of_turn() {
    // First, so that whoever leaves something from here on wakes us for the next turn.
    wake_pending_.exchange(false);
    const base::instant at = now();
    const bool more = duties_.end_of_turn && duties_.end_of_turn(at);
    const bool unsent = dirty_connections_.flush(at.steady);
    return more || unsent || (duties_.has_more && duties_.has_more());
}

void shard::keep_ticking() {
    if (std::exchange(ticking_, true)) {
        return;
    }
    timer_.expires_after(tick_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            ticked();
        }
    });
}

void shard::ticked() {
    ticking_ = false;
    if (duties_.tick && duties_.tick(now())) {
        keep_ticking();
    }
}

void shard::wake() {
    if (!wake_pending_.exchange(true)) {
        boost::asio::post(context_, [] {});
    }
}

void shard::post(std::function<void()> function) {
    boost::asio::post(context_, std::move(function));
}

void shard::stop() {
    stopping_.store(true);
    wake();
}

}  // namespace lmqtt::serving
