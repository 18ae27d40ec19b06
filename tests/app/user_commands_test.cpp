#include "accounts/database.hpp"
#include "accounts/password_hash.hpp"
#include "app/failure.hpp"
#include "app/user_commands.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace lmqtt;
using namespace lmqtt::app;
using test::contains;
using list = std::vector<std::string>;

namespace {

struct sample {
    std::string run(const user_request& request) const {
        return change_accounts(file, request, [this](std::size_t most_bytes) {
            most_asked = most_bytes;
            return std::string("secret");
        });
    }

    exit_code code_of(const user_request& request) const {
        try {
            run(request);
        } catch (const failure& refused) {
            CHECK(std::string(refused.what()).ends_with("\n"));
            CHECK_FALSE(contains(refused.what(), "secret"));
            return refused.code();
        }
        return exit_code::ok;
    }

    accounts::database_contents contents() const { return accounts::database(path, 0).read(); }

    mutable std::size_t most_asked = 0;
    test::scratch folder;
    std::filesystem::path file = folder.write(
        "a.toml", "[auth]\nhash = \"argon2id_edge\"\n[persistence]\npath = \"state/lmqtt.db\"\n"
    );
    bool made = std::filesystem::create_directory(folder.path("state"));
    std::string path = folder.path("state/accounts.db").string();
};

user_request about(user_action wanted, const std::string& name = "alice") {
    return {.wanted = wanted, .name = name};
}

}  // namespace

