#include "config/values.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::contains;

namespace {

const config_file::key& row_of(std::string_view section, std::string_view name) {
    const config_file::key* const row = config_file::find_key(section, name);
    REQUIRE(row != nullptr);
    return *row;
}

std::string complaint_about(const std::string& text) {
    const config_file::loaded result = test::load(text);
    REQUIRE(result.problems.size() == 1);
    return result.problems[0].message;
}

}  // namespace

TEST_CASE("relative paths are taken from the folder of the file") {
    const config_file::loaded result =
        test::load("pid_file = \"../run/lmqttd.pid\"\n[[listeners]]\naddress = \"unix:mqtt.sock\"\n"
                   "[log]\ndestination = \"./lmqttd.log\"\n");
    CHECK(test::problems(result).empty());
    CHECK(result.value.pid_file == "/etc/run/lmqttd.pid");
    CHECK(result.value.listeners[0].address == "unix:/etc/lmqtt/mqtt.sock");
    CHECK(result.value.log.destination == "/etc/lmqtt/lmqttd.log");
}

TEST_CASE("absolute and empty paths stay as they are") {
    const config_file::loaded result =
        test::load("pid_file = \"\"\n[log]\ndestination = \"/var/log/lmqttd.log\"\n");
    CHECK(result.value.pid_file.empty());
    CHECK(result.value.log.destination == "/var/log/lmqttd.log");
}

TEST_CASE("a mistyped log destination does not become a file of that name") {
    const std::string message = complaint_about("[log]\ndestination = \"stder\"\n");
    CHECK(contains(message, "did you mean \"stderr\"?"));
}

TEST_CASE("a mistyped choice gets a suggestion") {
    const std::string message = complaint_about("[mqtt]\noverflow = \"drop_newst\"\n");
    CHECK(contains(message, "found \"drop_newst\"; did you mean \"drop_newest\"?"));
}

TEST_CASE("a size is bytes or a text with a unit") {
    CHECK(
        test::load("[mqtt]\nmax_packet_size = 65536\n").value.mqtt.max_packet_size ==
        limit<std::uint64_t>(65'536)
    );
    CHECK(
        test::load("[mqtt]\nmax_packet_size = \"64KiB\"\n").value.mqtt.max_packet_size ==
        limit<std::uint64_t>(65'536)
    );
    CHECK(contains(complaint_about("[mqtt]\nmax_packet_size = \"64KB\"\n"), "found \"64KB\""));
}

TEST_CASE("a duration in whole seconds refuses a fraction of one") {
    CHECK(contains(complaint_about("[mqtt]\nsession_expiry = \"1500ms\"\n"), "in whole seconds"));
    CHECK(
        test::load("[mqtt]\nsession_expiry = \"2000ms\"\n").value.mqtt.session_expiry ==
        limit<std::chrono::seconds>(std::chrono::seconds(2))
    );
}

TEST_CASE("protocol versions are a set of words") {
    const config_file::loaded result = test::load(
        "[[listeners]]\naddress = \"127.0.0.1:1883\"\nprotocol_versions = [\"5.0\", \"3.1.1\"]\n"
    );
    CHECK(result.problems.empty());
    const protocol_versions& spoken = result.value.listeners[0].protocol_versions;
    CHECK_FALSE(spoken.v3_1);
    CHECK(spoken.v3_1_1);
    CHECK(spoken.v5_0);
    CHECK(
        config_file::print_value(row_of("listeners", "protocol_versions"), std::int64_t{6}) ==
        "[\"3.1.1\", \"5.0\"]"
    );
}

TEST_CASE("permissions are octal") {
    const config_file::loaded result =
        test::load("[[listeners]]\naddress = \"unix:/run/a\"\nunix_mode = \"0600\"\n");
    CHECK(result.value.listeners[0].unix_mode == 0600);
    CHECK(
        config_file::print_value(row_of("listeners", "unix_mode"), std::int64_t{0600}) == "\"0600\""
    );
    CHECK(contains(
        complaint_about("[[listeners]]\naddress = \"unix:/run/a\"\nunix_mode = \"0680\"\n"),
        "permissions such as"
    ));
}

TEST_CASE("addresses that cannot be listened on are refused") {
    for (const char* address :
         {"",
          "1883",
          "127.0.0.1",
          "127.0.0.1:",
          "127.0.0.1:65536",
          "127.0.0.1:x",
          "::1:1883",
          "[::1]",
          "[::g]:1883",
          "http://a:1883",
          "a b:1883",
          "unix:",
          "127.0.0.1:-1"}) {
        const std::string text = "[[listeners]]\naddress = \"" + std::string(address) + "\"\n";
        CHECK(contains(complaint_about(text), "listeners.address: expected \"host:port\""));
    }
}

TEST_CASE("quotes and backslashes in a text are printed so that they can be read again") {
    const config_file::key& row = row_of("mqtt", "assigned_clientid_prefix");
    const std::string text = "a\"b\\c";
    const std::string printed = config_file::print_value(row, text);
    CHECK(test::load(test::file_with(row, printed)).value.mqtt.assigned_clientid_prefix == text);
}
