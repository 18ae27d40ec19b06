// Any text as mosquitto's acl_file: no crash, every problem with a line and a sentence, and a text
// without problems gives rules that make a rule set, each with its line.
#include "access/mosquitto_acl.hpp"

#include "access/rights.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

using namespace lmqtt;
using namespace lmqtt::access;

namespace {

void check_remarks(const std::vector<line_remark>& remarks, std::ptrdiff_t lines) {
    for (const line_remark& each : remarks) {
        require(!each.message.empty() && each.line > 0 && each.line <= lines);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    mosquitto_acl read = parse_mosquitto_acl(text, "f");
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    check_remarks(read.problems, lines);
    check_remarks(read.left_out, lines);
    if (!read.problems.empty()) {
        return 0;
    }
    auto made = rule_set::make(std::move(read.rules), true);
    require(std::holds_alternative<std::shared_ptr<const rule_set>>(made));
    const auto rules = std::get<std::shared_ptr<const rule_set>>(std::move(made));
    const rights somebody(rules, {.user_name = "u", .client_id = "c"});
    require(!somebody.may_publish({.topic = "$SYS/x"}).allowed);
    require(!somebody.receives("$CONTROL/x"));
    require(rules->entries().empty() || somebody.may_subscribe("#").allowed);
    return 0;
}
