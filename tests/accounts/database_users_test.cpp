#include "sample_accounts.hpp"

using namespace lmqtt;
using namespace lmqtt::accounts;
using test::noon;

TEST_CASE("every field of a user comes back", "[accounts_database]") {
    test::accounts_file file;
    const user full = test::sample_user();
    const user bare{.name = "bob"};
    file.add(full);
    file.add(bare);
    CHECK(database(file.path, noon).read().users == std::vector{full, bare});
}

TEST_CASE("users are added all or none", "[accounts_database]") {
    test::accounts_file file;
    file.add({.name = "bob"});
    const std::vector<user> more{{.name = "alice"}, {.name = "bob"}, {.name = "carol"}};
    CHECK(file.db.add_users(more) == std::vector<std::string>{"bob"});
    CHECK(file.db.read().users.size() == 1);
}

TEST_CASE("a user who is removed leaves nothing behind", "[accounts_database]") {
    test::accounts_file file;
    file.add(test::sample_user());
    CHECK(file.db.remove_user("alice"));
    CHECK_FALSE(file.db.remove_user("alice"));
    CHECK(file.db.read().users.empty());
    file.add({.name = "alice"});
    CHECK(file.db.read().users == std::vector{user{.name = "alice"}});
    const std::string bytes = file.folder.read("accounts.db");
    CHECK_FALSE(test::contains(bytes, "$argon2id$some"));
}

TEST_CASE("a new password takes the place of the old one, and tells when", "[accounts_database]") {
    test::accounts_file file;
    user expected = test::sample_user();
    file.add(expected);
    expected.password = {"$new", scram_verifier{"s", 5000, "k", "v"}};
    expected.changed_ms = noon + 9;
    CHECK(file.db.set_password("alice", expected.password, noon + 9));
    CHECK(file.db.read().users == std::vector{expected});
    expected.password = {};
    CHECK(file.db.set_password("alice", {}, noon + 9));
    CHECK(file.db.read().users == std::vector{expected});
    CHECK_FALSE(file.db.set_password("nobody", {"$x"}, noon));
}

TEST_CASE(
    "a hash is replaced only if it is still the one that was checked", "[accounts_database]"
) {
    test::accounts_file file;
    user expected = test::sample_user();
    file.add(expected);
    CHECK_FALSE(file.db.replace_password("alice", "$other", {"$new"}));
    CHECK_FALSE(file.db.replace_password("nobody", "$argon2id$some", {"$new"}));
    CHECK(file.db.read().users == std::vector{expected});
    CHECK(file.db.replace_password("alice", "$argon2id$some", {"$new"}));
    expected.password = {"$new"};
    CHECK(file.db.read().users == std::vector{expected});
}

TEST_CASE("a user is disabled, and enabled again", "[accounts_database]") {
    test::accounts_file file;
    file.add({.name = "bob"});
    CHECK(file.db.set_disabled("bob", true, 7));
    CHECK(
        file.db.read().users == std::vector{user{.name = "bob", .disabled = true, .changed_ms = 7}}
    );
    CHECK(file.db.set_disabled("bob", false, 8));
    CHECK(file.db.read().users == std::vector{user{.name = "bob", .changed_ms = 8}});
    CHECK_FALSE(file.db.set_disabled("nobody", true, 7));
}

TEST_CASE("roles and groups take the place of those before", "[accounts_database]") {
    test::accounts_file file;
    file.add(test::sample_user());
    const std::vector<std::string> lists[] = {{"b", "a", "b"}, {}};
    CHECK(file.db.set_roles("alice", lists[0], noon));
    CHECK(file.db.set_groups("alice", lists[1], noon));
    const auto read = file.db.read();
    CHECK(read.users[0].roles == std::vector<std::string>{"a", "b"});
    CHECK(read.users[0].groups.empty());
    CHECK_FALSE(file.db.set_roles("nobody", lists[0], noon));
    CHECK_FALSE(file.db.set_groups("nobody", lists[0], noon));
}
