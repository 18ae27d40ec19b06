#include "topic/wildcard_trie.hpp"

#include "topic/levels.hpp"

#include <utility>

namespace lmqtt::topic {

wildcard_trie::wildcard_trie(std::uint64_t seed)
    : levels_{seed}
    , children_{seed}
    , root_{nodes_.emplace()} {}

subscriber_list& wildcard_trie::at(std::string_view filter) {
    std::uint32_t at = root_;
    level_reader levels{filter};
    for (std::string_view level; levels.next(level) && level != "#";) {
        at = child_to_be(at, level);
    }
    node& last = nodes_[at];
    std::uint32_t& list = filter.ends_with('#') ? last.and_below : last.exactly;
    if (list == none) {
        list = lists_.emplace();
    }
    return lists_[list];
}

subscriber_list* wildcard_trie::find(std::string_view filter) {
    path steps;
    const std::uint32_t* const list = walk(filter, steps);
    return list == nullptr || *list == none ? nullptr : &lists_[*list];
}

void wildcard_trie::trim(std::string_view filter) {
    path steps;
    std::uint32_t* const list = walk(filter, steps);
    if (list == nullptr || *list == none || !lists_[*list].empty()) {
        return;
    }
    lists_.erase(*list);
    *list = none;
    drop_empty_nodes(steps);
}

// All nodes the topic leads to, one level after the other. Their number is bounded by the nodes
// there are, and memory accesses of one level do not wait for each other.
void wildcard_trie::match(std::string_view topic, matched_lists& found) const {
    frontier even;
    frontier odd;
    frontier* now = &even;
    frontier* next = &odd;
    now->push_back(root_);
    bool wild = !topic.starts_with('$');  // [MQTT-4.7.2-1]
    level_reader levels{topic};
    for (std::string_view level; !now->empty() && levels.next(level);) {
        for (const std::uint32_t at : *now) {
            if (wild) {
                report(nodes_[at].and_below, found);
            }
        }
        next->clear();
        match_level(level, wild, *now, *next);
        std::swap(now, next);
        wild = true;
    }
    for (const std::uint32_t at : *now) {
        report(nodes_[at].exactly, found);
        report(nodes_[at].and_below, found);  // "a/#" is also for "a"
    }
}

void wildcard_trie::match_level(
    std::string_view level, bool wild, const frontier& from, frontier& to
) const {
    std::uint32_t number = none;
    bool looked_up = false;
    for (const std::uint32_t at : from) {
        const node& here = nodes_[at];
        if (wild && here.plus != none) {
            to.push_back(here.plus);
        }
        if (here.literals == 0) {
            continue;
        }
        if (!looked_up) {
            number = levels_.find(level);
            looked_up = true;
        }
        const std::uint32_t child = number == none ? none : children_.find(at, number);
        if (child != none) {
            to.push_back(child);
        }
    }
}

void wildcard_trie::report(std::uint32_t list, matched_lists& found) const {
    if (list != none) {
        const subscriber_list& matched = lists_[list];
        __builtin_prefetch(&matched);
        found.push_back(&matched);
    }
}

// The link to the filter's list, or null when its nodes do not exist; steps become the way there.
std::uint32_t* wildcard_trie::walk(std::string_view filter, path& steps) {
    steps.push_back({root_, none});
    level_reader levels{filter};
    for (std::string_view level; levels.next(level) && level != "#";) {
        const std::uint32_t at = steps.back().node;
        const bool plus = level == "+";
        const std::uint32_t number = plus ? none : levels_.find(level);
        std::uint32_t child = nodes_[at].plus;
        if (!plus) {
            child = number == none ? none : children_.find(at, number);
        }
        if (child == none) {
            return nullptr;
        }
        steps.push_back({child, number});
    }
    node& last = nodes_[steps.back().node];
    return filter.ends_with('#') ? &last.and_below : &last.exactly;
}

std::uint32_t wildcard_trie::child_to_be(std::uint32_t parent, std::string_view level) {
    if (level == "+") {
        if (nodes_[parent].plus == none) {
            nodes_[parent].plus = nodes_.emplace();
        }
        return nodes_[parent].plus;
    }
    std::uint32_t number = levels_.find(level);
    std::uint32_t child = number == none ? none : children_.find(parent, number);
    if (child == none) {
        number = levels_.acquire(level);
        child = nodes_.emplace();
        children_.insert(parent, number, child);
        ++nodes_[parent].literals;
    }
    return child;
}

void wildcard_trie::drop_empty_nodes(path& steps) {
    while (steps.size() > 1) {
        const auto [name, level] = steps.back();
        const node& last = nodes_[name];
        if (last.plus != none || last.literals != 0 || last.exactly != none ||
            last.and_below != none) {
            return;
        }
        nodes_.erase(name);
        steps.pop_back();
        node& parent = nodes_[steps.back().node];
        if (level == none) {
            parent.plus = none;
        } else {
            children_.erase(steps.back().node, level);
            levels_.release(level);
            --parent.literals;
        }
    }
}

}  // namespace lmqtt::topic
