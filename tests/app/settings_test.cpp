#include "app/failure.hpp"
#include "app/settings.hpp"
#include "app/user.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace lmqtt;
using app::exit_code;
using test::contains;

namespace {

std::pair<exit_code, std::string> refusal(const std::filesystem::path& file) {
    try {
        app::require_settings(file);
    } catch (const app::failure& stopped) {
        return {stopped.code(), stopped.what()};
    }
    return {exit_code::ok, ""};
}

}  // namespace

TEST_CASE("a file named on the command line is the one that counts, even if it is missing") {
    CHECK(app::choose_file("/no/such/file.toml") == std::filesystem::path("/no/such/file.toml"));
}

TEST_CASE("without one it is the usual file, if that exists") {
    const test::scratch folder;
    const std::filesystem::path usual = folder.path("lmqttd.toml");
    CHECK(app::choose_file(std::nullopt, usual) == std::nullopt);
    CHECK(app::choose_file(std::nullopt, usual / "below" / "nothing.toml") == std::nullopt);
    folder.write("lmqttd.toml", "");
    CHECK(app::choose_file(std::nullopt, usual) == usual);
    CHECK(app::choose_file("/no/such/file.toml", usual) == "/no/such/file.toml");
    CHECK(app::choose_file(std::nullopt, usual / "no-folder.toml") == std::nullopt);
}

TEST_CASE("a usual file that is a link to nothing is read, and that fails") {
    const test::scratch folder;
    const std::filesystem::path usual = folder.path("lmqttd.toml");
    std::filesystem::create_symlink(folder.path("gone"), usual);
    CHECK(app::choose_file(std::nullopt, usual) == usual);
    CHECK(refusal(usual).first == exit_code::no_input);
}

TEST_CASE("a usual file that may exist is never taken for one that does not") {
    const test::scratch folder;
    const auto refused = [](const std::filesystem::path& usual) {
        try {
            app::choose_file(std::nullopt, usual);
        } catch (const app::failure& stopped) {
            CHECK(contains(stopped.what(), usual.string() + ": cannot be looked for: "));
            return stopped.code();
        }
        return exit_code::ok;
    };
    SECTION("its folder leads round in a circle") {
        const std::filesystem::path circle = folder.path("circle");
        std::filesystem::create_symlink(circle, circle);
        CHECK(refused(circle / "lmqttd.toml") == exit_code::no_input);
    }
    SECTION("its folder is not for us") {
        const std::filesystem::path usual = folder.write("lmqttd.toml", "");
        const auto nobody = app::find_user("nobody").value().user;
        const bool is_root = geteuid() == 0;  // whom no folder is closed to
        REQUIRE((!is_root || seteuid(nobody) == 0));
        std::error_code ignored;
        std::filesystem::permissions(usual.parent_path(), std::filesystem::perms::none, ignored);
        const exit_code code = refused(usual);
        REQUIRE((!is_root || seteuid(0) == 0));
        std::filesystem::permissions(usual.parent_path(), std::filesystem::perms::owner_all);
        CHECK(code == exit_code::no_input);
    }
}

TEST_CASE("without a file the defaults apply, and the state has a folder of its own") {
    config found = app::require_settings(std::nullopt);
    CHECK(found.persistence.path.ends_with("/lmqtt.db"));
    CHECK(found.auth.accounts.ends_with("/accounts.db"));
    found.persistence.path = config{}.persistence.path;
    found.auth.accounts = config{}.auth.accounts;
    CHECK(found == config{});
}

TEST_CASE("that folder is for its owner and the group, whatever the umask") {
    const test::scratch folder;
    for (const ::mode_t mask : {0U, 077U}) {
        const auto database = folder.path(std::to_string(mask)) / "made" / "lmqtt.db";
        const ::mode_t before = ::umask(mask);
        app::make_state_folder(database);
        ::umask(before);
        const auto made = std::filesystem::status(database.parent_path());
        CHECK(made.permissions() == std::filesystem::perms(0750));
    }
}

TEST_CASE("the database lies beside the file that does not name another") {
    const test::scratch folder;
    const auto path_in = [&](const char* text) {
        return std::filesystem::path(
            app::require_settings(folder.write("a.toml", text)).persistence.path
        );
    };
    const std::filesystem::path own = folder.write("b.toml", "");
    CHECK(path_in("") == own.parent_path() / "lmqtt.db");
    CHECK(path_in("[persistence]\npath = \"data/x.db\"\n") == own.parent_path() / "data/x.db");
    CHECK(path_in("[persistence]\npath = \"/var/x.db\"\n") == "/var/x.db");
}

TEST_CASE("the accounts lie beside the database, wherever the file is") {
    const test::scratch folder;
    const auto accounts_in = [&](const char* text) {
        return app::require_settings(folder.write("a.toml", text)).auth.accounts;
    };
    CHECK(accounts_in("[persistence]\npath = \"/var/x.db\"\n") == "/var/accounts.db");
    CHECK(
        accounts_in("[persistence]\npath = \"/var/x.db\"\n[auth]\naccounts = \"who/a.db\"\n") ==
        "/var/who/a.db"
    );
    CHECK(accounts_in("[auth]\naccounts = \"/etc/a.db\"\n") == "/etc/a.db");
}

TEST_CASE("a good file gives its settings, and check says so") {
    const test::scratch folder;
    const std::filesystem::path file = folder.write("a.toml", "workers = 2\n");
    CHECK(app::require_settings(file).workers == 2U);
    CHECK(app::check_settings(file) == file.string() + ": no problems\n");
}

TEST_CASE("all problems come with their file, line and column") {
    const test::scratch folder;
    const std::filesystem::path file = folder.write("a.toml", "wrkers = 2\npid_file = 3\n");
    const auto [code, text] = refusal(file);
    CHECK(code == exit_code::configuration);
    CHECK(contains(text, file.string() + ":1:1: unknown key"));
    CHECK(contains(text, file.string() + ":2:12: pid_file"));
    CHECK(text.back() == '\n');
}

TEST_CASE("a file that cannot be read has an exit code of its own") {
    const auto [code, text] = refusal("/no/such/file.toml");
    CHECK(code == exit_code::no_input);
    CHECK(contains(text, "/no/such/file.toml: cannot be read"));
}

TEST_CASE("a user that does not exist on this machine is a problem") {
    const test::scratch folder;
    const auto [code, text] = refusal(folder.write("a.toml", "user = \"no-such-user-here\"\n"));
    CHECK(code == exit_code::configuration);
    CHECK(contains(text, "no-such-user-here"));
}
