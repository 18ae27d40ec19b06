// lmqttd from its start to its end.
#include "app/user.hpp"
#include "program.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using app::account;
using test::contains;
using test::program;

namespace {

const std::string free_port = "[[listeners]]\naddress = \"127.0.0.1:0\"\n";

/// A port of this machine that somebody listens on.
class taken_port {
public:
    taken_port()
        : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const general = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(socket_, general, length) == 0);
        REQUIRE(listen(socket_, 1) == 0);
        REQUIRE(getsockname(socket_, general, &length) == 0);
        port_ = ntohs(address.sin_port);
    }

    taken_port(const taken_port&) = delete;
    taken_port& operator=(const taken_port&) = delete;

    ~taken_port() { close(socket_); }

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    int socket_;
    int port_ = 0;
};

}  // namespace

TEST_CASE("SIGTERM and SIGINT end lmqttd with exit code 0") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", free_port).string();
    for (const int number : {SIGTERM, SIGINT}) {
        program lmqttd({"start", "-c", file});
        REQUIRE(lmqttd.says("configuration read"));
        CHECK(contains(lmqttd.errors(), "listening"));
        lmqttd.signal(number);
        CHECK(lmqttd.wait() == 0);
        CHECK(contains(lmqttd.errors(), "stopped"));
    }
}

TEST_CASE("the pid file is there while lmqttd runs, refuses a second one, and goes with it") {
    const test::scratch folder;
    const std::string file =
        folder.write("a.toml", "pid_file = \"lmqttd.pid\"\n" + free_port).string();
    program first({"start", "-c", file});
    REQUIRE(first.says("configuration read"));
    const std::string pid = folder.read("lmqttd.pid");
    CHECK_FALSE(pid.empty());
    program second({"start", "-c", file});
    CHECK(second.wait() == 75);
    CHECK(contains(second.errors(), "already running as process " + pid.substr(0, pid.size() - 1)));
    CHECK(folder.read("lmqttd.pid") == pid);
    first.signal(SIGTERM);
    CHECK(first.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(folder.path("lmqttd.pid")));
}

TEST_CASE("an address in use is one clear line and exit code 69, and leaves nothing behind") {
    const test::scratch folder;
    const taken_port taken;
    const std::string file = folder
                                 .write(
                                     "a.toml",
                                     "pid_file = \"lmqttd.pid\"\n" + free_port +
                                         "[[listeners]]\naddress = \"" + taken.address() + "\"\n"
                                 )
                                 .string();
    program lmqttd({"start", "-c", file});
    REQUIRE_FALSE(lmqttd.says("configuration read"));
    CHECK(lmqttd.wait() == 69);
    CHECK(contains(lmqttd.errors(), "lmqttd: "));
    CHECK(contains(lmqttd.errors(), taken.address()));
    CHECK(contains(lmqttd.errors(), "in use"));
    CHECK_FALSE(std::filesystem::exists(folder.path("lmqttd.pid")));
}

TEST_CASE("a log that cannot be written is one clear line and exit code 73") {
    const test::scratch folder;
    const std::string text = "[log]\ndestination = \"a.toml/lmqttd.log\"\n" + free_port;
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE_FALSE(lmqttd.says("configuration read"));
    CHECK(lmqttd.wait() == 73);
    CHECK(contains(lmqttd.errors(), "a.toml/lmqttd.log"));
}

TEST_CASE("a file with an error starts nothing") {
    const test::scratch folder;
    const std::string text = "pid_file = \"lmqttd.pid\"\nunknown = 1\n" + free_port;
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE_FALSE(lmqttd.says("configuration read"));
    CHECK(lmqttd.wait() == 78);
    CHECK_FALSE(std::filesystem::exists(folder.path("lmqttd.pid")));
}

TEST_CASE("an exposed listener without permission starts nothing") {
    const test::scratch folder;
    const std::string text = "[[listeners]]\naddress = \"0.0.0.0:0\"\n";
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE_FALSE(lmqttd.says("configuration read"));
    CHECK(lmqttd.wait() == 78);
    CHECK(contains(lmqttd.errors(), "allow_anonymous = true"));
}

TEST_CASE("started as root, lmqttd becomes the user of its file") {
    if (geteuid() != 0) {
        return;
    }
    const test::scratch folder;
    const std::string text = "user = \"nobody\"\n[persistence]\ntype = \"memory\"\n" + free_port;
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE(lmqttd.says("configuration read"));
    CHECK_FALSE(contains(lmqttd.errors(), "running as root"));
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
}

TEST_CASE("what only root may bind is bound first, and the database is its user's") {
    if (geteuid() != 0) {
        return;
    }
    const account nobody = app::find_user("nobody").value();
    const test::scratch folder;
    REQUIRE(chmod(folder.path(".").c_str(), 0711) == 0);
    std::filesystem::create_directory(folder.path("of-root"));
    REQUIRE(chmod(folder.path("of-root").c_str(), 0700) == 0);
    std::filesystem::create_directory(folder.path("state"));
    REQUIRE(chown(folder.path("state").c_str(), nobody.user, nobody.group) == 0);
    const std::string text = "user = \"nobody\"\n[persistence]\npath = \"state/state.db\"\n"
                             "[[listeners]]\naddress = \"unix:" +
                             folder.path("of-root/mqtt.sock").string() + "\"\n";
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE(lmqttd.says("configuration read"));
    std::size_t files = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder.path("state"))) {
        struct stat about {};

        REQUIRE(stat(each.path().c_str(), &about) == 0);
        INFO(each.path());
        CHECK(about.st_uid == nobody.user);
        CHECK(about.st_gid == nobody.group);
        ++files;
    }
    CHECK(files >= 4);  // the database, its log and index, its lock
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
}

TEST_CASE("a folder that is not the user's is one clear line and exit code 74") {
    if (geteuid() != 0) {
        return;
    }
    const test::scratch folder;
    REQUIRE(chmod(folder.path(".").c_str(), 0755) == 0);
    const std::string text = "user = \"nobody\"\n" + free_port;
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    REQUIRE_FALSE(lmqttd.says("configuration read"));
    CHECK(lmqttd.wait() == 74);
    CHECK(
        lmqttd.errors() == "lmqttd: persistence.path " + folder.path("lmqtt.db").string() +
                               ": cannot be opened: Permission denied\n"
    );
}
