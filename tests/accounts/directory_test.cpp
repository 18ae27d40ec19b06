#include "accounts/directory.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::accounts;

namespace {

const credentials listed{{{"alice", "$file"}, {"carol", "$file"}}, {}};

database_contents stored() {
    database_contents all;
    all.users = {
        {.name = "alice", .password = {"$db"}, .disabled = true},
        {.name = "bob", .password = {"$db"}, .roles = {"b", "x"}, .groups = {"gone", "staff"}}};
    all.groups = {{"staff", {"a", "b"}}};
    access_rule rule;
    rule.topic = "t";
    all.roles = {{"a", {rule}}, {"b"}, {"x", {rule, rule}}};
    all.bans = {
        {ban_kind::address, "192.0.2.0/24", 100, "scan"},
        {ban_kind::address, "nonsense"},
        {ban_kind::user, "mallory"},
        {ban_kind::client, "robot", 100}};
    all.scram_secret = "secret";
    return all;
}

}  // namespace

TEST_CASE("a user is found in whichever of the files it is", "[directory]") {
    const directory all(listed, stored());
    CHECK(*all.find("carol") == account{"carol", {"$file"}});
    CHECK(*all.find("bob") == account{"bob", {"$db"}, false, true, {"a", "b", "x"}});
    CHECK(all.find("nobody") == nullptr);
    CHECK(all.find("") == nullptr);
    CHECK(all.has_accounts());
    CHECK(all.rules().size() == 3);
    CHECK(all.scram_secret() == "secret");
}

TEST_CASE(
    "a user who is in both is as the database says: there it can be disabled", "[directory]"
) {
    const directory all(listed, stored());
    CHECK(all.find("alice")->disabled);
    CHECK(all.find("alice")->password.hash == "$db");
}

TEST_CASE("a listener's file takes the place of the other, behind the database", "[directory]") {
    const credentials lan{{{"alice", "$lan"}, {"carol", "$lan"}, {"dave", "$lan"}}, {}};
    const directory all(listed, stored(), {{"lan", lan}, {"empty", {}}});
    account carol{"carol", {"$lan"}};
    carol.file = "lan";
    CHECK(*all.find("carol", "lan") == carol);
    CHECK(all.find("carol")->password.hash == "$file");
    CHECK(all.find("dave", "lan"));
    CHECK_FALSE(all.find("dave"));
    CHECK(all.find("alice", "lan")->in_database);
    CHECK(all.find("bob", "empty")->in_database);
    CHECK_FALSE(all.find("carol", "empty"));
    CHECK_FALSE(all.find("carol", "none"));
    CHECK_FALSE(directory({}, {}, {{"lan", lan}}).has_accounts());
}

TEST_CASE("an empty directory has no accounts, and finds none (C11)", "[directory]") {
    CHECK_FALSE(directory().has_accounts());
    CHECK_FALSE(directory({}, {}).has_accounts());
    CHECK(directory().find("alice") == nullptr);
}

TEST_CASE("a ban is about an address, a user or a client, until it is over", "[directory]") {
    const directory all(listed, stored());
    const auto banned = [&](const char* address, const char* user, const char* client, int now) {
        return all.ban_of({parse_address(address), user, client}, now).has_value();
    };
    CHECK(banned("192.0.2.9", "bob", "c", 99));
    CHECK(all.ban_of({parse_address("192.0.2.9"), "bob", "c"}, 99)->reason == "scan");
    CHECK_FALSE(banned("192.0.2.9", "bob", "c", 100));
    CHECK_FALSE(banned("192.0.3.9", "bob", "c", 99));
    CHECK(banned("192.0.3.9", "mallory", "c", 1000));
    CHECK(banned("unix", "mallory", "c", 1000));
    CHECK(banned("unix", "bob", "robot", 99));
    CHECK_FALSE(banned("unix", "robot", "mallory", 99));
    CHECK_FALSE(banned("unix", "bob", "robot", 100));
    CHECK_FALSE(banned("unix", "", "", 0));
}

TEST_CASE("an account is replaced by another of its name", "[directory]") {
    directory all(listed, stored());
    const account_ptr before = all.find("bob");
    all.replace(std::make_shared<const account>(account{"bob", {"$new"}}));
    CHECK(all.find("bob")->password.hash == "$new");
    CHECK(before->password.hash == "$db");
}

TEST_CASE("of every cost there is one hash, whichever file has it (C15)", "[directory]") {
    const auto crypt = [](int rounds, const std::string& salt) {
        return "$6$rounds=" + std::to_string(rounds) + "$" + salt + "$" + std::string(86, 'a');
    };
    database_contents database;
    database.users = {
        {.name = "a", .password = {crypt(1000, "x")}},
        {.name = "b", .password = {crypt(1000, "y")}},
        {.name = "c"}};
    const credentials file{{{"d", crypt(2000, "x")}}, {}};
    SECTION("of the listeners as well") {
        const directory all(file, database, {{"own", {{{"e", crypt(3000, "x")}}, {}}}});
        CHECK(all.hash_of_each_cost().size() == 3);
    }
    SECTION("but not of more than a few") {
        credentials many;
        for (int n = 0; n < 20; ++n) {
            many.all.push_back({"user" + std::to_string(n), crypt(1000 + n, "x")});
        }
        CHECK(directory(many, {}).hash_of_each_cost().size() == 4);
    }
    SECTION("none without accounts") {
        CHECK(directory().hash_of_each_cost().empty());
    }
}
