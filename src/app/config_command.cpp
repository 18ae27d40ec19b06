#include "app/config_command.hpp"

#include "app/failure.hpp"
#include "app/running_file.hpp"
#include "app/settings.hpp"
#include "config/acl_rules.hpp"
#include "config/changes.hpp"
#include "config/print.hpp"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt::app {
namespace {

using config_file::change;
using json = nlohmann::ordered_json;

config running_settings(const config& in_file, const config_question& asked) {
    if (asked.running) {
        return read_running_copy(*asked.running);
    }
    const std::string path = running_file_of(in_file);
    if (path.empty()) {
        throw failure(
            exit_code::no_input,
            "lmqttd: what runs is not known: with persistence.type = \"memory\" a broker writes it "
            "only beside its pid_file, and there is none\n"
        );
    }
    return read_running(path);
}

std::string_view how(const change& what) {
    return what.applies == config_file::reload::on_sighup ? "SIGHUP" : "restart";
}

std::string shown(const std::string& value) {
    return value.empty() ? "not written" : value;
}

/// `{ allow = ["publish"], topic = "a/#" }`
std::string on_one_line(const access_rule& rule) {
    std::istringstream lines(config_file::print_rule(rule, "acl.rules"));
    std::string text;
    std::string line;
    std::getline(lines, line);  // [[acl.rules]]
    while (std::getline(lines, line)) {
        text += (text.empty() ? "{ " : ", ") + line;
    }
    return text + " }";
}

std::vector<std::string> on_one_line_each(const std::vector<access_rule>& rules) {
    std::vector<std::string> all;
    all.reserve(rules.size());
    for (const access_rule& each : rules) {
        all.push_back(on_one_line(each));
    }
    return all;
}

struct comparison {
    std::vector<change> keys;
    std::vector<std::string> added_rules;
    std::vector<std::string> gone_rules;
};

std::string in_lines(const comparison& found) {
    std::string text;
    for (const change& each : found.keys) {
        text += each.name + ": " + shown(each.before) + " -> " + shown(each.after) + " (" +
                std::string(how(each)) + ")\n";
    }
    for (const std::string& each : found.gone_rules) {
        text += "acl.rules: - " + each + "\n";
    }
    for (const std::string& each : found.added_rules) {
        text += "acl.rules: + " + each + "\n";
    }
    return text;
}

json value_of(const std::string& printed) {
    return printed.empty() ? json(nullptr) : json(printed);
}

std::string in_json(const comparison& found) {
    json keys = json::array();
    for (const change& each : found.keys) {
        keys.push_back(
            {{"key", each.name},
             {"running", value_of(each.before)},
             {"file", value_of(each.after)},
             {"applies", how(each)}}
        );
    }
    const json all{
        {"differences", std::move(keys)},
        {"rules_added", found.added_rules},
        {"rules_gone", found.gone_rules}};
    return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

config_answer
compare_settings(const std::optional<std::filesystem::path>& named, const config_question& asked) {
    const std::optional<std::filesystem::path> file = choose_file(named);
    const config wanted = require_settings(file);
    const config running = running_settings(wanted, asked);
    auto rules = config_file::changed_rules(running, wanted);
    const comparison found{
        config_file::changes(running, wanted),
        on_one_line_each(rules.added),
        on_one_line_each(rules.gone)};
    if (asked.json) {
        return {!found.keys.empty(), in_json(found)};
    }
    if (found.keys.empty()) {
        return {false, file.value_or("built-in defaults").string() + ": is what runs\n"};
    }
    return {true, in_lines(found)};
}

std::string
show_settings(const std::optional<std::filesystem::path>& named, const config_question& asked) {
    const std::optional<std::filesystem::path> file = choose_file(named);
    const config_file::loaded found = read_settings(file);
    if (!found.problems.empty()) {
        const exit_code code = found.unreadable ? exit_code::no_input : exit_code::configuration;
        throw failure(code, problem_lines(found, file));
    }
    config own = found.value;
    own.acl.rules.resize(found.rules_at.size());  // the others are in files that it names
    return config_file::print_config(
        own, asked.all ? config_file::printed_keys::all : config_file::printed_keys::unlike_default
    );
}

}  // namespace lmqtt::app
