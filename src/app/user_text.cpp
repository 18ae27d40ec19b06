#include "app/user_text.hpp"

namespace lmqtt::app {

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& each : list) {
        text += (text.empty() ? "" : ",") + each;
    }
    return text.empty() ? "-" : text;
}

std::string list_of(const std::vector<accounts::user>& users) {
    std::string lines;
    for (const accounts::user& each : users) {
        const char* const state = each.disabled                ? "disabled"
                                  : each.password.hash.empty() ? "no password"
                                                               : "active";
        lines += each.name + "\t" + state + "\t" + joined(each.roles) + "\t" + joined(each.groups) +
                 "\n";
    }
    return lines;
}

std::string text_of(const access_rule& rule) {
    std::vector<std::string> actions;
    for (const auto& [action, word] : action_words) {
        if (rule.actions.has(action)) {
            actions.emplace_back(word);
        }
    }
    return std::string(rule.allow ? "allow" : "deny") + "\t" + joined(actions) + "\t" + rule.topic +
           "\tqos " + std::to_string(static_cast<int>(rule.maximum_qos));
}

std::string text_of(const accounts::role& role) {
    std::string lines;
    for (const access_rule& each : role.rules) {
        lines += role.name + "\t" + text_of(each) + "\n";
    }
    return lines.empty() ? role.name + "\n" : lines;
}

}  // namespace lmqtt::app
