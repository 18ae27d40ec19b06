#include "sample_state.hpp"
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/state_file.hpp"

using namespace lmqtt;
using persistence::back_up;
using persistence::state_error;
using test::complaint;

namespace {

struct sample {
    sample() { test::make_state(path); }

    std::size_t files() const {
        std::size_t found = 0;
        for ([[maybe_unused]] const auto& each :
             std::filesystem::directory_iterator(folder.path("."))) {
            ++found;
        }
        return found;
    }

    test::scratch folder;
    std::string path = folder.path("state.db");
    std::string copy = folder.path("copy.db");
};

}  // namespace

TEST_CASE("a backup has all that was committed before, while a broker writes", "[backup]") {
    const sample of;
    const auto broker = persistence::open_state({.path = of.path});
    broker->execute("INSERT INTO retained(topic,message_id) VALUES('t/2',2)");
    const std::size_t files = of.files();
    const persistence::copied made = back_up(of.path, of.copy, false);
    broker->execute("DELETE FROM messages");
    CHECK(made.sessions == 2);
    CHECK(made.messages == 100);
    CHECK(made.bytes == std::filesystem::file_size(of.copy));
    CHECK(test::number(of.copy, "SELECT count(*) FROM retained") == 2);
    CHECK(test::number(of.copy, "SELECT count(*) FROM messages") == 100);
    CHECK(of.files() == files + 1);
}

TEST_CASE("a backup needs no broker", "[backup]") {
    const sample of;
    const std::string before = test::bytes_of(of.path);
    back_up(of.path, of.copy, false);
    CHECK(test::number(of.copy, "SELECT count(*) FROM v_queue") == 100);
    CHECK(test::bytes_of(of.path) == before);
}

TEST_CASE("a backup overwrites nothing, unless told so", "[backup]") {
    const sample of;
    of.folder.write("copy.db", "precious");
    const state_error refused = complaint([&] { back_up(of.path, of.copy, false); });
    CHECK(refused.why() == state_error::cause::not_written);
    CHECK(refused.what() == of.copy + ": exists; --force overwrites it");
    CHECK(of.folder.read("copy.db") == "precious");
    back_up(of.path, of.copy, true);
    CHECK(test::number(of.copy, "SELECT count(*) FROM sessions") == 2);
}

TEST_CASE("a backup never goes to the database itself, by whatever name", "[backup]") {
    const sample of;
    std::filesystem::create_symlink(of.path, of.folder.path("link.db"));
    std::filesystem::create_hard_link(of.path, of.folder.path("hard.db"));
    const std::string before = test::bytes_of(of.path);
    for (const std::string& to :
         {of.path,
          of.path + "-wal",
          of.path + "-shm",
          of.path + "-journal",
          of.path + ".lock",
          of.path + ".reserve",
          of.folder.path("./state.db").string(),
          of.folder.path("link.db").string(),
          of.folder.path("hard.db").string()}) {
        INFO(to);
        const state_error refused = complaint([&] { back_up(of.path, to, true); });
        CHECK(refused.why() == state_error::cause::not_written);
        CHECK(test::contains(refused.what(), "belongs to the database itself"));
    }
    CHECK(test::bytes_of(of.path) == before);
}

TEST_CASE("a backup does not come between a database and its log", "[backup]") {
    const sample of;
    of.folder.write("copy.db-wal", "of another");
    const state_error refused = complaint([&] { back_up(of.path, of.copy, true); });
    CHECK(refused.why() == state_error::cause::not_written);
    CHECK(test::contains(refused.what(), of.copy + "-wal lies beside it"));
    CHECK_FALSE(std::filesystem::exists(of.copy));
}

TEST_CASE("a backup does not replace a folder", "[backup]") {
    const sample of;
    std::filesystem::create_directory(of.copy);
    CHECK(complaint([&] { back_up(of.path, of.copy, true); }).what() == of.copy + ": is a folder");
}
