#include "broker/requests.hpp"
#include "broker/stored_form.hpp"

#include <lmqtt/properties.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using namespace lmqtt::broker;

namespace {

stored_message every_field() {
    stored_message stored;
    stored.id = 17;
    stored.topic = "a/topic";
    stored.payload = std::string("pay\0load", 8);
    stored.properties = properties().set(prop::content_type, std::string_view("text")).wire();
    stored.publisher = "device";
    stored.quality = qos::exactly_once;
    stored.retain = true;
    stored.expiry_given = true;
    stored.published_at_ms = 1000;
    stored.expires_at_ms = 2000;
    return stored;
}

}  // namespace

TEST_CASE("a message comes back from its stored form as it was", "[stored form]") {
    const stored_message given = every_field();
    const auto routed = routed_form_of(given);
    CHECK(routed->topic() == given.topic);
    CHECK(routed->payload() == given.payload);
    CHECK(routed->properties() == given.properties);
    CHECK(routed->publisher() == given.publisher);
    CHECK(routed->id() == given.id);
    CHECK(routed->origin() == 0);  // a handle means nothing to another process
    CHECK(stored_form_of(*routed) == given);
    CHECK(stored_form_of(*routed_form_of({})) == stored_message{});
}

TEST_CASE("a shared delivery is stored by the filter it was chosen through", "[stored form]") {
    session::session to;
    to.subscribe({"a/b", {}, 0});
    to.subscribe({"$share/g/a/+", {}, 0});
    to.subscribe({"$share/h/a/+", {}, 0});
    const std::uint32_t tag = group_tag("h", "a/+");
    CHECK(tag != 0);
    CHECK(share_filter_of(to, tag) == "$share/h/a/+");
    CHECK(share_tag_of("$share/h/a/+") == tag);
    CHECK(share_tag_of("$share/g/a/+") != tag);
}

TEST_CASE("what came through no group has neither filter nor tag", "[stored form]") {
    session::session to;
    to.subscribe({"$share/g/a", {}, 0});
    CHECK(share_filter_of(to, 0).empty());
    CHECK(share_filter_of(to, group_tag("other", "a")).empty());
    CHECK(share_tag_of("") == 0);
    CHECK(share_tag_of("$share/+/a") == 0);
}
