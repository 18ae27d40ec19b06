// `lmqttd acl ...`: what the configured rules say about one client, and another broker's rules in
// our words. Main thread; what goes wrong is a failure.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::app {

/// Who wants to do what.
struct access_question {
    std::string user = {};  // empty: a client without a user name
    std::vector<std::string> roles = {};
    std::string client = {};
    std::string listener = {};  // empty: the only one
    std::string action = {};    // a word of access_words()
    std::string topic = {};
    unsigned qos = 0;
};

struct access_answer {
    bool allowed;
    std::string text;
};

/// "publish", "subscribe", "receive", "retain".
std::vector<std::string> access_words();

/// The decision, and the rule that makes it with its file and line.
access_answer
explain_access(const std::optional<std::filesystem::path>& named, const access_question& asked);

/// mosquitto's acl_file as [[acl.rules]].
std::string import_acl(const std::string& file);

}  // namespace lmqtt::app
