#include "peer.hpp"

#include <set>

using namespace lmqtt;
using namespace lmqtt::client::test;

TEST_CASE("a client is found by its connection while it lasts", "[client table]") {
    exchange with;
    peer one(with);
    peer two(with);
    CHECK(one.there() != nullptr);
    CHECK(one.there() != two.there());
    CHECK(one.there()->id() == one.id());
    one.hang_up();
    CHECK(one.there() == nullptr);
    CHECK(two.there() != nullptr);
    CHECK(with.clients.find(0) == nullptr);
}

TEST_CASE("no connection has the identifier of another, whoever has its place", "[client table]") {
    exchange with;
    std::set<session::connection_id> seen;
    for (int number = 0; number < 100; ++number) {
        peer next(with);
        CHECK(next.id() != 0);
        CHECK(seen.insert(next.id()).second);
        next.hang_up();
    }
    peer last(with);
    for (const auto former : seen) {
        CHECK(with.clients.find(former) == nullptr);
    }
    CHECK(last.there() != nullptr);
}

TEST_CASE("every client is visited once", "[client table]") {
    exchange with;
    peer one(with);
    peer gone(with);
    peer two(with);
    gone.hang_up();
    std::set<session::connection_id> seen;
    with.clients.for_each([&](client::client& each) { CHECK(seen.insert(each.id()).second); });
    CHECK(seen == std::set{one.id(), two.id()});
}
