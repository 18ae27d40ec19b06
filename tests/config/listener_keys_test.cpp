// The keys of [[listeners]], and of the parts that a listener has or has not.
#include "described_struct.hpp"
#include "written.hpp"

using namespace lmqtt;
using test::contains;

TEST_CASE("every field of a listener has a key of its name, those of its parts with a dot") {
    test::check_fields({"config", "listener_config", "listeners"});
    test::check_fields({"transport_options", "tls_options", "listeners", "tls"});
    test::check_fields({"transport_options", "websocket_options", "listeners", "websocket"});
}

TEST_CASE("a part of a listener may be a table, an inline table or dotted keys, or empty") {
    const std::string listener = "[[listeners]]\naddress = \"127.0.0.1:1\"\n";
    for (const char* part :
         {"[listeners.websocket]\npath = \"/mqtt\"\n",
          "websocket = { path = \"/mqtt\" }\n",
          "websocket.path = \"/mqtt\"\n"}) {
        const config_file::loaded result = test::load(listener + part);
        INFO(part << test::problems(result));
        REQUIRE(result.problems.empty());
        REQUIRE(result.value.listeners.front().websocket);
        CHECK(result.value.listeners.front().websocket->path == "/mqtt");
        CHECK_FALSE(result.value.listeners.front().tls);
    }
    const config_file::loaded empty = test::load(listener + "websocket = {}\n");
    CHECK(empty.problems.empty());
    CHECK(empty.value.listeners.front().websocket == websocket_options{});
}

TEST_CASE("an unknown key of a part of a listener is refused with the name that is near") {
    const std::string listener = "[[listeners]]\naddress = \"127.0.0.1:1\"\n";
    CHECK(contains(
        test::problems(test::load(listener + "[listeners.tls]\ncert_fil = \"a\"\n")),
        "f:4:1: unknown key \"listeners.tls.cert_fil\"; did you mean \"tls.cert_file\"?"
    ));
    CHECK(contains(test::problems(test::load(listener + "tls = 3\n")), "unknown key"));
}