TEST_CASE("a user is added beside the state, for the owner's eyes (C19)") {
    const sample in;
    user_request add = about(user_action::add);
    add.roles = {"r"};
    add.groups = {"g"};
    CHECK(in.run(add) == "1 user added\n");

    struct stat found {};

    REQUIRE(::stat(in.path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600);
    const auto users = in.contents().users;
    REQUIRE(users.size() == 1);
    CHECK(users[0].roles == list{"r"});
    CHECK(users[0].groups == list{"g"});
    CHECK(users[0].created_ms > 0);
    CHECK(users[0].password.scram);
    CHECK(users[0].password.hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    CHECK(accounts::verify_password(users[0].password.hash, "secret"));
    CHECK(in.run(about(user_action::list, "")) == "alice\tactive\tr\tg\n");
    CHECK(in.code_of(add) == exit_code::cannot_create);
}

TEST_CASE("a password is asked for that the broker's limit allows (B09)") {
    const auto asked_with = [](const std::string& limit) {
        sample in;
        in.file = in.folder.write(
            "b.toml",
            "[auth]\nhash = \"argon2id_edge\"\n[limits]\nmax_password_bytes = " + limit +
                "\n[persistence]\npath = \"state/lmqtt.db\"\n"
        );
        in.run(about(user_action::add));
        return in.most_asked;
    };
    CHECK(asked_with("8") == 8);
    CHECK(asked_with("5000") == 5000);
    CHECK(asked_with("\"unlimited\"") == 65'535);
}

TEST_CASE("a user gets another password, is disabled, enabled and deleted") {
    const sample in;
    in.run(about(user_action::add));
    const auto before = in.contents().users[0].password;
    user_request passwd = about(user_action::passwd);
    passwd.without_scram = true;
    CHECK(in.run(passwd) == "alice: another password\n");
    CHECK(in.contents().users[0].password.hash != before.hash);
    CHECK_FALSE(in.contents().users[0].password.scram);
    CHECK(in.run(about(user_action::disable)) == "alice: disabled\n");
    CHECK(in.contents().users[0].disabled);
    CHECK(in.run(about(user_action::enable)) == "alice: enabled\n");
    CHECK_FALSE(in.contents().users[0].disabled);
    CHECK(in.run(about(user_action::remove)) == "alice: deleted\n");
    CHECK(in.contents().users.empty());
}

TEST_CASE("who does not exist cannot be changed, and what is no name is none") {
    const sample in;
    for (const user_action each :
         {user_action::passwd,
          user_action::remove,
          user_action::enable,
          user_action::disable,
          user_action::role,
          user_action::group}) {
        CHECK(in.code_of(about(each)) == exit_code::no_input);
        CHECK(in.code_of(about(each, "a\nb")) == exit_code::usage);
        CHECK(in.code_of(about(each, "")) == exit_code::usage);
    }
    user_request add = about(user_action::add);
    add.roles = {""};
    CHECK(in.code_of(add) == exit_code::usage);
    CHECK(in.code_of(about(user_action::rules)) == exit_code::no_input);
}

TEST_CASE("mosquitto's users are imported as they are, all or none") {
    const sample in;
    const std::string hash =
        "$7$101$e0+YbP+NjwrvrYNO$pCWJeNyuqoLASI3i4ZGtCqkU1IYFxylTGi7f5WSe0MdlP9RPFsbg6/"
        "fkqp4EkR7rUkrF9udc0JQvIiZ5K/px2g==";
    const auto import = [&](const std::string& text) {
        user_request request = about(user_action::import, in.folder.write("pw", text).string());
        request.roles = {"imported"};
        return request;
    };
    CHECK(in.run(import("bob:" + hash + "\ncarol:" + hash + "\n")) == "2 users added\n");
    CHECK(in.contents().users[1].password.hash == hash);
    CHECK(in.contents().users[1].roles == list{"imported"});
    CHECK(in.code_of(import("dave:" + hash + "\nbob:" + hash)) == exit_code::cannot_create);
    CHECK(in.code_of(import("dave:" + hash + "\nplain:x")) == exit_code::damaged);
    CHECK(in.contents().users.size() == 2);
    CHECK(in.run(import("# nobody\n")) == "0 users added\n");
    CHECK(in.code_of(about(user_action::import, "/nowhere/pw")) == exit_code::damaged);
}

TEST_CASE("plain passwords of gmqtt do not stay plain") {
    const sample in;
    user_request request = about(
        user_action::import,
        in.folder
            .write(
                "pw.yml",
                "- username: u1\n  password: plain\n- username: u2\n  password: "
                "3cb4e732631f47e6eb961f34554b7cde\n"
            )
            .string()
    );
    request.format = "gmqtt";
    CHECK(in.run(request) == "2 users added\n");
    const auto users = in.contents().users;
    CHECK(accounts::verify_password(users[0].password.hash, "plain"));
    CHECK(accounts::is_own_hash(users[0].password.hash));
    CHECK(users[1].password.hash == "3cb4e732631f47e6eb961f34554b7cde");
}

TEST_CASE("roles, groups and rules are changed one by one") {
    const sample in;
    in.run(about(user_action::add));
    user_request role = about(user_action::role);
    role.added = {"b", "a"};
    CHECK(in.run(role) == "alice: roles a,b\n");
    role.added = {};
    role.removed = {"a", "x"};
    CHECK(in.run(role) == "alice: roles b\n");
    user_request group = about(user_action::group);
    group.added = {"g"};
    CHECK(in.run(group) == "alice: groups g\n");
    user_request group_role = about(user_action::group_role, "g");
    group_role.added = {"c"};
    CHECK(in.run(group_role) == "g: roles c\n");
    CHECK(in.contents().groups == std::vector{accounts::group{"g", {"c"}}});
    user_request rule = about(user_action::rule, "b");
    rule.effect = "deny";
    rule.actions = {"publish", "receive"};
    rule.topic = "t/#";
    rule.maximum_qos = 0;
    CHECK(in.run(rule) == "b: deny\tpublish,receive\tt/#\tqos 0\n");
    rule.effect = "allow";
    in.run(rule);
    CHECK(
        in.run(about(user_action::rules, "b")) ==
        "b\tdeny\tpublish,receive\tt/#\tqos 0\nb\tallow\tpublish,receive\tt/#\tqos 0\n"
    );
    CHECK(in.run(about(user_action::rules, "")).starts_with("a\nb\tdeny"));
    user_request clear = about(user_action::rules, "b");
    clear.clear = true;
    CHECK(in.run(clear) == "b: no rules\n");
    CHECK(in.run(about(user_action::rules, "b")) == "b\n");
}

TEST_CASE("bans are made and ended") {
    const sample in;
    user_request ban = about(user_action::ban, "192.0.2.0/24");
    ban.ban_kind = "address";
    ban.ban_lasts = "2h";
    ban.ban_reason = "scan";
    CHECK(in.run(ban) == "192.0.2.0/24: banned\n");
    const auto bans = in.contents().bans;
    REQUIRE(bans.size() == 1);
    CHECK(bans[0].kind == accounts::ban_kind::address);
    CHECK(bans[0].reason == "scan");
    CHECK(bans[0].until_ms > 7'200'000);
    ban.wanted = user_action::unban;
    CHECK(in.run(ban) == "192.0.2.0/24: banned no more\n");
    CHECK(in.code_of(ban) == exit_code::no_input);
    ban.wanted = user_action::ban;
    for (const char* const wrong : {"0s", "soon", "-1h"}) {
        ban.ban_lasts = wrong;
        CHECK(in.code_of(ban) == exit_code::usage);
    }
    ban.ban_lasts.clear();
    ban.name = "nowhere";
    CHECK(in.code_of(ban) == exit_code::usage);
    ban.ban_kind = "user";
    CHECK(in.code_of(ban) == exit_code::ok);
    CHECK(
        in.contents().bans ==
        std::vector{accounts::ban{accounts::ban_kind::user, "nowhere", {}, "scan"}}
    );
}

TEST_CASE("a file that cannot be used is told as such") {
    const sample in;
    in.folder.write("state/accounts.db", std::string(5000, 'x'));
    REQUIRE(::chmod(in.path.c_str(), 0600) == 0);
    CHECK(in.code_of(about(user_action::add)) == exit_code::storage);
}

TEST_CASE("what SCRAM could not be used with is refused, unless it is not wanted") {
    const sample in;
    user_request odd = about(user_action::add, "\u2168");
    const auto code_with = [&in](const user_request& request, const std::string& password) {
        try {
            change_accounts(in.file, request, [&](std::size_t) { return password; });
        } catch (const failure& refused) {
            CHECK(contains(refused.what(), "--no-scram"));
            CHECK_FALSE(contains(refused.what(), password));
            return refused.code();
        }
        return exit_code::ok;
    };
    CHECK(code_with(odd, "secret") == exit_code::usage);
    odd.without_scram = true;
    CHECK(code_with(odd, "secret") == exit_code::ok);
    user_request smiles = about(user_action::add);
    CHECK(code_with(smiles, "\U0001f642") == exit_code::usage);
    CHECK(in.contents().users.size() == 1);
    CHECK(code_with(smiles, "Gr\u00fc\u00dfe") == exit_code::ok);
    smiles.wanted = user_action::passwd;
    CHECK(code_with(smiles, "\U0001f642") == exit_code::usage);
    smiles.without_scram = true;
    CHECK(code_with(smiles, "\U0001f642") == exit_code::ok);
    CHECK_FALSE(in.contents().users[0].password.scram);
}

TEST_CASE("an import goes on without SCRAM for whom it cannot serve") {
    const sample in;
    user_request import = about(user_action::import);
    import.format = "gmqtt";
    import.name =
        in.folder
            .write(
                "g.yml", "- username: a\n  password: \U0001f642x\n- username: b\n  password: y\n"
            )
            .string();
    CHECK(in.run(import) == "2 users added\n");
    const auto users = in.contents().users;
    REQUIRE(users.size() == 2);
    CHECK_FALSE(users[0].password.scram);
    CHECK(accounts::verify_password(users[0].password.hash, "\U0001f642x"));
    CHECK(users[1].password.scram);
}
