#include "sample_accounts.hpp"

#include <SQLiteCpp/Database.h>

using namespace lmqtt;
using namespace lmqtt::accounts;

TEST_CASE("a new accounts.db is empty, but for its secret", "[accounts_database]") {
    test::accounts_file one;
    test::accounts_file other;
    const auto read = one.db.read();
    CHECK(read.users.empty());
    CHECK(read.roles.empty());
    CHECK(read.groups.empty());
    CHECK(read.bans.empty());
    CHECK(read.scram_secret.size() == 32);
    CHECK(read.scram_secret != other.db.read().scram_secret);
    CHECK(read.scram_secret == database(one.path, test::noon).read().scram_secret);
}

TEST_CASE("each comes back under its own name, in the order of names", "[accounts_database]") {
    test::accounts_file file;
    std::vector<user> all;
    for (const char* const name : {"A", "a", "a b", "b", "Ö", "'; DROP TABLE users; --"}) {
        all.push_back({.name = name, .roles = {std::string("of ") + name}});
    }
    REQUIRE(file.db.add_users(all).empty());
    std::ranges::sort(all, {}, &user::name);
    CHECK(file.db.read().users == all);
}

TEST_CASE(
    "the roles of a user include those of its groups, for whoever reads SQL", "[accounts_database]"
) {
    test::accounts_file file;
    file.add(test::sample_user());
    file.db.put_group({"staff", {"guard", "reader"}});
    SQLite::Database look(file.path);
    CHECK(
        look.execAndGet("SELECT group_concat(role_name) FROM (SELECT role_name FROM v_user_roles "
                        "WHERE user_name='alice' ORDER BY 1)")
            .getString() == "guard,reader,writer"
    );
}
