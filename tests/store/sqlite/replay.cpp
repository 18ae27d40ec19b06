#include "replay.hpp"

#include <algorithm>

namespace lmqtt::test {

replay::replay(std::uint64_t seed, std::size_t batches)
    : random_(seed)
    , told_(seed) {
    texts_.push_back(told_.state().text());
    while (batches_.size() < batches || !open_.empty()) {
        if (!open_.empty() && (batches_.size() >= batches || random_() % 3 == 0)) {
            add_second_part();
        } else if (random_() % 8 == 0) {
            add_first_part();
        } else {
            add(any_shard(), told_.turn());
        }
    }
}

void replay::add(unsigned shard, std::vector<store_change> changes) {
    batches_.push_back({shard, std::move(changes), batches_.size() + 1});
    texts_.push_back(told_.state().text());
}

void replay::add_first_part() {
    auto whole = told_.link();
    if (!whole) {
        return;
    }
    const bool publisher_comes_second = random_() % 2 == 0;
    const unsigned shard = any_shard();
    auto& part = publisher_comes_second ? whole->receivers_part : whole->publishers_part;
    add(shard, std::move(part));
    open_.push_back({std::move(*whole), publisher_comes_second, shard, batches_.size() - 1});
}

void replay::add_second_part() {
    open_group group = std::move(open_.front());
    open_.pop_front();
    told_.join(group.whole);
    auto& part =
        group.publisher_comes_second ? group.whole.publishers_part : group.whole.receivers_part;
    add((group.first_shard + 1) % shards, std::move(part));
    batches_[group.first].complete = batches_.size();
}

persistence::fault_point replay::faults(listener also) {
    return [this, also = std::move(also)](std::string_view moment) {
        if (also) {
            also(moment);
        }
        if (moment == "after_release") {
            go_on();
        }
    };
}

// How many batches one transaction holds must not depend on how fast two threads are.
void replay::begin(store& into) {
    into_ = &into;
    submit(1);
}

void replay::go_on() {
    if (notices_ == batches_.size()) {
        all_announced_.set_value();
        return;
    }
    submit(1 + random_() % 3);
}

void replay::submit(std::size_t count) {
    const std::size_t end = std::min(submitted_ + count, batches_.size());
    while (submitted_ < end) {
        batch& next = batches_[submitted_];
        ++submitted_;
        into_->submit(
            next.shard,
            {.number = ++tickets_.at(next.shard), .changes = std::move(next.changes)},
            [this, complete = next.complete](ticket) {
                announced_ = std::max<std::size_t>(announced_, complete);
                ++notices_;
            }
        );
    }
}

std::optional<std::size_t> replay::batches_in(const std::string& state, std::size_t most) const {
    for (std::size_t count = most + 1; count > 0; --count) {
        if (texts_[count - 1] == state) {
            return count - 1;
        }
    }
    return {};
}

}  // namespace lmqtt::test
