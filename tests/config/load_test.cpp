#include "config/load.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace lmqtt;
using test::contains;

namespace {

/// A folder of its own for the test, gone afterwards.
class scratch_folder {
public:
    scratch_folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "lmqtt-config-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    ~scratch_folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("an empty file is the defaults") {
    const config_file::loaded result = test::load("");
    CHECK(result.problems.empty());
    CHECK(result.value == config{});
    CHECK(result.value.listeners.size() == 2);
    CHECK(result.value.listeners[0].address == "127.0.0.1:1883");
}

TEST_CASE("keys of every section arrive in the config") {
    const config_file::loaded result = test::load(R"(
workers = "auto"
user = "lmqtt"
[[listeners]]
address = "127.0.0.1:1884"
name = "one"
max_keepalive = "unlimited"
[[listeners]]
address = "[::1]:1885"
max_packet_size = "1KiB"
[mqtt]
session_expiry = "unlimited"
delivery_mode = "overlap"
[limits]
memory = "unlimited"
handshake_timeout = "1500ms"
[persistence]
type = "memory"
[log]
level = "debug"
[sys]
interval = "off"
)");
    CHECK(test::problems(result).empty());
    const config& value = result.value;
    CHECK_FALSE(value.workers);
    CHECK(value.user == "lmqtt");
    REQUIRE(value.listeners.size() == 2);
    CHECK(listener_name(value.listeners[0]) == "one");
    CHECK(listener_name(value.listeners[1]) == "[::1]:1885");
    CHECK(effective(value, value.listeners[0]).max_keepalive.is_unlimited());
    CHECK(effective(value, value.listeners[1]).max_keepalive == value.mqtt.max_keepalive);
    CHECK(effective(value, value.listeners[1]).max_packet_size == limit<std::uint64_t>(1024));
    CHECK(value.mqtt.session_expiry.is_unlimited());
    CHECK(value.mqtt.delivery_mode == delivery_mode::overlap);
    CHECK(value.limits.memory == limit<std::uint64_t>(unlimited));
    CHECK(value.limits.handshake_timeout == std::chrono::milliseconds(1500));
    CHECK(value.log.level == log_level::debug);
    CHECK_FALSE(value.sys.interval);
}

TEST_CASE("\"auto\" workers are one on a small machine, and half the cores up to four on a larger"
) {
    config automatic;
    automatic.workers = std::nullopt;
    CHECK(worker_count(automatic, 0) == 1);
    CHECK(worker_count(automatic, 1) == 1);
    CHECK(worker_count(automatic, 2) == 1);
    CHECK(worker_count(automatic, 3) == 1);
    CHECK(worker_count(automatic, 4) == 2);
    CHECK(worker_count(automatic, 8) == 4);
    CHECK(worker_count(automatic, 64) == 4);
    CHECK(worker_count(config{.workers = 7}, 1) == 7);
}

TEST_CASE("all errors are told at once, in the order of the text") {
    const std::string lines = test::problems(test::load(
        "wrkers = 2\nuser = 7\n[mqtt]\nmaximum_qos = 3\nsession_expiry = \"2 h\"\nwhatever = 1\n"
        "[[listeners]]\naddress = \":1883\"\n[limts]\nx = 1\n"
    ));
    const std::vector<std::string> expected = {
        "f:1:1: unknown key \"wrkers\"; did you mean \"workers\"?\n",
        "f:2:8: user: expected a text",
        "f:4:15: mqtt.maximum_qos: expected an integer from 0 to 2; found 3\n",
        "f:5:18: mqtt.session_expiry: expected a duration",
        "f:6:1: unknown key \"mqtt.whatever\"\n",
        "f:8:11: the listener :1883 can be reached",
        "f:9:2: unknown key \"limts\"; did you mean \"limits\"?\n"};
    std::size_t from = 0;
    for (const std::string& line : expected) {
        INFO(line << "is not in its place in\n" << lines);
        from = lines.find(line, from);
        REQUIRE(from != std::string::npos);
    }
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 7);
}

TEST_CASE("a known key in a wrong section is told where it belongs") {
    CHECK(contains(
        test::problems(test::load("max_inflight = 3\n")),
        "f:1:1: unknown key \"max_inflight\"; it belongs in [mqtt]"
    ));
    CHECK(contains(
        test::problems(test::load("[log]\npid_file = \"x\"\n")),
        "it belongs before the first [section]"
    ));
}

TEST_CASE("keys that this version does not have are refused, never ignored") {
    for (const char* text :
         {"[api]\naddress = \"off\"\n", "plugin_order = []\n", "[prometheus]\npath = \"/\"\n"}) {
        INFO(text);
        CHECK(contains(test::problems(test::load(text)), "unknown key"));
    }
    CHECK(contains(
        test::problems(test::load("[persistence]\ntype = \"cloud\"\n")),
        "persistence.type: expected \"sqlite\" or \"memory\"; found \"cloud\""
    ));
}

TEST_CASE("sections and listeners of a wrong shape are refused") {
    CHECK(contains(
        test::problems(test::load("mqtt = 3\n")),
        "f:1:1: expected a section [mqtt]; found an integer"
    ));
    CHECK(contains(test::problems(test::load("[[mqtt]]\n")), "found a list"));
    CHECK(contains(
        test::problems(test::load("[listeners]\naddress = \":1\"\n")), "write [[listeners]]"
    ));
    CHECK(contains(test::problems(test::load("listeners = []\n")), "at least one listener"));
    CHECK(
        contains(test::problems(test::load("listeners = [1]\n")), "write [[listeners]] before each")
    );
}

TEST_CASE("a key written twice is an error with its place") {
    const std::string lines =
        test::problems(test::load("[mqtt]\nmaximum_qos = 1\nmaximum_qos = 2\n"));
    CHECK(contains(lines, "f:3:"));
    CHECK(contains(lines, "maximum_qos"));
}

TEST_CASE("text that is not TOML or not UTF-8 is an error with its place") {
    CHECK(contains(test::problems(test::load("workers = 1\nworkers : 2\n")), "f:2:"));
    CHECK_FALSE(test::load("user = \"\xff\xfe\"\n").problems.empty());
    CHECK_FALSE(test::load(std::string_view("user = \"a\0b\"\n", 13)).problems.empty());
}

TEST_CASE("an unknown key cannot put control characters into the message") {
    const std::string lines = test::problems(test::load("\"a\\u001b[31m\" = 1\n"));
    CHECK(contains(lines, "unknown key \"a?[31m\""));
}

TEST_CASE("a file is read with its own folder for relative paths") {
    const scratch_folder folder;
    const std::filesystem::path file = folder.write("a.toml", "pid_file = \"run/a.pid\"\n");
    const config_file::loaded result = config_file::load_file(file);
    CHECK(result.problems.empty());
    CHECK(result.value.pid_file == (folder.path() / "run/a.pid").string());
}

TEST_CASE("a file that is missing, a folder or far too large is unreadable, and says why") {
    const scratch_folder folder;
    const config_file::loaded missing = config_file::load_file(folder.path() / "none.toml");
    CHECK(missing.unreadable);
    CHECK(contains(test::problems(missing), "No such file"));
    const config_file::loaded directory = config_file::load_file(folder.path());
    CHECK(directory.unreadable);
    CHECK(contains(test::problems(directory), "directory"));
    const std::filesystem::path large = folder.write("large", std::string(1024 * 1024 + 1, '#'));
    CHECK(config_file::load_file(large).unreadable);
}
