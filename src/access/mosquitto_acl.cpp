#include "access/mosquitto_acl.hpp"

#include "access/name_space.hpp"
#include "access/placeholders.hpp"
#include "access/rule_check.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lmqtt::access {
namespace {

struct access_word {
    std::string_view word;
    bool allow;
    std::array<access_action, 3> actions;  // the last again and again when there are fewer
};

constexpr auto receive = access_action::receive;
constexpr auto publish = access_action::publish;
constexpr auto retain = access_action::retain;

constexpr std::array access_words{
    access_word{"read", true, {receive, receive, receive}},
    access_word{"write", true, {publish, retain, retain}},
    access_word{"readwrite", true, {receive, publish, retain}},
    access_word{"deny", false, {receive, publish, retain}}};

const access_word* find_access(std::string_view word) {
    for (const access_word& each : access_words) {
        if (each.word == word) {
            return &each;
        }
    }
    return nullptr;
}

// As mosquitto cuts its lines: words are separated by spaces, and white space at the end of a line
// is nothing.
std::string_view without_blanks_behind(std::string_view line) {
    const auto last = line.find_last_not_of(" \t\r\v\f");
    return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r\v\f"), line.size()));
    return word;
}

// The rule language has "%%" for a percent sign; mosquitto has %c and %u, and all else is itself.
std::string as_rule_topic(std::string_view pattern) {
    std::string topic;
    for (auto at = pattern.find('%'); at != std::string_view::npos; at = pattern.find('%')) {
        const std::string_view after = pattern.substr(at + 1);
        const bool placeholder = after.starts_with('u') || after.starts_with('c');
        topic += pattern.substr(0, at + 1);
        topic += placeholder ? "" : "%";
        pattern.remove_prefix(at + 1);
    }
    return topic += pattern;
}

class reader {
public:
    explicit reader(std::string_view name)
        : name_{name} {}

    void read(std::string_view line) {
        ++line_;
        line = without_blanks_behind(line);
        if (line.starts_with('#')) {
            return;
        }
        const std::string_view word = take_word(line);
        if (word == "user") {
            read_user(line);
        } else if (word == "topic" || word == "pattern") {
            read_rule(line, word == "pattern");
        } else if (!word.empty()) {
            complain("expected user, topic, pattern, or # as the first character of the line");
        }
    }

    mosquitto_acl finish() {
        if (!result_.rules.empty()) {
            result_.rules.push_back(subscribing("#"));
        }
        if (names_sys_) {
            result_.rules.push_back(subscribing("$SYS/#"));
        }
        return std::move(result_);
    }

private:
    void complain(std::string message) { result_.problems.push_back({line_, std::move(message)}); }

    void leave_out(std::string message) { result_.left_out.push_back({line_, std::move(message)}); }

    void read_user(std::string_view name) {
        if (name.empty()) {
            complain("expected a user name after user");
            return;
        }
        user_ = name;
    }

    void read_rule(std::string_view rest, bool is_pattern) {
        std::string_view topic = rest;
        const std::string_view first = take_word(topic);
        const access_word* access = find_access(first);
        if (first.empty() || (topic.empty() && access != nullptr)) {
            // mosquitto takes "topic deny" as: read and write the topic "deny".
            complain("expected a topic after " + std::string(first.empty() ? "it" : first));
            return;
        }
        if (topic.empty()) {
            topic = first;
            access = find_access("readwrite");
        } else if (access == nullptr) {
            complain("expected read, write, readwrite or deny before a topic with spaces");
            return;
        }
        access_rule rule;
        rule.allow = access->allow;
        for (const access_action each : access->actions) {
            rule.actions.add(each);
        }
        rule.topic = is_pattern ? as_rule_topic(topic) : without_placeholders(topic);
        rule.origin = name_ + ":" + std::to_string(line_);
        if (!is_pattern) {
            rule.users = {user_};
        }
        take(std::move(rule));
    }

    void take(access_rule rule) {
        const name_space where = name_space_of(rule.topic);
        if (rule.allow && where != name_space::ordinary && !rule.topic.starts_with("$share")) {
            if (!can_be_kept(rule, where)) {
                return;
            }
        }
        names_sys_ = names_sys_ || (rule.allow && where == name_space::sys);
        for (std::string& problem : problems_of(rule)) {
            complain(std::move(problem));
        }
        result_.rules.push_back(std::move(rule));
    }

    // What is left of a rule about a topic that begins with '$'.
    bool can_be_kept(access_rule& rule, name_space where) {
        if (where == name_space::closed) {
            leave_out("topics that begin with '$' are closed, but for $SYS");
            return false;
        }
        const bool reads = rule.actions.has(receive);
        if (rule.actions.has(publish)) {
            leave_out("nobody publishes to $SYS");
            rule.actions = {};
            rule.actions.add(receive);
        }
        return reads;
    }

    [[nodiscard]] access_rule subscribing(std::string topic) const {
        access_rule rule{.topic = std::move(topic), .origin = name_};
        rule.actions.add(access_action::subscribe);
        return rule;
    }

    std::string name_;
    unsigned line_ = 0;
    std::string user_;  // empty: clients without a user name, who come first
    bool names_sys_ = false;
    mosquitto_acl result_;
};

}  // namespace

mosquitto_acl parse_mosquitto_acl(std::string_view text, std::string_view name) {
    reader lines{name};
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        lines.read(line);
    }
    return lines.finish();
}

}  // namespace lmqtt::access
