// Any text as the topic of a rule, for any names: what is accepted gives filters; a name opens
// nothing that a '+' in its place would not, and no other client's topics; and what covers a filter
// matches what the filter matches.
//     first line: the rule's topic; then the user name, the client identifier, and topics to try
#include "access/filter_cover.hpp"
#include "access/rights.hpp"
#include "require.hpp"
#include "topic/levels.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::access;

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.size(), lines.back().size() + 1));
    }
    lines.resize(std::max<std::size_t>(lines.size(), 3));
    return lines;
}

// The rule with a '+' for every level in which a name stands.
std::string widest(std::string_view rule) {
    std::string result;
    topic::level_reader levels{rule};
    for (std::string_view level; levels.next(level);) {
        result += placeholders_in(level).any() ? "+" : substituted(level, {});
        result += '/';
    }
    result.pop_back();
    return result;
}

void check_topic(const rights& mine, const std::string& wide, std::string_view topic) {
    const auto parsed = topic::parse_filter(topic, {});
    if (parsed && mine.may_subscribe(topic).allowed) {
        require(covers(wide, parsed->filter));
    }
    if (!topic::valid_topic_name(topic, {})) {
        require(!mine.may_publish({.topic = topic}).allowed);
        return;
    }
    require(covers(wide, topic) == topic::matches(wide, topic));
    if (mine.receives(topic) || mine.may_publish({.topic = topic}).allowed) {
        require(topic::matches(wide, topic));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const std::vector<std::string_view> lines = lines_of(text);
    access_rule rule{.topic = std::string(lines[0])};
    rule.actions.bits = lines[0].starts_with("$SYS") ? 2 | 4 : 1 | 2 | 4;
    auto made = rule_set::make({rule}, true);
    if (const auto* problems = std::get_if<std::vector<rule_problem>>(&made)) {
        require(!problems->empty() && !problems->front().message.empty());
        return 0;
    }
    const principal who{.user_name = lines[1], .client_id = lines[2]};
    const auto rules = std::get<std::shared_ptr<const rule_set>>(made);
    const rights mine(rules, who);
    const std::string wide = widest(rule.topic);
    require(topic::parse_filter(wide, {}).has_value());
    for (std::size_t at = 1; at < lines.size(); ++at) {
        check_topic(mine, wide, lines[at]);
        if (rules->refuses_names(who)) {
            require(!mine.receives(lines[at]));
        }
    }
    return 0;
}
