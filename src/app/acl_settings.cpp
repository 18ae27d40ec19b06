#include "app/acl_settings.hpp"

#include "access/mosquitto_acl.hpp"
#include "app/failure.hpp"
#include "config/acl_rules.hpp"
#include "config/suggest.hpp"
#include "config/text_file.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lmqtt::app {
namespace {

using config_file::problem;

// What one file contributes; an empty name is the configuration file.
struct contribution {
    std::string file;
    config_file::read_rules read;
};

contribution read_mosquitto_acl(const std::string& file, const std::string& text) {
    access::mosquitto_acl parsed = access::parse_mosquitto_acl(text, file);
    contribution result{.file = file, .read = {}};
    for (access::line_remark& wrong : parsed.problems) {
        result.read.problems.push_back({{.line = wrong.line, .column = 0}, std::move(wrong.message)}
        );
    }
    result.read.rules = std::move(parsed.rules);
    result.read.at.resize(result.read.rules.size());
    return result;
}

contribution read_acl_file(const std::string& file) {
    config_file::text_file found = config_file::read_text_file(file);
    contribution result{.file = file, .read = {}};
    if (!found.failure.empty()) {
        result.read.problems.push_back({{}, std::move(found.failure)});
    } else if (is_mosquitto_acl(file)) {
        result = read_mosquitto_acl(file, found.text);
    } else {
        result.read = config_file::read_rule_text(found.text);
        config_file::name_origins(result.read.rules, result.read.at, file);
    }
    return result;
}

// The rules of a listener's own file. One that names listeners was written for another place.
contribution only_for(const std::string& listener, contribution file) {
    for (std::size_t i = 0; i < file.read.rules.size(); ++i) {
        access_rule& rule = file.read.rules[i];
        if (!rule.listeners.empty() && rule.listeners != std::vector<std::string>{listener}) {
            file.read.problems.push_back(
                {file.read.at[i],
                 "this rule is in the acl_file of the listener " + listener +
                     ", so it is about that one alone: leave out listeners, or move it to acl.file"}
            );
        }
        rule.listeners = {listener};
    }
    return file;
}

// A rule for a listener that does not exist would never hold, also if it denies.
void names_listeners_that_exist(const config& settings, contribution& from) {
    std::vector<std::string_view> names;
    for (const listener_config& each : settings.listeners) {
        names.push_back(listener_name(each));
    }
    for (std::size_t i = 0; i < from.read.rules.size(); ++i) {
        for (const std::string& name : from.read.rules[i].listeners) {
            if (std::ranges::find(names, name) != names.end()) {
                continue;
            }
            const auto near = config_file::nearest(name, names);
            std::string message = "there is no listener called \"" + config_file::printable(name);
            message += near ? "\"; did you mean \"" + std::string(*near) + "\"?" : "\"";
            from.read.problems.push_back({from.read.at[i], std::move(message)});
        }
    }
}

void check(const config& settings, contribution& from) {
    names_listeners_that_exist(settings, from);
    const auto made = access::rule_set::make(from.read.rules, true);
    if (const auto* found = std::get_if<std::vector<access::rule_problem>>(&made)) {
        for (const access::rule_problem& wrong : *found) {
            from.read.problems.push_back({from.read.at[wrong.rule], "this rule: " + wrong.message});
        }
    }
    for (problem& each : from.read.problems) {
        each.file = from.file;
    }
    std::ranges::stable_sort(from.read.problems, {}, &problem::at);
}

}  // namespace

bool is_mosquitto_acl(const std::string& file) {
    return file.ends_with(".acl");
}

void complete_access_rules(config_file::loaded& result) {
    acl_options& acl = result.value.acl;
    contribution own{.file = {}, .read = {}};
    own.read.rules = acl.rules;
    own.read.at = result.rules_at;
    check(result.value, own);
    std::ranges::move(own.read.problems, std::back_inserter(result.problems));
    std::ranges::stable_sort(result.problems, {}, &problem::at);
    const auto add = [&](contribution&& other) {
        check(result.value, other);
        std::ranges::move(other.read.problems, std::back_inserter(result.problems));
        std::ranges::move(other.read.rules, std::back_inserter(acl.rules));
    };
    if (!acl.file.empty()) {
        add(read_acl_file(acl.file));
    }
    for (const listener_config& each : result.value.listeners) {
        if (!each.acl_file.empty()) {
            add(only_for(listener_name(each), read_acl_file(each.acl_file)));
            acl.restricted_listeners.push_back(listener_name(each));
        }
    }
}

std::shared_ptr<const access::rule_set> configured_rules(const config& settings) {
    auto made = access::rule_set::make(
        settings.acl.rules, settings.acl.configured, settings.acl.restricted_listeners
    );
    if (const auto* found = std::get_if<std::vector<access::rule_problem>>(&made)) {
        const access_rule& wrong = settings.acl.rules[found->front().rule];
        throw failure(
            exit_code::configuration,
            "lmqttd: " + config_file::printable(wrong.origin) + ": " + found->front().message + "\n"
        );
    }
    return std::get<std::shared_ptr<const access::rule_set>>(std::move(made));
}

}  // namespace lmqtt::app
