// Random topic names and filters that meet often, and what a naive broker would make of them. A
// failing test prints its seed; `topic_test --rng-seed N "name"` runs it again.
#pragma once

#include "topic/subscription_index.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace lmqtt::topic::test {

class random_topics {
public:
    explicit random_topics(std::uint64_t seed)
        : random_{seed} {}

    std::size_t below(std::size_t end) { return random_() % end; }

    bool one_in(std::size_t times) { return below(times) == 0; }

    std::string name() {
        std::string text = literal(true);
        for (std::size_t levels = below(5); levels != 0; --levels) {
            text += '/' + literal(false);
        }
        return text.empty() ? "/" : text;
    }

    std::string filter() {
        std::string text;
        const std::size_t last = below(5);
        for (std::size_t level = 0; level <= last; ++level) {
            text += level == 0 ? "" : "/";
            if (level == last && one_in(4)) {
                return text + '#';
            }
            text += one_in(3) ? "+" : literal(level == 0);
        }
        return text.empty() ? "/" : text;
    }

    std::string share_name() { return std::string(1, static_cast<char>('g' + below(3))); }

private:
    // Few enough to meet, with an empty one, one longer than a word and, in front, one with a '$'.
    std::string literal(bool first) {
        static const std::vector<std::string> texts{
            "", "a", "b", "longer-than-8", "12345678", "$x"};
        return texts[below(first ? texts.size() : texts.size() - 1)];
    }

    std::mt19937_64 random_;
};

/// Collects what an index reports, in an order that can be compared.
struct collected {
    std::vector<std::uint64_t> sessions;
    std::vector<std::string> groups;

    void subscription(const subscriber& each) { sessions.push_back(each.session); }

    void group(const shared_group& each) {
        groups.push_back(std::string{each.share_name()} + '|' + std::string{each.filter()});
    }

    bool operator==(const collected&) const = default;

    collected& sorted() {
        std::sort(sessions.begin(), sessions.end());
        std::sort(groups.begin(), groups.end());
        return *this;
    }
};

inline collected match(const subscription_index& index, std::string_view topic) {
    collected result;
    index.match(topic, result);
    return result.sorted();
}

inline subscriber member(std::uint64_t session) {
    return {.session = session, .options = {}, .subscription_identifier = 0};
}

}  // namespace lmqtt::topic::test
