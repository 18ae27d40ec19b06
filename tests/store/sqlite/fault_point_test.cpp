// A process that ends at one of the store's named moments.
#include "reopened.hpp"
#include "replay.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

using namespace lmqtt;
using persistence::sqlite_store;

namespace {

constexpr std::size_t batches = 30;
constexpr int pages_until_checkpoint = 16;
constexpr int ended_there = 9;

// What the process that ends knows.
struct last_words {
    std::size_t committed = 0;  // batches
    std::size_t announced = 0;
};

// Never returns. It ends at that moment, when it has come for so many times.
[[noreturn]] void
end_at(std::string_view moment, int times, const std::string& path, test::replay& told, int tell) {
    last_words words;
    const auto follow = [&](std::string_view now) {
        if (now == "after_commit") {
            words.committed = told.submitted();
        }
        if (now == moment && --times == 0) {
            words.announced = told.announced();
            const bool told_it = ::write(tell, &words, sizeof words) == sizeof words;
            ::_exit(told_it ? ended_there : 1);
        }
    };
    sqlite_store store(
        {.path = path, .pages_when_busy = pages_until_checkpoint}, told.faults(follow)
    );
    test::held_state nothing;
    store.recover(nothing);
    told.begin(store);
    told.wait();
    ::_exit(0);
}

}  // namespace

TEST_CASE("a process may end at any moment", "[faults][moments]") {
    const std::string moment = GENERATE(
        "before_begin",
        "before_insert",
        "after_insert",
        "before_commit",
        "after_commit",
        "before_release",
        "after_release",
        "before_checkpoint",
        "after_checkpoint"
    );
    const int times = GENERATE(1, 2, 3);
    CAPTURE(moment, times);
    const test::scratch folder;
    const std::string path = folder.path("state.db").string();
    test::replay told(17, batches);
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        end_at(moment, times, path, told, ends[1]);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == ended_there);
    last_words words;
    REQUIRE(::read(ends[0], &words, sizeof words) == sizeof words);
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK(test::reopened::state_of(path) == told.after(words.committed));
    CHECK(words.announced <= words.committed);
    if (moment == "after_commit" || moment == "before_release") {
        CHECK(words.announced < words.committed);
    }
}
