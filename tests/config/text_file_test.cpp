#include "config/text_file.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using lmqtt::config_file::read_text_file;
using lmqtt::test::contains;

TEST_CASE("a file is read as it is, or the reason is told why not") {
    const lmqtt::test::scratch folder;
    const auto good = read_text_file(folder.write("a", std::string("x\r\n\0y", 5)));
    CHECK(good.text == std::string("x\r\n\0y", 5));
    CHECK(good.failure.empty());
    CHECK(read_text_file(folder.write("empty", "")).failure.empty());
    CHECK(contains(read_text_file(folder.path("missing")).failure, "cannot be read: No such file"));
    CHECK(contains(read_text_file(folder.path(".")).failure, "it is a directory"));
}

TEST_CASE("what is too large to have been written by a person is not read") {
    const lmqtt::test::scratch folder;
    const std::string most(1024 * 1024, '#');
    CHECK(read_text_file(folder.write("a", most)).text == most);
    CHECK(contains(read_text_file(folder.write("b", most + "#")).failure, "larger than 1 MiB"));
    CHECK(contains(read_text_file("/dev/zero").failure, "larger than 1 MiB"));
}
