#include "access/quick_filter.hpp"
#include "small_topics.hpp"
#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using access::quick_filter;

TEST_CASE("a prepared filter matches what the plain comparison matches, for all of four levels") {
    const std::vector<std::string> names = access::test::all_names(5);
    std::size_t matched = 0;
    for (const std::string& filter : access::test::all_filters(4)) {
        const quick_filter quick{filter};
        CHECK(quick.text() == filter);
        for (const std::string& name : names) {
            const bool expected = topic::matches(filter, name);
            matched += expected ? 1 : 0;
            if (quick.matches(name) != expected) {
                FAIL(filter << " and " << name << " should be " << expected);
            }
        }
    }
    CHECK(matched > names.size());
}

TEST_CASE("a literal beginning ends where its level ends") {
    CHECK(quick_filter{"a/#"}.matches("a"));
    CHECK(quick_filter{"a/#"}.matches("a/"));
    CHECK_FALSE(quick_filter{"a/#"}.matches("ab"));
    CHECK_FALSE(quick_filter{"ab/#"}.matches("a"));
    CHECK(quick_filter{"/#"}.matches("/a"));
    CHECK_FALSE(quick_filter{"/#"}.matches("a/"));
    CHECK_FALSE(quick_filter{"ab/+"}.matches("a"));
}
