#include "broker/metrics.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string_view>

using namespace lmqtt::broker;

TEST_CASE("a metric counts up and down, and can be set", "[metric]") {
    metric_registry all;
    metric counted(all, metric_kind::gauge, "name", "Help.");
    counted.add();
    counted.add(5);
    counted.subtract(2);
    CHECK(counted.value() == 4);
    counted.set(-1);
    CHECK(counted.value() == -1);
}

TEST_CASE("metrics are listed in the order in which they are made", "[metric]") {
    metric_registry all;
    const metric first(all, metric_kind::counter, "a", "A.");
    const metric second(all, metric_kind::gauge, "b", "B.");
    REQUIRE(all.rows().size() == 2);
    CHECK(all.rows()[0].name == "a");
    CHECK(all.rows()[0].where == &first);
    CHECK(all.rows()[1].help == "B.");
    CHECK(all.rows()[1].kind == metric_kind::gauge);
    CHECK(all.rows()[1].where == &second);
}

TEST_CASE("every number has a name of its own; counters say that they are totals", "[metric]") {
    const metrics all;
    std::set<std::string_view> names;
    for (const metric_row& row : all.rows()) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        CHECK(row.name.starts_with("lmqtt_"));
        CHECK(row.name.ends_with("_total") == (row.kind == metric_kind::counter));
        CHECK(row.help.ends_with('.'));
    }
}
