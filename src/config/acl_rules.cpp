#include "config/acl_rules.hpp"

#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace lmqtt::config_file {
namespace {

struct action_word {
    std::string_view word;
    access_action action;
};

constexpr std::array actions{
    action_word{"publish", access_action::publish},
    action_word{"subscribe", access_action::subscribe},
    action_word{"receive", access_action::receive},
    action_word{"retain", access_action::retain}};

constexpr std::string_view action_list =
    "a list of one or more of \"publish\", \"subscribe\", \"receive\" and \"retain\"";
constexpr std::string_view name_list = "a list of names";

constexpr std::array key_table{
    rule_key{"allow", action_list, "What the rule allows."},
    rule_key{"deny", action_list, "What it denies; a rule has one of the two."},
    rule_key{
        "topic",
        "a topic filter",
        "The topics it is about. %u and %c stand for the user name and the client identifier."},
    rule_key{"maximum_qos", "0, 1 or 2", "The highest QoS it allows to publish or subscribe with."},
    rule_key{"users", name_list, "Only these users; \"\" is a client without a user name."},
    rule_key{"roles", name_list, "Only users with one of these roles."},
    rule_key{"clients", name_list, "Only these client identifiers."},
    rule_key{"listeners", name_list, "Only clients of the listeners with these names."}};

template <class Table, class Name>
std::string did_you_mean(std::string_view typed, const Table& table, Name name) {
    std::vector<std::string_view> words;
    words.reserve(std::size(table));
    for (const auto& each : table) {
        words.push_back(each.*name);
    }
    const std::optional<std::string_view> word = nearest(typed, words);
    return word ? "; did you mean " + in_quotes(*word) + "?" : "";
}

// Reads one rule, and tells everything that is wrong with it.
class rule_reader {
public:
    rule_reader(std::string_view list_name, std::vector<problem>& problems)
        : list_name_{list_name}
        , problems_{problems} {}

    std::optional<access_rule> read(const node& written) {
        if (!written.is_table()) {
            complain(
                written.value_at,
                "expected a rule: write [[" + std::string(list_name_) + "]] before each; found " +
                    std::string(type_name(written))
            );
            return std::nullopt;
        }
        const std::size_t before = problems_.size();
        for (const node& entry : written.children) {
            read_key(entry);
        }
        is_complete(written);
        rule_.origin = "line " + std::to_string(written.value_at.line);
        return problems_.size() == before ? std::optional(std::move(rule_)) : std::nullopt;
    }

private:
    void complain(position at, std::string message) {
        problems_.push_back({at, std::move(message)});
    }

    void refuse(const node& written, std::string_view expected, std::string_view hint = {}) {
        std::string message(list_name_);
        message.append(".").append(written.name).append(": expected ").append(expected);
        complain(written.value_at, message.append(hint));
    }

    void read_key(const node& entry) {
        if (std::vector<std::string>* const names = list_called(entry.name)) {
            read_names(entry, *names);
        } else if (entry.name == "allow" || entry.name == "deny") {
            read_actions(entry);
        } else if (entry.name == "topic") {
            read_topic(entry);
        } else if (entry.name == "maximum_qos") {
            read_maximum_qos(entry);
        } else {
            const std::string unknown = std::string(list_name_) + "." + printable(entry.name);
            complain(
                entry.key_at,
                "unknown key " + in_quotes(unknown) +
                    did_you_mean(entry.name, key_table, &rule_key::name)
            );
        }
    }

    std::vector<std::string>* list_called(std::string_view name) {
        if (name == "users") {
            return &rule_.users;
        }
        if (name == "roles") {
            return &rule_.roles;
        }
        if (name == "clients") {
            return &rule_.clients;
        }
        return name == "listeners" ? &rule_.listeners : nullptr;
    }

    void read_actions(const node& entry) {
        const bool allows = entry.name == "allow";
        (allows ? allows_ : denies_) = entry.key_at;
        rule_.allow = allows;
        if (!entry.is_list() || entry.children.empty()) {
            refuse(entry, action_list);
            return;
        }
        for (const node& element : entry.children) {
            const auto* const word = std::get_if<std::string>(&element.value);
            const auto found = std::ranges::find_if(actions, [&](const action_word& each) {
                return word != nullptr && each.word == *word;
            });
            if (found == actions.end()) {
                const std::string hint =
                    word == nullptr ? "" : did_you_mean(*word, actions, &action_word::word);
                refuse(entry, action_list, hint);
                return;
            }
            rule_.actions.add(found->action);
        }
    }

