#include "app/failure.hpp"
#include "app/pid_file.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <optional>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lmqtt;
using app::exit_code;
using app::pid_file;

namespace {

exit_code refusal(const std::filesystem::path& path) {
    try {
        const pid_file file(path.string());
    } catch (const app::failure& stopped) {
        return stopped.code();
    }
    return exit_code::ok;
}

/// A process that does nothing under the name of our binary.
class namesake {
public:
    explicit namesake(const char* name) {
        std::array<int, 2> ready{};
        REQUIRE(pipe(ready.data()) == 0);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            prctl(PR_SET_NAME, name);
            const bool told = write(ready[1], "x", 1) == 1;
            while (told) {
                pause();
            }
            _exit(1);
        }
        char byte = 0;
        REQUIRE(read(ready[0], &byte, 1) == 1);
        close(ready[0]);
        close(ready[1]);
    }

    namesake(const namesake&) = delete;
    namesake& operator=(const namesake&) = delete;

    ~namesake() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    std::string pid() const { return std::to_string(pid_); }

private:
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the pid file holds our number while we run, and is gone afterwards") {
    const test::scratch folder;
    {
        const pid_file file(folder.path("a.pid").string());
        CHECK(folder.read("a.pid") == std::to_string(getpid()) + "\n");
    }
    CHECK_FALSE(std::filesystem::exists(folder.path("a.pid")));
}

TEST_CASE("no path is no pid file") {
    CHECK(refusal("") == exit_code::ok);
}

TEST_CASE("a pid file that is held is refused, and stays what it was") {
    const test::scratch folder;
    const pid_file file(folder.path("a.pid").string());
    CHECK(refusal(folder.path("a.pid")) == exit_code::already_running);
    CHECK(folder.read("a.pid") == std::to_string(getpid()) + "\n");
}

TEST_CASE("a pid file that names a live lmqttd is refused even if nobody holds it") {
    const test::scratch folder;
    const namesake running("lmqttd");
    folder.write("a.pid", running.pid() + "\n");
    CHECK(refusal(folder.path("a.pid")) == exit_code::already_running);
    CHECK(folder.read("a.pid") == running.pid() + "\n");
}

TEST_CASE("a stale pid file is overwritten") {
    const test::scratch folder;
    const namesake stranger("somebody-else");
    for (const std::string& stale :
         {stranger.pid() + "\n",
          std::string("999999999\n"),
          std::string(),
          std::string("text"),
          std::string("-1\n"),
          std::to_string(getpid()) + "\n"}) {
        folder.write("a.pid", stale);
        const pid_file file(folder.path("a.pid").string());
        CHECK(folder.read("a.pid") == std::to_string(getpid()) + "\n");
    }
}

TEST_CASE("a pid file that cannot be made is refused") {
    const test::scratch folder;
    CHECK(refusal(folder.path("missing/a.pid")) == exit_code::cannot_create);
    CHECK(refusal(folder.path("")) == exit_code::cannot_create);
    std::filesystem::create_symlink(folder.path("elsewhere"), folder.path("link"));
    CHECK(refusal(folder.path("link")) == exit_code::cannot_create);
    CHECK_FALSE(std::filesystem::exists(folder.path("elsewhere")));
}
