#include "topic/subscriber_list.hpp"

#include "topic/shared_groups.hpp"

#include <memory>

namespace lmqtt::topic {

struct subscriber_list::crowd {
    subscriber_array subscribers;
    std::vector<shared_group*> groups;
};

subscriber_list::~subscriber_list() {
    if (count_ == crowded) {
        delete many_;
    }
}

bool subscriber_list::add(const subscriber& added) {
    if (count_ == 0 || (count_ == 1 && one_.session == added.session)) {
        const bool is_new = count_ == 0;
        one_ = added;
        count_ = 1;
        return is_new;
    }
    gather();
    const std::uint32_t position = many_->subscribers.find(added.session);
    if (position != subscriber_array::nowhere) {
        many_->subscribers[position] = added;
        return false;
    }
    many_->subscribers.push_back(added);
    return true;
}

bool subscriber_list::remove(std::uint64_t session) {
    if (count_ != crowded) {
        const bool here = count_ == 1 && one_.session == session;
        count_ -= here ? 1 : 0;
        return here;
    }
    const std::uint32_t position = many_->subscribers.find(session);
    if (position == subscriber_array::nowhere) {
        return false;
    }
    many_->subscribers.erase(position);
    disperse();
    return true;
}

const subscriber* subscriber_list::find(std::uint64_t session) const {
    if (count_ != crowded) {
        return count_ == 1 && one_.session == session ? &one_ : nullptr;
    }
    const std::uint32_t position = many_->subscribers.find(session);
    return position == subscriber_array::nowhere ? nullptr : &many_->subscribers[position];
}

std::uint32_t subscriber_list::add_group(shared_group* group) {
    gather();
    many_->groups.push_back(group);
    return static_cast<std::uint32_t>(many_->groups.size() - 1);
}

shared_group* subscriber_list::remove_group(std::uint32_t place) {
    auto& groups = many_->groups;
    shared_group* const last = groups.back();
    groups.pop_back();
    const bool moved = place < groups.size();
    if (moved) {
        groups[place] = last;
    }
    if (groups.size() * 4 <= groups.capacity()) {
        groups.shrink_to_fit();
    }
    disperse();
    return moved ? last : nullptr;
}

std::span<const subscriber> subscriber_list::crowd_subscribers() const {
    return many_->subscribers.all();
}

std::span<shared_group* const> subscriber_list::crowd_groups() const {
    return many_->groups;
}

void subscriber_list::gather() {
    if (count_ == crowded) {
        return;
    }
    auto many = std::make_unique<crowd>();
    if (count_ == 1) {
        many->subscribers.push_back(one_);
    }
    many_ = many.release();
    count_ = crowded;
}

void subscriber_list::disperse() {
    if (!many_->groups.empty() || many_->subscribers.size() > 1) {
        return;
    }
    const std::unique_ptr<crowd> many{many_};
    count_ = many->subscribers.size();
    if (count_ == 1) {
        one_ = many->subscribers[0];
    }
}

}  // namespace lmqtt::topic
