#include "sample_state.hpp"
#include "store/sqlite/copy.hpp"
#include "store/sqlite/state_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using persistence::state_error;
using persistence::state_reader;
using persistence::unfinished_copy;
using test::complaint;

namespace {

struct sample {
    sample() { test::make_state(path); }

    test::scratch folder;
    std::string path = folder.path("state.db");
    std::string partial = folder.path("copy.partial");
    std::string name = folder.path("copy.db");
};

}  // namespace

TEST_CASE("a copy has its name when it is finished, and is gone if it never is", "[copy]") {
    const sample of;
    const state_reader from(of.path);
    {
        const unfinished_copy never(from.handle(), of.partial);
        CHECK(std::filesystem::exists(of.partial));
    }
    CHECK_FALSE(std::filesystem::exists(of.partial));
    unfinished_copy copy(from.handle(), of.partial);
    const persistence::copied what = copy.what();
    CHECK(what.sessions == 2);
    CHECK(what.messages == 100);
    copy.finish(of.name, false);
    CHECK(what.bytes == std::filesystem::file_size(of.name));
    CHECK_FALSE(std::filesystem::exists(of.partial));
    CHECK(test::number(of.name, "SELECT count(*) FROM v_queue") == 100);
    CHECK(
        test::number(of.name, "PRAGMA user_version") == test::number(of.path, "PRAGMA user_version")
    );
    CHECK(test::number(of.name, "PRAGMA application_id") == 0x4D515442);

    struct stat about {};

    REQUIRE(stat(of.name.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0640);
}

TEST_CASE("a file that came in between is not overwritten, unless that is wanted", "[copy]") {
    const sample of;
    const state_reader from(of.path);
    unfinished_copy copy(from.handle(), of.partial);
    of.folder.write("copy.db", "precious");
    const state_error refused = complaint([&] { copy.finish(of.name, false); });
    CHECK(refused.why() == state_error::cause::not_written);
    CHECK(of.folder.read("copy.db") == "precious");
    copy.finish(of.name, true);
    CHECK(test::number(of.name, "SELECT count(*) FROM sessions") == 2);
}

TEST_CASE("of a damaged database there is no copy", "[copy]") {
    const sample of;
    test::damage(of.path);
    const state_reader from(of.path);
    CHECK(complaint([&] {
              unfinished_copy copy(from.handle(), of.partial);
          }).why() == state_error::cause::damaged);
    CHECK_FALSE(std::filesystem::exists(of.partial));
}

TEST_CASE("where nothing can be written there is no copy either", "[copy]") {
    const sample of;
    const state_reader from(of.path);
    const std::string nowhere = of.folder.path("none/copy.db");
    CHECK(complaint([&] {
              unfinished_copy copy(from.handle(), nowhere);
          }).why() == state_error::cause::not_written);
}

TEST_CASE("a copy made by root can be given away", "[copy]") {
    if (geteuid() != 0) {
        return;
    }
    const sample of;
    const state_reader from(of.path);
    unfinished_copy copy(from.handle(), of.partial);
    copy.give_to(65534, 65533);
    copy.finish(of.name, false);

    struct stat about {};

    REQUIRE(stat(of.name.c_str(), &about) == 0);
    CHECK(about.st_uid == 65534);
    CHECK(about.st_gid == 65533);
}
