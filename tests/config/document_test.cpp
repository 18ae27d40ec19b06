#include "config/document.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::config_file;

namespace {

std::vector<node> parsed(std::string_view text) {
    std::variant<std::vector<node>, problem> result = parse_document(text);
    REQUIRE(std::holds_alternative<std::vector<node>>(result));
    return std::get<std::vector<node>>(result);
}

}  // namespace

TEST_CASE("keys and values know their line and column") {
    const std::vector<node> top = parsed("a = 1\n\n[b]\n  c =  \"x\"\n");
    REQUIRE(top.size() == 2);
    CHECK(top[0].name == "a");
    CHECK(top[0].key_at == position{1, 1});
    CHECK(top[0].value_at == position{1, 5});
    CHECK(std::get<std::int64_t>(top[0].value) == 1);
    const std::vector<node>& inner = top[1].children;
    REQUIRE(inner.size() == 1);
    CHECK(inner[0].key_at == position{4, 3});
    CHECK(inner[0].value_at == position{4, 8});
    CHECK(std::get<std::string>(inner[0].value) == "x");
}

TEST_CASE("keys come in the order of the text") {
    const std::vector<node> top = parsed("z = 1\nm = 2\na = 3\n");
    CHECK(top[0].name == "z");
    CHECK(top[1].name == "m");
    CHECK(top[2].name == "a");
}

TEST_CASE("every type of value has a name for messages") {
    const std::vector<node> top =
        parsed("a=true\nb=1\nc=1.5\nd=\"x\"\ne=[1]\nf={x=1}\ng=1979-05-27\n");
    const std::vector<std::string> names = {
        "a boolean", "an integer", "a fraction", "a string", "a list", "a table", "a date or time"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        CHECK(type_name(top[i]) == names[i]);
    }
}

TEST_CASE("what is not TOML is one problem with its place") {
    const std::variant<std::vector<node>, problem> result = parse_document("a = 1\nb = = 2\n");
    REQUIRE(std::holds_alternative<problem>(result));
    CHECK(std::get<problem>(result).at.line == 2);
    CHECK_FALSE(std::get<problem>(result).message.empty());
}

TEST_CASE("a key written twice is a problem") {
    const std::variant<std::vector<node>, problem> result =
        parse_document("[mqtt]\nx = 1\nx = 2\n");
    REQUIRE(std::holds_alternative<problem>(result));
    CHECK(std::get<problem>(result).at.line == 3);
}

TEST_CASE("a deeply nested value is cut off and named") {
    std::string text = "a";
    for (int i = 0; i < 40; ++i) {
        text += ".a";
    }
    std::vector<node> table = parsed(text + " = 1");
    for (int i = 0; i < 20; ++i) {
        const node inner = table.at(0);
        if (!inner.is_table()) {
            CHECK(type_name(inner) == "a value nested too deeply");
            return;
        }
        table = inner.children;
    }
    FAIL("nested without end");
}
