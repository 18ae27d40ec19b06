// mosquitto's acl_file read as access rules, with the meaning it has there
// (mosquitto.conf(5), 2.0), as far as ours are not stricter: a denial wins over every other rule,
// and topics that begin with
// '$' stay closed. Pure function, any thread.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::access {

/// Something said about a line; lines count from 1.
struct line_remark {
    unsigned line;
    std::string message;
};

struct mosquitto_acl {
    std::vector<access_rule> rules;     // to be used only if there are no problems
    std::vector<line_remark> problems;  // every one, in the order of the text
    std::vector<line_remark> left_out;  // what has no effect here
};

/// `name` is what the rules' origins call the text: "name:line". mosquitto does not check
/// SUBSCRIBE, so a text with rules gets one more, last, that lets everybody ask for everything:
/// what is delivered is decided by topic.
[[nodiscard]] mosquitto_acl parse_mosquitto_acl(std::string_view text, std::string_view name);

}  // namespace lmqtt::access
