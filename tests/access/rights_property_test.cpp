#include "access/filter_cover.hpp"
#include "access/name_space.hpp"
#include "rules.hpp"
#include "small_topics.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <random>
#include <string>

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

// Rules with names in their topics, many of the same one, and about some clients only.
class rules_about_some {
public:
    explicit rules_about_some(std::uint32_t seed)
        : random_{seed} {}

    std::vector<access_rule> some(std::size_t count) {
        std::vector<access_rule> rules;
        while (rules.size() < count) {
            access_rule rule;
            rule.allow = below(3) != 0;
            rule.actions.bits = static_cast<std::uint8_t>(1 + below(15));
            rule.topic = filters_[below(filters_.size())];
            if (rule.allow && (rule.actions.bits & 3) != 0) {
                rule.maximum_qos = static_cast<qos>(below(3));
            }
            admit_some(rule.users, {"a", "", "v"});
            admit_some(rule.roles, {"r", "s"});
            admit_some(rule.clients, {"a", "$SYS", "c"});
            admit_some(rule.listeners, {"l", "m"});
            rule.origin = std::to_string(rules.size());
            if (!rule.allow || name_space_of(rule.topic) == name_space::ordinary ||
                (name_space_of(rule.topic) == name_space::sys && (rule.actions.bits & 9) == 0)) {
                rules.push_back(rule);
            }
        }
        return rules;
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }

    void admit_some(std::vector<std::string>& list, const std::vector<std::string>& from) {
        for (const std::string& each : from) {
            if (below(12) == 0) {
                list.push_back(each);
            }
        }
    }

    std::mt19937 random_;
    std::vector<std::string> filters_ = [] {
        auto all = all_of({"", "a", "$SYS", "+", "%u", "%c", "a%c"}, 2);
        const std::size_t closed = all.size();
        for (std::size_t at = 0; at < closed; ++at) {
            all.push_back(all[at] + "/#");
        }
        all.emplace_back("#");
        return all;
    }();
};

// One rule after the other, the names put in, and of those that fit the first: of those that deny,
// or else of those that allow, the most generous.
class one_by_one {
public:
    one_by_one(const std::vector<access_rule>& rules, const principal& who) {
        for (const access_rule& rule : rules) {
            const bool lacks_user = placeholders_in(rule.topic).user && who.user_name.empty();
            if (!is_about(rule, who) || lacks_user) {
                continue;
            }
            mine each{
                &rule,
                substituted(rule.topic, {.user_name = who.user_name, .client_id = who.client_id})};
            if (!rule.allow || name_space_of(each.filter) == name_space_of(rule.topic)) {
                rules_.push_back(std::move(each));
            }
        }
    }

    template <class Fits>
    [[nodiscard]] const access_rule* first(access_action what, const Fits& fits) const {
        const access_rule* found = nullptr;
        for (const auto& [rule, filter] : rules_) {
            const bool has = rule->actions.has(what) ||
                             (!rule->allow && what == receive && rule->actions.has(subscribe));
            if (has && fits(filter) && (found == nullptr || counts_before(*rule, *found))) {
                found = rule;
            }
        }
        return found;
    }

private:
    struct mine {
        const access_rule* rule;
        std::string filter;
    };

    static bool counts_before(const access_rule& one, const access_rule& other) {
        return one.allow != other.allow ? other.allow
                                        : one.allow && one.maximum_qos > other.maximum_qos;
    }

    std::vector<mine> rules_;
};

bool decides(const decision& made, const access_rule* expected) {
    if (expected == nullptr) {
        return !made.allowed && made.rule == nullptr && made.why == grounds::no_rule;
    }
    return made.rule != nullptr && *made.rule == *expected && made.allowed == expected->allow &&
           (!made.allowed || made.maximum_qos == expected->maximum_qos);
}

// All three actions, for a client with these names.
void check_decisions(const rights& mine, const one_by_one& expected) {
    for (const std::string& name : all_of({"", "a", "$SYS", "aa", "z"}, 3)) {
        INFO(name);
        const auto fits = [&](const std::string& filter) { return topic::matches(filter, name); };
        REQUIRE(decides(mine.may_receive(name), expected.first(receive, fits)));
        REQUIRE(mine.receives(name) == mine.may_receive(name).allowed);
        if (name.starts_with('$')) {
            continue;
        }
        const access_rule* const publishing = expected.first(publish, fits);
        REQUIRE(decides(mine.may_publish({.topic = name}), publishing));
        const decision kept = mine.may_publish({.topic = name, .retain = true});
        const access_rule* const retaining = expected.first(retain, fits);
        const bool denied = publishing != nullptr && !publishing->allow;
        if (!denied && retaining != nullptr && !retaining->allow) {
            REQUIRE(decides(kept, retaining));
        } else if (!denied && publishing != nullptr && retaining == nullptr) {
            REQUIRE(kept.why == grounds::no_retain_rule);
            REQUIRE(*kept.rule == *publishing);
        } else {
            REQUIRE(decides(kept, publishing));
        }
    }
    for (const std::string& filter : all_of({"", "a", "$SYS", "+", "#"}, 2)) {
        if (!topic::parse_filter(filter, {})) {
            continue;
        }
        INFO(filter);
        const auto fits = [&](const std::string& each) { return covers(each, filter); };
        REQUIRE(decides(mine.may_subscribe(filter), expected.first(subscribe, fits)));
    }
}

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
        const std::string_view topic = what.topic;
        return !topic.starts_with('$') && !any(false, publish, topic) &&
               static_cast<int>(what.qos) <= highest_qos(topic) &&
               (!what.retain || (any(true, retain, topic) && !any(false, retain, topic)));
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

TEST_CASE("the deciding rule is the one that reading them one by one finds, whoever asks") {
    const auto seed = Catch::rngSeed() + GENERATE(range(1U, 9U));
    INFO("seed " << seed);
    const std::vector<access_rule> rules = rules_about_some{seed}.some(5 + seed % 60);
    const auto all = set(rules);
    const std::vector<std::string> roles{"r"};
    for (const char* user : {"", "a", "$SYS"}) {
        // The clients of a user share what they have in common.
        const auto common = std::make_shared<const rules_of_kind>(
            all, principal{.user_name = user, .roles = roles, .listener = "l"}
        );
        for (const char* client : {"a", "$SYS", "%c", "b"}) {
            INFO("user '" << user << "', client " << client);
            const principal who{
                .user_name = user, .roles = roles, .client_id = client, .listener = "l"};
            check_decisions(rights(common, who), one_by_one{rules, who});
        }
    }
}
