#include "access/filter_cover.hpp"
#include "small_topics.hpp"
#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

#include <bitset>

using namespace lmqtt;
using access::covers;

namespace {

struct row {
    const char* wide;
    const char* narrow;
    bool covered;
};

// Which of the names each filter matches.
using name_set = std::bitset<2048>;

std::vector<name_set>
matched(const std::vector<std::string>& filters, const std::vector<std::string>& names) {
    std::vector<name_set> table;
    for (const std::string& filter : filters) {
        name_set found;
        for (std::size_t at = 0; at < names.size(); ++at) {
            found.set(at, topic::matches(filter, names[at]));
        }
        table.push_back(found);
    }
    return table;
}

}  // namespace

TEST_CASE("a filter covers another if it matches everything the other matches") {
    for (const auto& [wide, narrow, covered] :
         std::vector<row>{{"a", "a", true},       {"a/b", "a/b", true},    {"a", "b", false},
                          {"a/+", "a/b", true},   {"a/b", "a/+", false},   {"a/+", "a/#", false},
                          {"a/#", "a/+", true},   {"a/#", "a", true},      {"a/#", "a/#", true},
                          {"a/#", "a/+/#", true}, {"a/+/#", "a/#", false}, {"a/+/#", "a/b/#", true},
                          {"#", "a/#", true},     {"#", "#", true},        {"+/#", "#", true},
                          {"+", "#", false},      {"/+/#", "/#", true},    {"+/+/#", "/#", true},
                          {"+/+", "a/b", true},   {"+/+", "a/b/c", false}, {"a", "a/", false},
                          {"a/", "a", false},     {"a/#", "ab", false}}) {
        INFO(wide << " over " << narrow);
        CHECK(covers(wide, narrow) == covered);
    }
}

TEST_CASE("a leading wildcard covers no filter that begins with a dollar [MQTT-4.7.2-1]") {
    CHECK_FALSE(covers("#", "$SYS/#"));
    CHECK_FALSE(covers("+/#", "$SYS/#"));
    CHECK_FALSE(covers("+", "$SYS"));
    CHECK(covers("$SYS/#", "$SYS/broker/+"));
    CHECK(covers("$SYS/#", "$SYS"));
    CHECK(covers("a/+", "a/$x"));
}

TEST_CASE("covering agrees with trying all topics, for all filters of up to four levels") {
    const std::vector<std::string> filters = access::test::all_filters(4);
    const std::vector<std::string> names = access::test::all_names(5);
    const auto table = matched(filters, names);
    std::size_t covered = 0;
    for (std::size_t wide = 0; wide < filters.size(); ++wide) {
        for (std::size_t narrow = 0; narrow < filters.size(); ++narrow) {
            const bool all = (table[narrow] & ~table[wide]).none();
            covered += all ? 1 : 0;
            if (covers(filters[wide], filters[narrow]) != all) {
                FAIL(filters[wide] << " over " << filters[narrow] << " should be " << all);
            }
        }
    }
    CHECK(covered > filters.size());
}

TEST_CASE("filters as deep as possible are compared without recursion [MQTT-4.7.3-3]") {
    std::string wide = "+";
    std::string narrow = "a";
    while (wide.size() + 2 <= 65'535) {
        wide += "/+";
        narrow += "/a";
    }
    CHECK(covers(wide, narrow));
    CHECK_FALSE(covers(narrow, wide));
}
