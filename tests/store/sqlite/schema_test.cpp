#include "sample_history.hpp"
#include "sample_state.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/state_file.hpp"

#include <sys/stat.h>

using namespace lmqtt;
using persistence::bring_up_to_date;
using persistence::migration;
using persistence::schema_lacks;
using persistence::state_error;
using test::complaint;

namespace {

const std::span<const migration> all = test::sample_history;

using names = std::vector<std::string>;

// At the first version.
void make_old(const std::string& path) {
    persistence::database db(path);
    migrate(db, all.first(1), 17);
    db.execute("INSERT INTO one VALUES(5)");
}

}  // namespace

TEST_CASE("what a schema lacks is told, and nothing is done about it", "[schema]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    make_old(path);
    const std::string before = test::bytes_of(path);
    CHECK(schema_lacks(path, all) == names{"0002_second"});
    CHECK(test::bytes_of(path) == before);
    CHECK(schema_lacks(path, all.first(1)) == names{});
}

TEST_CASE("or it is done, once, after a copy for the group", "[schema]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    make_old(path);
    CHECK(bring_up_to_date(path, 18, all) == names{"0002_second"});
    CHECK(test::number(path, "SELECT x FROM two") == 5);
    CHECK(test::number(path + ".before-2", "SELECT x FROM one") == 5);

    struct stat about {};

    REQUIRE(stat((path + ".before-2").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0640);
    CHECK(schema_lacks(path, all) == names{});
    CHECK(bring_up_to_date(path, 19, all) == names{});
}

TEST_CASE("neither touches a database that is newer, used or not there", "[schema]") {
    const test::scratch folder;
    const std::string path = folder.path("state.db");
    CHECK(complaint([&] { bring_up_to_date(path, 18); }).why() == state_error::cause::missing);
    CHECK_FALSE(std::filesystem::exists(path));
    test::make_state(path);
    {
        const persistence::database broker(path);
        CHECK(schema_lacks(path) == names{});
        CHECK(complaint([&] { bring_up_to_date(path, 18); }).why() == state_error::cause::in_use);
    }
    test::change(path, "PRAGMA user_version=99");
    for (const state_error& refused :
         {complaint([&] { schema_lacks(path); }), complaint([&] { bring_up_to_date(path, 18); })}) {
        CHECK(refused.why() == state_error::cause::refused);
        CHECK(test::contains(refused.what(), "newer lmqttd"));
    }
}
