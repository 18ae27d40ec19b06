#include "access/filter_cover.hpp"
#include "access/rule_tree.hpp"
#include "rules.hpp"
#include "small_topics.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;

namespace {

constexpr substitutes names{.user_name = "a", .client_id = "$x"};

rule_tree tree_of(const std::vector<access_rule>& rules) {
    std::vector<ranked_rule> ranked;
    for (const access_rule& each : rules) {
        ranked.push_back({static_cast<std::uint32_t>(ranked.size()), &each});
    }
    return rule_tree(ranked);
}

bool finds(const rule_tree& tree, std::string_view topic, const substitutes& who = names) {
    return tree.first(topic, receive, who) != rule_tree::none;
}

// All filters of two levels, in the order of a permutation that begins anywhere, with names in
// some: each says what the plain comparison is to be made with.
struct crowd {
    std::vector<access_rule> rules;
    std::vector<std::string> filters;

    explicit crowd(std::size_t first) {
        const std::vector<std::string> all = all_of({"", "a", "$x", "+", "%u", "b%c"}, 2);
        for (std::size_t at = 0; at < all.size(); ++at) {
            const std::string& written = all[(first + at * 11) % all.size()];
            const bool open = (first + at) % 3 == 0;
            rules.push_back(deny({receive}, open ? written + "/#" : written));
            filters.push_back(substituted(rules.back().topic, names));
        }
    }

    template <class Fits>
    [[nodiscard]] std::uint32_t first(const Fits& fits) const {
        const auto found = std::ranges::find_if(filters, fits);
        return found == filters.end() ? rule_tree::none
                                      : static_cast<std::uint32_t>(found - filters.begin());
    }
};

}  // namespace

TEST_CASE("alone, every filter of four levels matches what the plain comparison matches") {
    const std::vector<std::string> some_names = all_names(5);
    std::size_t matched = 0;
    for (const std::string& filter : all_filters(4)) {
        const rule_tree tree = tree_of({allow({receive}, filter)});
        for (const std::string& name : some_names) {
            const bool expected = topic::matches(filter, name);
            matched += expected ? 1 : 0;
            if (finds(tree, name) != expected) {
                FAIL(filter << " and " << name << " should be " << expected);
            }
        }
    }
    CHECK(matched > some_names.size());
}

TEST_CASE("alone, every filter covers what the plain comparison covers") {
    const std::vector<std::string> filters = all_filters(3);
    for (const std::string& wide : filters) {
        const rule_tree tree = tree_of({allow({receive}, wide)});
        for (const std::string& narrow : filters) {
            if (finds(tree, with_a_level_below(narrow)) != covers(wide, narrow)) {
                FAIL(wide << " and " << narrow);
            }
        }
    }
}

TEST_CASE("among many rules the first that fits is found, as if they were read one by one") {
    const std::size_t begin = GENERATE(range(std::size_t{0}, std::size_t{42}, std::size_t{5}));
    const crowd all{begin};
    const rule_tree tree = tree_of(all.rules);
    for (const std::string& name : all_of({"", "a", "$x", "b$x", "z"}, 3)) {
        INFO(name);
        const auto matches = [&](const std::string& each) { return topic::matches(each, name); };
        REQUIRE(tree.first(name, receive, names) == all.first(matches));
    }
    for (const std::string& narrow : all_filters(2)) {
        INFO(narrow);
        const auto fits = [&](const std::string& each) { return covers(each, narrow); };
        REQUIRE(tree.first(with_a_level_below(narrow), receive, names) == all.first(fits));
    }
}

TEST_CASE("each action has its own first rule") {
    const rule_tree tree =
        tree_of({deny({publish}, "a/b"), deny({subscribe}, "a/+"), allow({receive, publish}, "a/#")}
        );
    CHECK(tree.first("a/b", publish, names) == 0);
    CHECK(tree.first("a/b", subscribe, names) == 1);
    CHECK(tree.first("a/b", receive, names) == 1);
    CHECK(tree.first("a/b/c", receive, names) == 2);
    CHECK(tree.first("a/b", retain, names) == rule_tree::none);
    CHECK(rule_tree().first("a", publish, names) == rule_tree::none);
}

