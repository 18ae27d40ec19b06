#include "sample_state.hpp"
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/state_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using persistence::state_error;
using persistence::state_reader;
using test::complaint;

namespace {

state_error::cause refusal(const std::string& path) {
    return complaint([&] { state_reader reader(path); }).why();
}

}  // namespace

TEST_CASE("a reader says why there is nothing to read", "[state_reader]") {
    using cause = state_error::cause;
    const test::scratch folder;
    CHECK(refusal(folder.path("none.db")) == cause::missing);
    CHECK(refusal(folder.path("none/none.db")) == cause::missing);
    CHECK(refusal(folder.path(".")) == cause::refused);
    CHECK(refusal(folder.write("empty.db", "")) == cause::refused);
    CHECK(refusal(folder.write("text.db", std::string(5000, 'x'))) == cause::damaged);
    const std::string theirs = folder.path("theirs.db");
    test::change(theirs, "CREATE TABLE theirs(x)");
    CHECK(refusal(theirs) == cause::refused);
}

TEST_CASE("a reader leaves file and log as they are, also as the last one", "[state_reader]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    test::leave_in_log(path, "DELETE FROM retained");
    const std::string file = test::bytes_of(path);
    const std::string log = test::bytes_of(path + "-wal");
    REQUIRE_FALSE(log.empty());
    {
        const state_reader reader(path);
        CHECK(reader.number("SELECT count(*) FROM retained") == 0);
        CHECK(reader.number("SELECT count(*) FROM queue") == 100);
    }
    CHECK(test::bytes_of(path) == file);
    CHECK(test::bytes_of(path + "-wal") == log);
}

TEST_CASE("a reader that holds still sees one moment, and keeps no writer out", "[state_reader]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    const auto broker = persistence::open_state({.path = path});
    const state_reader reader(path);
    reader.hold_still();
    broker->execute("DELETE FROM queue");
    CHECK(reader.number("SELECT count(*) FROM queue") == 100);
    CHECK(broker->number("SELECT count(*) FROM queue") == 0);
}

TEST_CASE("what root has to create beside a database belongs to its owner", "[state_reader]") {
    if (geteuid() != 0) {
        return;
    }
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    test::make_state(path);
    for (const char* const part : {"-wal", "-shm"}) {
        std::filesystem::remove(path + part);
    }
    REQUIRE(chown(path.c_str(), 65534, 65534) == 0);
    { const state_reader reader(path); }
    for (const char* const part : {"-wal", "-shm"}) {
        struct stat about {};

        REQUIRE(stat((path + part).c_str(), &about) == 0);
        CHECK(about.st_uid == 65534);
    }
}
