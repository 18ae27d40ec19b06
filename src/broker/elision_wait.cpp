#include "broker/elision_wait.hpp"

#include <algorithm>

namespace lmqtt::broker {

namespace {

using std::chrono::microseconds;

constexpr microseconds longest_wait = std::chrono::milliseconds(3);
constexpr microseconds longest_sample = std::chrono::milliseconds(20);
constexpr int smoothing = 8;

}  // namespace

void elision_wait::sent(const change::delivery_saved& what) {
    if (!sample_) {
        sample_ = {what.session_id, what.position, {}};
    }
}

void elision_wait::acknowledged(const change::delivery_removed& what) {
    if (sample_ && sample_->session_id == what.session_id && sample_->position == what.position) {
        sample_->acknowledged = true;
    }
}

void elision_wait::end_turn(base::steady_time now) {
    if (!sample_) {
        return;
    }
    const base::steady_time since = sample_->since.value_or(now);
    sample_->since = since;
    const auto taken = std::chrono::duration_cast<microseconds>(now - since);
    if (!sample_->acknowledged && taken < longest_sample) {
        return;
    }
    const microseconds seen = std::min(taken, longest_sample);
    smoothed_ = smoothed_ ? *smoothed_ + (seen - *smoothed_) / smoothing : seen;
    sample_.reset();
}

microseconds elision_wait::now() const {
    const microseconds wait = smoothed_.value_or(longest_wait) * 2;
    return wait <= longest_wait ? wait : microseconds::zero();
}

}  // namespace lmqtt::broker
