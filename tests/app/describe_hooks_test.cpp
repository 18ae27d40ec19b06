#include "app/describe_hooks.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

using namespace lmqtt;

TEST_CASE("the page names exactly the hooks of lmqtt/hooks.hpp") {
    std::ifstream stream(LMQTT_SOURCE_ROOT "/include/lmqtt/hooks.hpp");
    const std::string header{std::istreambuf_iterator<char>(stream), {}};
    const std::string members = header.substr(header.find("struct hooks {"));
    const auto names_in = [](const std::string& text, const std::regex& pattern) {
        std::set<std::string> names;
        for (std::sregex_iterator next(text.begin(), text.end(), pattern), end; next != end;
             ++next) {
            names.insert((*next)[1]);
        }
        return names;
    };
    const std::set<std::string> declared = names_in(members, std::regex(R"((on_\w+);)"));
    CHECK(declared.size() > 15);
    CHECK(names_in(app::describe_hooks(), std::regex(R"(\n\| `(on_\w+)` \|)")) == declared);
}
