#include "broker/author.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt::broker;

namespace {

using roles = std::vector<std::string>;

}  // namespace

TEST_CASE("an author keeps its names", "[author]") {
    author_names names;
    const auto ann = names.of("ann", "lan", roles{"meter", "writer"});
    CHECK(ann->user_name() == "ann");
    CHECK(ann->listener() == "lan");
    CHECK(ann->roles() == roles{"meter", "writer"});
    const auto nobody = names.of("", "127.0.0.1:1883", {});
    CHECK(nobody->user_name().empty());
    CHECK(nobody->listener() == "127.0.0.1:1883");
    CHECK_FALSE(nobody->roles().has_value());
    // A token that gives no roles is not the same as none.
    CHECK(names.of("ann", "lan", roles{})->roles() == roles{});
}

TEST_CASE("the same names are kept once", "[author]") {
    author_names names;
    const auto ann = names.of("ann", "lan", roles{"a"});
    CHECK(ann == names.of("ann", "lan", roles{"a"}));
    CHECK(ann != names.of("ann", "lan", {}));
    CHECK(names.of("ann", "lan", roles{}) != names.of("ann", "lan", {}));
    CHECK(ann != names.of("ann", "wan", roles{"a"}));
    CHECK(ann != names.of("bob", "lan", roles{"a"}));
    CHECK(ann != names.of("ann", "lan", roles{"a", "b"}));
}

TEST_CASE("who is not needed any more is forgotten, the others are not", "[author]") {
    author_names names;
    const auto ann = names.of("ann", "lan", {});
    for (int at = 0; at < 1000; ++at) {
        CHECK(names.of("u" + std::to_string(at), "lan", {})->listener() == "lan");
    }
    CHECK(ann == names.of("ann", "lan", {}));
}