    void read_topic(const node& entry) {
        topic_ = true;
        const auto* const text = std::get_if<std::string>(&entry.value);
        if (text == nullptr) {
            refuse(entry, "a topic filter");
            return;
        }
        rule_.topic = *text;
    }

    void read_maximum_qos(const node& entry) {
        qos_ = entry.key_at;
        const auto* const number = std::get_if<std::int64_t>(&entry.value);
        if (number == nullptr || *number < 0 || *number > 2) {
            refuse(entry, "0, 1 or 2");
            return;
        }
        rule_.maximum_qos = static_cast<qos>(*number);
    }

    // An empty list is not the same as none: it admits nobody, and that is never meant.
    void read_names(const node& entry, std::vector<std::string>& into) {
        for (const node& element : entry.children) {
            if (const auto* const text = std::get_if<std::string>(&element.value)) {
                into.push_back(*text);
            }
        }
        if (!entry.is_list() || into.empty() || into.size() != entry.children.size()) {
            refuse(entry, "a list of one or more names; without the key the rule is about all");
        }
    }

    void is_complete(const node& written) {
        if (allows_ && denies_) {
            complain(std::max(*allows_, *denies_), "a rule either allows or denies: write two");
        } else if (!allows_ && !denies_) {
            complain(written.value_at, "this rule says neither allow nor deny");
        } else if (denies_ && qos_) {
            complain(*qos_, "maximum_qos has no meaning in a rule that denies");
        }
        if (!topic_) {
            complain(written.value_at, "this rule has no topic");
        }
    }

    std::string_view list_name_;
    std::vector<problem>& problems_;
    access_rule rule_;
    std::optional<position> allows_;
    std::optional<position> denies_;
    std::optional<position> qos_;
    bool topic_ = false;
};

std::string print_names(std::string_view key, const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + in_quotes(name);
    }
    return names.empty() ? "" : std::string(key) + " = [" + text + "]\n";
}

}  // namespace

std::span<const rule_key> rule_keys() {
    return key_table;
}

read_rules read_rule_list(const node& written, std::string_view full_name) {
    read_rules result;
    if (!written.is_list()) {
        result.problems.push_back(
            {written.key_at,
             "expected a list: write [[" + std::string(full_name) + "]] before each rule"}
        );
        return result;
    }
    for (const node& element : written.children) {
        if (auto rule = rule_reader(full_name, result.problems).read(element)) {
            result.rules.push_back(std::move(*rule));
            result.at.push_back(element.value_at);
        }
    }
    return result;
}

read_rules read_rule_text(std::string_view text) {
    std::variant<std::vector<node>, problem> document = parse_document(text);
    read_rules result;
    if (auto* stumbled = std::get_if<problem>(&document)) {
        result.problems.push_back(std::move(*stumbled));
        return result;
    }
    for (const node& entry : std::get<std::vector<node>>(document)) {
        if (entry.name == "rules") {
            result = read_rule_list(entry, "rules");
        }
    }
    for (const node& entry : std::get<std::vector<node>>(document)) {
        if (entry.name != "rules") {
            result.problems.push_back(
                {entry.key_at,
                 "unknown key " + in_quotes(printable(entry.name)) +
                     "; this file has rules only: write [[rules]] before each"}
            );
        }
    }
    std::ranges::stable_sort(result.problems, {}, &problem::at);
    return result;
}

void name_origins(
    std::span<access_rule> rules, std::span<const position> at, std::string_view file
) {
    for (std::size_t i = 0; i < at.size(); ++i) {
        rules[i].origin = std::string(file) + ":" + std::to_string(at[i].line);
    }
}

std::string print_rule(const access_rule& rule, std::string_view list_name) {
    std::vector<std::string> words;
    for (const action_word& each : actions) {
        if (rule.actions.has(each.action)) {
            words.emplace_back(each.word);
        }
    }
    std::string text = "[[" + std::string(list_name) + "]]\n";
    text += print_names(rule.allow ? "allow" : "deny", words);
    text += "topic = " + in_quotes(rule.topic) + "\n";
    if (rule.maximum_qos != qos::exactly_once) {
        text += "maximum_qos = " + std::to_string(static_cast<int>(rule.maximum_qos)) + "\n";
    }
    text += print_names("users", rule.users);
    text += print_names("roles", rule.roles);
    text += print_names("clients", rule.clients);
    text += print_names("listeners", rule.listeners);
    return text;
}

}  // namespace lmqtt::config_file
