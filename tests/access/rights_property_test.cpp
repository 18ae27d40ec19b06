#include "rules.hpp"
#include "small_topics.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <random>

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;

namespace {

class random_rules {
public:
    explicit random_rules(std::uint32_t seed)
        : random_{seed} {}

    std::size_t below(std::size_t end) { return random_() % end; }

    std::vector<access_rule> some() {
        std::vector<access_rule> rules;
        while (rules.size() < 6) {
            access_rule rule;
            rule.allow = below(3) != 0;
            rule.actions.bits = static_cast<std::uint8_t>(1 + below(15));
            rule.topic = filters_[below(filters_.size())];
            if (rule.allow && (rule.actions.bits & 3) != 0) {
                rule.maximum_qos = static_cast<qos>(below(3));
            }
            const bool closed = rule.allow && rule.topic.starts_with('$');
            if (!closed) {
                rules.push_back(rule);
            }
        }
        return rules;
    }

private:
    std::mt19937 random_;
    std::vector<std::string> filters_ = all_filters(2);
};

// The rules as a person reads them, one after the other.
class reader {
public:
    explicit reader(const std::vector<access_rule>& rules)
        : rules_{rules} {}

    [[nodiscard]] bool any(bool allow, access_action what, std::string_view topic) const {
        return std::ranges::any_of(rules_, [&](const access_rule& rule) {
            return rule.allow == allow && rule.actions.has(what) &&
                   topic::matches(rule.topic, topic);
        });
    }

    [[nodiscard]] int highest_qos(std::string_view topic) const {
        int highest = -1;
        for (const access_rule& rule : rules_) {
            if (rule.allow && rule.actions.has(publish) && topic::matches(rule.topic, topic)) {
                highest = std::max(highest, static_cast<int>(rule.maximum_qos));
            }
        }
        return highest;
    }

    [[nodiscard]] bool may_publish(const publication& what) const {
        const auto& [topic, level, keep] = what;
        return !topic.starts_with('$') && !any(false, publish, topic) &&
               static_cast<int>(level) <= highest_qos(topic) &&
               (!keep || (any(true, retain, topic) && !any(false, retain, topic)));
    }

    [[nodiscard]] bool may_receive(std::string_view topic) const {
        return !topic.starts_with('$') && any(true, receive, topic) &&
               !any(false, receive, topic) && !any(false, subscribe, topic);
    }

private:
    const std::vector<access_rule>& rules_;
};

void check_topics(const rights& mine, const reader& expected) {
    for (const std::string& name : all_names(3)) {
        INFO(name);
        for (int level = 0; level < 3; ++level) {
            for (const bool keep : {false, true}) {
                const publication what{name, static_cast<qos>(level), keep};
                REQUIRE(mine.may_publish(what).allowed == expected.may_publish(what));
            }
        }
        REQUIRE(mine.may_receive(name).allowed == expected.may_receive(name));
        REQUIRE(mine.receives(name) == expected.may_receive(name));
    }
}

// A granted filter asks for no topic that no rule allows to ask for; one that is denied by a rule
// has no topic outside that rule.
void check_filters(const rights& mine, const reader& expected) {
    for (const std::string& filter : all_filters(2)) {
        const decision made = mine.may_subscribe(filter);
        for (const std::string& name : all_names(3)) {
            if (!topic::matches(filter, name)) {
                continue;
            }
            INFO(filter << " and " << name);
            if (made.allowed) {
                REQUIRE(expected.any(true, subscribe, name));
                REQUIRE(topic::matches(made.rule->topic, name));
            } else if (made.why == grounds::denying_rule) {
                REQUIRE(expected.any(false, subscribe, name));
            }
        }
    }
}

}  // namespace

TEST_CASE("every decision is what reading all the rules says, for random rules") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 41U));
    INFO("seed " << seed);
    const std::vector<access_rule> rules = random_rules{seed}.some();
    const rights mine = rights_by(rules);
    const reader expected{rules};
    check_topics(mine, expected);
    check_filters(mine, expected);
}

TEST_CASE("a decision points to a rule that makes it") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 21U));
    INFO("seed " << seed);
    const rights mine = rights_by(random_rules{seed}.some());
    for (const std::string& name : all_names(3)) {
        const decision made = mine.may_receive(name);
        const bool by_rule =
            made.why == grounds::allowing_rule || made.why == grounds::denying_rule;
        REQUIRE((made.rule != nullptr) == by_rule);
        if (by_rule) {
            REQUIRE(made.rule->allow == made.allowed);
            REQUIRE(topic::matches(made.rule->topic, name));
        }
    }
}
