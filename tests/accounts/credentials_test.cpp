#include "accounts/credentials.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;
using lmqtt::test::contains;

namespace {

// Each line is a name.
credentials parse_names(std::string_view text) {
    credential_list list;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = text.find('\n');
        list.add({std::string(text.substr(0, end)), "secret"}, line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return list.finish();
}

}  // namespace

TEST_CASE("what a file says is read", "[credentials]") {
    const lmqtt::test::scratch folder;
    const auto read = read_credentials(folder.write("f", "a\nb").string(), parse_names);
    CHECK(read.problems.empty());
    CHECK(read.all == std::vector<credential>{{"a", "secret"}, {"b", "secret"}});
    CHECK(read_credentials(folder.write("g", "").string(), parse_names).problems.empty());
}

TEST_CASE("one problem, and nothing of the file counts (C11)", "[credentials]") {
    const auto read = parse_names("a\nb\na\n\nx\ty");
    CHECK(read.all.empty());
    REQUIRE(read.problems.size() == 3);
    CHECK(read.problems[0] == file_problem{3, "the user \"a\" is there twice"});
    CHECK(read.problems[1].line == 4);
    CHECK(read.problems[2].line == 5);
    CHECK(summary(read.problems, "f") == "f:3: the user \"a\" is there twice (and 2 more)");
    CHECK(summary({}, "f").empty());
}

TEST_CASE("a file that cannot be read is a problem, not an empty file (C11)", "[credentials]") {
    const lmqtt::test::scratch folder;
    const auto problem = [&](const std::string& path) {
        const auto read = read_credentials(path, parse_names);
        CHECK(read.all.empty());
        return summary(read.problems, "f");
    };
    CHECK(contains(problem(folder.path("none").string()), "f: cannot be opened: No such file"));
    CHECK(problem(folder.path(".").string()) == "f: is no regular file");
    CHECK(problem("/dev/zero") == "f: is no regular file");
}

TEST_CASE("a file without an end is not read to it (B14)", "[credentials]") {
    const lmqtt::test::scratch folder;
    const std::string path = folder.write("large", "").string();
    std::filesystem::resize_file(path, most_file_bytes);
    const auto never = [](std::string_view text) {
        return credentials{{}, {{text.size(), "parsed"}}};
    };
    CHECK(read_credentials(path, never).problems[0] == file_problem{most_file_bytes, "parsed"});
    std::filesystem::resize_file(path, most_file_bytes + 1);
    CHECK(read_credentials(path, never).problems[0] == file_problem{0, "is larger than 32 MiB"});
}
