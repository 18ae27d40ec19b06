#include "accounts/password_file.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;
using lmqtt::test::contains;

namespace {

// By mosquitto_passwd -H sha512, and without -H.
const std::string six = "$6$LiTJ4biJJ4lONVip$H4Mr42S4WEgqYDpoBci6SmNjY+UWMHdfoH38bRdJYUypIZjLNhph"
                        "NegzufZhFMZxb9BMT75l9FLMxufxfJaa8A==";
const std::string seven = "$7$101$e0+YbP+NjwrvrYNO$pCWJeNyuqoLASI3i4ZGtCqkU1IYFxylTGi7f5WSe0MdlP9R"
                          "PFsbg6/fkqp4EkR7rUkrF9udc0JQvIiZ5K/px2g==";
const std::string argon = "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHA"
                          "ph8ArZWb2GRPPc";

}  // namespace

TEST_CASE("mosquitto's three kinds of lines are read", "[password_file]") {
    const auto read = parse_password_file(
        "# made by mosquitto_passwd\n\nalice:" + six + "\r\n \t\nbob b:" + seven +
        "\n#x:y\ncarol:" + argon
    );
    CHECK(read.problems.empty());
    CHECK(read.all == std::vector<credential>{{"alice", six}, {"bob b", seven}, {"carol", argon}});
}

TEST_CASE("a file without users is sound, and has no users (C11)", "[password_file]") {
    for (const char* const text : {"", "\n", "# nobody", "\r\n\r\n", "   \n\t\n#\n"}) {
        const auto read = parse_password_file(text);
        CHECK(read.problems.empty());
        CHECK(read.all.empty());
    }
}

TEST_CASE("a malformed line is told by its number, and nobody gets in (C11)", "[password_file]") {
    for (const std::string& wrong :
         {std::string("bob"),
          std::string("bob:"),
          std::string(":"),
          ":" + six,
          "b\tob:" + six,
          "bob:" + six + " ",
          "bob:" + six.substr(1),
          "bob:" + six.substr(0, 60),
          "bob: " + six,
          std::string("bob:$6$$"),
          std::string("bob:$argon2id$v=19$m=4194304,t=9,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMa"),
          "alice:" + seven,
          " #" + std::string("x")}) {
        INFO(wrong);
        const auto read = parse_password_file("alice:" + six + "\n\n" + wrong + "\ncarol:" + seven);
        CHECK(read.all.empty());
        REQUIRE(read.problems.size() == 1);
        CHECK(read.problems[0].line == 3);
    }
}

TEST_CASE(
    "a plain password is refused with what to do, and is not repeated (C19)", "[password_file]"
) {
    const auto read = parse_password_file("alice:hunter2\nbob:3cb4e732631f47e6eb961f34554b7cde");
    REQUIRE(read.problems.size() == 2);
    for (const file_problem& each : read.problems) {
        CHECK(contains(each.what, "mosquitto_passwd -U"));
        CHECK_FALSE(contains(each.what, "hunter2"));
        CHECK_FALSE(contains(each.what, "3cb4"));
    }
}
