#include "sample_state.hpp"
#include "store/sqlite/state_files.hpp"

#include <sys/stat.h>

using namespace lmqtt;
using persistence::set_aside;
using test::complaint;

namespace {

constexpr std::int64_t evening = 1'769'903'999'123;  // 2026-01-31 23:59:59.123 UTC

std::size_t files_in(const test::scratch& folder) {
    std::size_t found = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder.path("."))) {
        found += each.is_regular_file() ? 1U : 0U;
    }
    return found;
}

}  // namespace

TEST_CASE("a database moves with its log, and the name tells when", "[state_files]") {
    const test::scratch folder;
    const std::string path = folder.write("state.db", "db");
    folder.write("state.db-wal", "wal");
    folder.write("state.db-shm", "shm");
    folder.write("state.db.lock", "");
    set_aside moved(path, "corrupt", evening);
    moved.keep();
    CHECK(moved.name() == path + ".corrupt-20260131T235959Z");
    CHECK(folder.read("state.db.corrupt-20260131T235959Z") == "db");
    CHECK(folder.read("state.db.corrupt-20260131T235959Z-wal") == "wal");
    CHECK(folder.read("state.db.corrupt-20260131T235959Z-shm") == "shm");
    CHECK(std::filesystem::exists(folder.path("state.db.lock")));
    CHECK(files_in(folder) == 4);
}

TEST_CASE("what is not kept aside comes back", "[state_files]") {
    const test::scratch folder;
    const std::string path = folder.write("state.db", "db");
    folder.write("state.db-wal", "wal");
    { const set_aside moved(path, "replaced", evening); }
    CHECK(folder.read("state.db") == "db");
    CHECK(folder.read("state.db-wal") == "wal");
    CHECK(files_in(folder) == 2);
}

TEST_CASE("nothing that was set aside before is overwritten", "[state_files]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    for (const char* const text : {"one", "two", "three"}) {
        folder.write("state.db", text);
        set_aside(path, "replaced", evening).keep();
    }
    CHECK(folder.read("state.db.replaced-20260131T235959Z") == "one");
    CHECK(folder.read("state.db.replaced-20260131T235959Z-2") == "two");
    CHECK(folder.read("state.db.replaced-20260131T235959Z-3") == "three");
}

TEST_CASE("nothing there, nothing to move", "[state_files]") {
    const test::scratch folder;
    const set_aside moved(folder.path("state.db"), "replaced", evening);
    CHECK(moved.name().empty());
}

TEST_CASE("what cannot all be moved is not moved at all", "[state_files]") {
    const test::scratch folder;
    const std::string path = folder.write("state.db", "db");
    folder.write("state.db-wal", "wal");
    // Longer than a name may be, but only with "-wal" behind it.
    const std::string word(255 - std::string("state.db.-20260131T235959Z").size() - 2, 'x');
    CHECK_THROWS(set_aside(path, word, evening));
    CHECK(folder.read("state.db") == "db");
    CHECK(folder.read("state.db-wal") == "wal");
    CHECK(files_in(folder) == 2);
}

TEST_CASE("a restore that was cut short is noticed", "[state_files]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    CHECK_FALSE(persistence::restore_was_cut_short(path));
    folder.write("state.db.restoring", "new");
    CHECK(persistence::restore_was_cut_short(path));
    folder.write("state.db", "old");
    CHECK_FALSE(persistence::restore_was_cut_short(path));
}

TEST_CASE("what is created privately is for the owner and its group", "[state_files]") {
    const test::scratch folder;
    {
        const persistence::private_files umask_for_the_group;
        folder.write("private", "");
    }

    struct stat about {};

    REQUIRE(stat(folder.path("private").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0640);
}

TEST_CASE("a folder that is not there cannot be synced", "[state_files]") {
    const test::scratch folder;
    const auto error =
        complaint([&] { persistence::sync_folder_of(folder.path("none/state.db")); });
    CHECK(test::contains(error.what(), "cannot be synced"));
    persistence::sync_folder_of(folder.path("state.db"));
}
