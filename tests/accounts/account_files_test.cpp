#include "accounts/account_files.hpp"
#include "sample_accounts.hpp"

#include <sys/stat.h>

using namespace lmqtt;
using namespace lmqtt::accounts;
using test::contains;
using test::noon;

namespace {

const std::string line = "carol:$6$LiTJ4biJJ4lONVip$H4Mr42S4WEgqYDpoBci6SmNjY+UWMHdfoH38bRdJYUypIZ"
                         "jLNhphNegzufZhFMZxb9BMT75l9FLMxufxfJaa8A==\n";

}  // namespace

TEST_CASE("accounts are read from both files", "[account_files]") {
    test::accounts_file file;
    file.add({.name = "bob", .roles = {"r"}});
    file.db.put_ban({ban_kind::user, "mallory"});
    access_rule rule;
    rule.topic = "t";
    file.db.put_role({"r", {rule}});
    const account_files all({file.path, file.folder.write("passwd", line).string()}, noon);
    CHECK(all.find("bob"));
    CHECK(all.find("carol"));
    CHECK_FALSE(all.find("alice"));
    CHECK(all.has_accounts());
    CHECK(all.ban_of({{}, "mallory", ""}, noon));
    CHECK(all.rules().size() == 1);
    CHECK(all.scram_secret().size() == 32);
}

TEST_CASE("what is read again is in use when it is told so, not before", "[account_files]") {
    test::accounts_file file;
    const auto passwords = file.folder.write("passwd", line);
    account_files all({file.path, passwords.string()}, noon);
    file.add({.name = "bob"});
    auto reading = all.read_again({}, noon);
    CHECK_FALSE(all.find("bob"));
    CHECK(reading.rules().empty());
    all.use(std::move(reading));
    CHECK(all.find("bob"));
    CHECK_FALSE(all.have_changed());
    file.folder.write("passwd", "garbage\n");
    CHECK_THROWS_WITH(all.read_again({}, noon), Catch::Contains("passwd"));
    CHECK(all.find("carol"));
}

TEST_CASE("no database is no accounts, until there is one", "[account_files]") {
    const test::scratch folder;
    const std::string path = folder.path("accounts.db").string();
    account_files all({path, ""}, noon);
    CHECK_FALSE(all.has_accounts());
    CHECK_FALSE(all.have_changed());
    CHECK_FALSE(std::filesystem::exists(path));
    const user bob{.name = "bob"};
    database(path, noon).add_users({&bob, 1});
    CHECK(all.have_changed());
    CHECK(all.reload(noon).empty());
    CHECK_FALSE(all.have_changed());
    CHECK(all.find("bob"));
}

TEST_CASE("changes are seen, in either file", "[account_files]") {
    test::accounts_file file;
    const std::string passwd = file.folder.write("passwd", "").string();
    account_files all({file.path, passwd}, noon);
    CHECK_FALSE(all.have_changed());
    file.add({.name = "bob"});
    CHECK(all.have_changed());
    CHECK(all.reload(noon).empty());
    CHECK_FALSE(all.have_changed());
    CHECK(all.find("bob"));
    file.folder.write("passwd", line);
    CHECK(all.have_changed());
    CHECK(all.reload(noon).empty());
    CHECK(all.find("carol"));
    std::filesystem::remove(file.path);
    CHECK(all.have_changed());
    CHECK(all.reload(noon).empty());
    CHECK_FALSE(all.find("bob"));
    CHECK(all.find("carol"));
}

TEST_CASE("what cannot be read is told at the start (C11)", "[account_files]") {
    test::accounts_file file;
    const auto complaint = [&](const std::string& passwd) {
        return test::complaint_of([&] { account_files({file.path, passwd}, noon); });
    };
    CHECK(contains(complaint(file.folder.path("none").string()), "none: cannot be opened"));
    CHECK(contains(complaint(file.folder.write("passwd", line + "x").string()), "passwd:2: "));
    REQUIRE(::chmod(file.path.c_str(), 0644) == 0);
    CHECK(contains(complaint(""), "accounts.db"));
}

TEST_CASE("a reload that fails keeps what there was (C11)", "[account_files]") {
    test::accounts_file file;
    file.add({.name = "bob"});
    const std::string passwd = file.folder.write("passwd", line).string();
    account_files all({file.path, passwd}, noon);
    file.add({.name = "dave"});
    file.folder.write("passwd", "broken\n");
    CHECK(contains(all.reload(noon), "passwd:1: "));
    CHECK(all.find("carol"));
    CHECK(all.find("bob"));
    CHECK_FALSE(all.find("dave"));
    CHECK(all.have_changed());
    std::filesystem::remove(passwd);
    CHECK_FALSE(all.reload(noon).empty());
    CHECK(all.find("carol"));
    file.folder.write("passwd", "");
    CHECK(all.reload(noon).empty());
    CHECK_FALSE(all.find("carol"));
    CHECK(all.find("dave"));
}

TEST_CASE(
    "a database that cannot be looked at is not one that is not there (C11)", "[account_files]"
) {
    test::accounts_file file;
    file.add({.name = "bob"});
    account_files all({file.path, ""}, noon);
    std::filesystem::remove(file.path);
    std::filesystem::create_symlink(file.path, file.path);
    CHECK(all.have_changed());
    CHECK(contains(all.reload(noon), "accounts.db: cannot be looked at: "));
    CHECK(all.find("bob"));
    CHECK(all.has_accounts());
    CHECK_FALSE(test::complaint_of([&] { account_files({file.path, ""}, noon); }).empty());
    std::filesystem::remove(file.path);
    CHECK(all.reload(noon).empty());
    CHECK_FALSE(all.has_accounts());
}

TEST_CASE(
    "a password that is hashed anew is written and used, and is no change", "[account_files]"
) {
    test::accounts_file file;
    file.add({.name = "bob", .password = {"$old"}, .roles = {"r"}});
    account_files all({file.path, ""}, noon);
    const account_ptr before = all.find("bob");
    CHECK(all.replace_password(*before, {"$new"}).empty());
    CHECK(all.find("bob")->password.hash == "$new");
    CHECK(all.find("bob")->roles == std::vector<std::string>{"r"});
    CHECK(file.db.read().users[0].password.hash == "$new");
    CHECK_FALSE(all.have_changed());
    CHECK(all.replace_password(*before, {"$late"}).empty());
    CHECK(all.find("bob")->password.hash == "$new");
    CHECK(file.db.read().users[0].password.hash == "$new");
}

TEST_CASE("a password file is somebody else's, and stays as it is", "[account_files]") {
    const test::scratch folder;
    const std::string passwd = folder.write("passwd", line).string();
    account_files all({folder.path("accounts.db").string(), passwd}, noon);
    const account_ptr before = all.find("carol");
    CHECK(all.replace_password(*before, {"$new"}).empty());
    CHECK(all.find("carol") == before);
    CHECK(folder.read("passwd") == line);
}
