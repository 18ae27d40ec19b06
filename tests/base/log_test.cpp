#include "base/log.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using lmqtt::log_format;
using lmqtt::log_level;
using lmqtt::log_options;
using lmqtt::base::log_output;
using lmqtt::base::logger;

namespace {

// A folder that goes when the test is over.
class scratch_folder {
public:
    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "lmqtt-log-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        path_ = name;
    }

    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    ~scratch_folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

log_options to(const std::string& file, log_level level = log_level::info) {
    log_options options;
    options.level = level;
    options.destination = file;
    return options;
}

constexpr const char* stamp = "2026-02-03T04:00:00.000Z ";

}  // namespace

TEST_CASE("an event becomes one line at its destination, at once") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log")), clock);
    logger log(output, "client");
    log.info("attached", {{"client", "a\nb"}});
    CHECK(
        lines_of(folder.file("log")) ==
        std::vector{stamp + std::string(R"(info client: attached client="a\nb")")}
    );
}

TEST_CASE("levels below the chosen one are not written") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log"), log_level::warn), clock);
    logger log(output, "net");
    log.trace("one");
    log.debug("two");
    log.info("three");
    log.warn("four");
    log.error("five");
    CHECK_FALSE(log.enabled(log_level::info));
    CHECK(log.enabled(log_level::warn));
    CHECK(
        lines_of(folder.file("log")) ==
        std::vector{stamp + std::string("warn net: four"), stamp + std::string("error net: five")}
    );
}

TEST_CASE("as JSON every line is an object") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    auto options = to(folder.file("log"));
    options.format = log_format::json;
    log_output output(options, clock);
    logger(output, "net").warn("refused", {{"peer", "[::1]:1"}});
    CHECK(
        lines_of(folder.file("log")) ==
        std::vector<std::string>{
            R"({"time":"2026-02-03T04:00:00.000Z","level":"warn","room":"net",)"
            R"("event":"refused","peer":"[::1]:1"})"}
    );
}

TEST_CASE("a flood of one cause is cut to ten lines a second and its number is told") {
    const scratch_folder folder;
    lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log")), clock);
    logger log(output, "net");
    for (int i = 0; i < 1000; ++i) {
        log.warn("refused", {{"number", i}});
    }
    CHECK(lines_of(folder.file("log")).size() == 10);
    clock.advance(1s);
    output.report_suppressed();
    output.report_suppressed();
    const auto lines = lines_of(folder.file("log"));
    REQUIRE(lines.size() == 11);
    CHECK(lines.back() == "2026-02-03T04:00:01.000Z warn net: suppressed lines=990 cause=refused");
}

TEST_CASE("the number suppressed is told before the next line of its cause, and at the end") {
    const scratch_folder folder;
    lmqtt::test::fake_clock clock;
    {
        log_output output(to(folder.file("log")), clock);
        logger log(output, "net");
        for (int i = 0; i < 13; ++i) {
            log.warn("refused");
        }
        clock.advance(1s);
        for (int i = 0; i < 11; ++i) {
            log.warn("refused");
        }
        CHECK(lines_of(folder.file("log"))[10].ends_with("net: suppressed lines=3 cause=refused"));
        CHECK(lines_of(folder.file("log")).size() == 20);
    }
    CHECK(lines_of(folder.file("log")).back().ends_with("net: suppressed lines=2 cause=refused"));
}

TEST_CASE("log.max_lines_per_cause says how many, also of a log that is open (B09)") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    auto options = to(folder.file("log"));
    options.max_lines_per_cause = 3;
    log_output output(options, clock);
    logger log(output, "net");
    const auto flood = [&log] {
        for (int i = 0; i < 30; ++i) {
            log.warn("refused");
        }
    };
    flood();
    CHECK(lines_of(folder.file("log")).size() == 3);
    options.max_lines_per_cause = 4;
    output.reconfigure(options);
    flood();
    CHECK(lines_of(folder.file("log")).size() == 4);
    options.max_lines_per_cause = lmqtt::unlimited;
    output.reconfigure(options);
    flood();
    CHECK(lines_of(folder.file("log")).size() == 34);
}

TEST_CASE("debug lines are not limited: whoever turns them on wants them all") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log"), log_level::debug), clock);
    logger log(output, "net");
    for (int i = 0; i < 100; ++i) {
        log.debug("accepted");
    }
    CHECK(lines_of(folder.file("log")).size() == 100);
}

TEST_CASE("reconfigure changes level, format and file for the loggers that exist") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("first")), clock);
    logger log(output, "net");
    log.info("before");
    output.reconfigure(to(folder.file("second"), log_level::debug));
    log.debug("after");
    CHECK(lines_of(folder.file("first")).size() == 1);
    CHECK(lines_of(folder.file("second")).size() == 1);
}

TEST_CASE("reconfigure leaves a rotated file behind, and an existing file is appended to") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log")), clock);
    logger log(output, "net");
    log.info("one");
    std::filesystem::rename(folder.file("log"), folder.file("log.1"));
    output.reconfigure(to(folder.file("log")));
    log.info("two");
    output.reconfigure(to(folder.file("log")));
    log.info("three");
    CHECK(lines_of(folder.file("log.1")).size() == 1);
    CHECK(lines_of(folder.file("log")).size() == 2);
}

TEST_CASE("a destination that cannot be opened is refused, and the old one stays") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    const std::string impossible = folder.file("missing-file") + "/nowhere/log";
    std::ofstream(folder.file("missing-file")).put('x');
    CHECK_THROWS_AS(log_output(to(impossible), clock), std::runtime_error);
    log_output output(to(folder.file("log")), clock);
    CHECK_THROWS_AS(output.reconfigure(to(impossible, log_level::error)), std::runtime_error);
    logger(output, "net").info("still here");
    CHECK(lines_of(folder.file("log")).size() == 1);
}

TEST_CASE("a full disk costs lines, nothing else") {
    const lmqtt::test::fake_clock clock;
    log_output output(to("/dev/full"), clock);
    logger log(output, "net");
    CHECK_NOTHROW(log.error("lost", {{"client", "x"}}));
}

TEST_CASE("lines of many threads do not mix") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    log_output output(to(folder.file("log"), log_level::debug), clock);
    const std::string word(100, 'w');
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            logger log(output, "net");
            for (int n = 0; n < 200; ++n) {
                log.debug("spoken", {{"word", word}});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const auto lines = lines_of(folder.file("log"));
    CHECK(lines.size() == 800);
    for (const std::string& line : lines) {
        CHECK(line == stamp + std::string("debug net: spoken word=") + word);
    }
}

TEST_CASE("stderr, stdout and journald write to the standard streams") {
    const scratch_folder folder;
    const lmqtt::test::fake_clock clock;
    const auto stream = GENERATE(STDERR_FILENO, STDOUT_FILENO);
    const int kept = dup(stream);
    std::FILE* const file = std::fopen(folder.file("stream").c_str(), "w");
    REQUIRE(file != nullptr);
    dup2(fileno(file), stream);
    {
        log_output output(to(stream == STDERR_FILENO ? "stderr" : "stdout"), clock);
        logger(output, "net").info("plain");
        if (stream == STDERR_FILENO) {
            output.reconfigure(to("journald"));
            logger(output, "net").error("prefixed");
        }
    }
    dup2(kept, stream);
    close(kept);
    std::fclose(file);
    std::vector<std::string> expected{stamp + std::string("info net: plain")};
    if (stream == STDERR_FILENO) {
        expected.push_back(std::string("<3>") + stamp + "error net: prefixed");
    }
    CHECK(lines_of(folder.file("stream")) == expected);
}