TEST_CASE("a name is part of its level, and nothing else is") {
    const rule_tree tree = tree_of({allow({receive}, "d/x%cy/z")});
    const substitutes odd{.user_name = {}, .client_id = "%c"};
    CHECK(finds(tree, "d/x%cy/z", odd));
    CHECK_FALSE(finds(tree, "d/xy/z", odd));
    CHECK_FALSE(finds(tree, "d/x%cyy/z", odd));
    CHECK_FALSE(finds(tree, "d/xx%cy/z", odd));
    CHECK_FALSE(finds(tree, "d/x%cy", odd));
    CHECK_FALSE(finds(tree, "d/x+y/z", odd));
    CHECK_FALSE(finds(tree, "d/+/z", odd));
    // What begins and ends alike may not be counted twice.
    const rule_tree twins = tree_of({allow({receive}, "aa%caa")});
    CHECK(finds(twins, "aaaaa", {.user_name = {}, .client_id = "a"}));
    CHECK_FALSE(finds(twins, "aaa", {.user_name = {}, .client_id = "a"}));
    CHECK_FALSE(finds(twins, "aaaa", {.user_name = {}, .client_id = "a"}));
}

TEST_CASE("an empty name fits nowhere") {
    const rule_tree tree = tree_of({deny({receive}, "a%u"), deny({receive}, "%u/#")});
    CHECK_FALSE(finds(tree, "a", {.user_name = {}, .client_id = "c"}));
    CHECK_FALSE(finds(tree, "/x", {.user_name = {}, .client_id = "c"}));
    CHECK(finds(tree, "ac", {.user_name = "c", .client_id = {}}));
}

TEST_CASE("a percent sign written twice is one, and no name") {
    const rule_tree tree = tree_of({allow({receive}, "%%u/100%%"), allow({receive}, "%%%c%%")});
    CHECK(finds(tree, "%u/100%"));
    CHECK(finds(tree, "%$x%"));
    CHECK_FALSE(finds(tree, "%%u/100%%"));
    CHECK_FALSE(finds(tree, "a/100%"));
}

TEST_CASE("a name that begins a topic opens no $SYS, but closes it (C10)") {
    const substitutes sys{.user_name = "S", .client_id = "$SYS"};
    CHECK_FALSE(finds(tree_of({allow({receive}, "%c/#")}), "$SYS/x", sys));
    CHECK(finds(tree_of({deny({receive}, "%c/#")}), "$SYS/x", sys));
    CHECK(finds(tree_of({deny({receive}, "$%uYS/#")}), "$SYS/x", sys));
    CHECK(finds(tree_of({allow({receive}, "$SYS/%u")}), "$SYS/S", sys));
    // The rule behind it counts then.
    const rule_tree both = tree_of({allow({receive}, "%c/x"), allow({receive}, "$SYS/x")});
    CHECK(both.first("$SYS/x", receive, sys) == 1);
}

TEST_CASE("what a tree lets and keeps from being received is known without a topic") {
    CHECK(tree_of({allow({receive}, "a"), allow({receive}, "#")}).lets_receive_all());
    CHECK(tree_of({allow({receive}, "+/#")}).lets_receive_all());
    CHECK_FALSE(tree_of({allow({subscribe}, "#"), deny({receive}, "#")}).lets_receive_all());
    CHECK_FALSE(tree_of({allow({receive}, "%c/#")}).lets_receive_all());
    CHECK_FALSE(tree_of({deny({publish}, "#")}).denies_receiving(true));
    CHECK(tree_of({deny({subscribe}, "%c")}).denies_receiving(false));
    CHECK(tree_of({deny({receive}, "%c/%u")}).denies_receiving(true));
    CHECK_FALSE(tree_of({deny({receive}, "%c/%u")}).denies_receiving(false));
}

TEST_CASE("many levels, and many places at once, are no difficulty") {
    std::string deep = "a";
    std::vector<access_rule> rules;
    for (int level = 0; level < 12; ++level) {
        deep += "/a";
    }
    // Each of the rules has another pattern of '+' and "a": all fit, at more than 32 places.
    for (unsigned pattern = 0; pattern < 128; ++pattern) {
        std::string filter;
        for (unsigned bit = 0; bit < 7; ++bit) {
            filter += (pattern >> bit & 1U) != 0 ? "+/" : "a/";
        }
        rules.push_back(allow({receive}, filter + (pattern == 100 ? "#" : "z")));
    }
    CHECK(tree_of(rules).first(deep, receive, names) == 100);
    const std::string slashes(65'535, '/');
    CHECK(finds(tree_of({allow({receive}, "/#")}), slashes));
    CHECK(finds(tree_of({allow({receive}, slashes)}), slashes));
    CHECK_FALSE(finds(tree_of({allow({receive}, slashes)}), slashes.substr(1)));
}
