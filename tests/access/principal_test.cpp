#include "access/principal.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::access;

namespace {

const std::vector<std::string> roles{"sensor", "night"};

const principal somebody{
    .user_name = "ann", .roles = roles, .client_id = "meter-1", .listener = "lan"};

}  // namespace

TEST_CASE("a rule without lists is about everybody") {
    CHECK(is_about(access_rule{}, somebody));
    CHECK(is_about(access_rule{}, principal{}));
}

TEST_CASE("each list has to admit the client, one of its roles is enough") {
    CHECK(is_about({.users = {"bob", "ann"}}, somebody));
    CHECK_FALSE(is_about({.users = {"bob"}}, somebody));
    CHECK(is_about({.roles = {"night", "admin"}}, somebody));
    CHECK_FALSE(is_about({.roles = {"admin"}}, somebody));
    CHECK(is_about({.clients = {"meter-1"}}, somebody));
    CHECK_FALSE(is_about({.clients = {"meter-2"}}, somebody));
    CHECK(is_about({.listeners = {"lan"}}, somebody));
    CHECK_FALSE(is_about({.listeners = {"wan"}}, somebody));
    CHECK_FALSE(is_about({.users = {"ann"}, .listeners = {"wan"}}, somebody));
}

TEST_CASE("an empty name in users is a client without a user name") {
    CHECK(is_about({.users = {""}}, principal{.client_id = "x"}));
    CHECK_FALSE(is_about({.users = {""}}, somebody));
    CHECK_FALSE(is_about({.users = {"ann"}}, principal{.client_id = "x"}));
    CHECK(is_about({.users = {"", "ann"}}, somebody));
}

TEST_CASE("names are names, not patterns (C01)") {
    CHECK_FALSE(is_about({.users = {".*"}}, somebody));
    CHECK_FALSE(is_about({.users = {"a+"}}, somebody));
    CHECK_FALSE(is_about({.clients = {"meter-#"}}, somebody));
    CHECK_FALSE(is_about({.users = {"Ann"}}, somebody));
    CHECK_FALSE(is_about({.users = {"ann"}}, principal{.user_name = ".*"}));
}

TEST_CASE("a rule for some clients is about some client of their user") {
    CHECK(is_about_some_client_of({.clients = {"other"}}, somebody));
    CHECK_FALSE(is_about_some_client_of({.users = {"bob"}, .clients = {"meter-1"}}, somebody));
}
