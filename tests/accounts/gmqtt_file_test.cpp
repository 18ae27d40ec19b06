#include "accounts/gmqtt_file.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

TEST_CASE("a file as gmqtt writes it is read", "[gmqtt_file]") {
    const auto read = parse_gmqtt_file(
        "- username: u1\n  password: 20a0db53bc1881a7f739cd956b740039\n"
        "- username: u2\n  password: $2a$04$BZxAIfeI9deI9skyrxsS2O.IC3hCRaz5b0VKmqQ4aT50IxVLziiYu\n"
    );
    CHECK(read.problems.empty());
    CHECK(
        read.all ==
        std::vector<credential>{
            {"u1", "20a0db53bc1881a7f739cd956b740039"},
            {"u2", "$2a$04$BZxAIfeI9deI9skyrxsS2O.IC3hCRaz5b0VKmqQ4aT50IxVLziiYu"}}
    );
}

TEST_CASE("a file as people write it is read, too", "[gmqtt_file]") {
    const auto read = parse_gmqtt_file(
        "---\n# ours\n-\n  password: 'it''s' # well\n  username: \"a\\\"b\\\\\"\r\n"
        "- password: p#q r # comment\n\n  # another\n  username: 'c d'"
    );
    CHECK(read.problems.empty());
    CHECK(read.all == std::vector<credential>{{"a\"b\\", "it's"}, {"c d", "p#q r"}});
}

TEST_CASE("an empty file has no accounts", "[gmqtt_file]") {
    for (const char* const text : {"", "\n", "[]\n", "# nobody\n---\n"}) {
        const auto read = parse_gmqtt_file(text);
        CHECK(read.problems.empty());
        CHECK(read.all.empty());
    }
}

TEST_CASE("an account without a password is a problem, not an open door (C13)", "[gmqtt_file]") {
    for (const char* const text :
         {"- username: u1",
          "- username: u1\n  password:",
          "- username: u1\n  password: \"\"",
          "- username: u1\n  password: ''\n- username: u2\n  password: x"}) {
        INFO(text);
        const auto read = parse_gmqtt_file(text);
        CHECK(read.all.empty());
        REQUIRE(read.problems.size() == 1);
        CHECK(read.problems[0] == file_problem{1, "an account without a password"});
    }
}

TEST_CASE("what is not such a file is refused", "[gmqtt_file]") {
    for (const char* const text :
         {"username: u1\npassword: p",
          "- username: u1\n  password: p\nx",
          "- password: p",
          "- username: u\n  username: u\n  password: p",
          "- username: u\n  password: p\n  role: x",
          "- username: u\n  password: *alias",
          "- username: u\n  password: \"a\\x41\"",
          "- username: u\n  password: \"open",
          "- username: u\n  password: 'a' b",
          "- username: u\n  password: null",
          "- username: {u: 1}\n  password: p",
          "- username: u\n  password: p\n- username: u\n  password: q",
          "alice:$6$x"}) {
        INFO(text);
        const auto read = parse_gmqtt_file(text);
        CHECK(read.all.empty());
        CHECK_FALSE(read.problems.empty());
    }
}
