#include "app/describe.hpp"

#include "app/describe_hooks.hpp"
#include "app/exit_code.hpp"
#include "config/describe.hpp"

#include <lmqtt/server.hpp>

#include <array>

namespace lmqtt::app {
namespace {

std::string describe_config() {
    std::string page = config_file::describe_markdown();
    page += "\n## Exit codes\n\n| code | lmqttd ended because |\n| --- | --- |\n";
    for (const exit_reason& reason : exit_reasons) {
        page += "| " + std::to_string(static_cast<int>(reason.code)) + " | " +
                std::string(reason.sentence) + " |\n";
    }
    return page;
}

std::string describe_all_metrics() {
    std::string page = "# Metrics\n\nThis page is printed by `lmqttd describe metrics`, from the "
                       "registry that counts.\n\n"
                       "| name | kind | meaning |\n| --- | --- | --- |\n";
    for (const metric_value& metric : describe_metrics()) {
        page += "| `" + std::string(metric.name) + "` | " +
                (metric.is_counter ? "counter" : "gauge") + " | " + std::string(metric.help) +
                " |\n";
    }
    return page;
}

struct topic {
    std::string_view name;
    std::string (*print)();
};

constexpr std::array topics{
    topic{"toml", config_file::describe_toml},
    topic{"config", describe_config},
    topic{"metrics", describe_all_metrics},
    topic{"hooks", describe_hooks},
};

}  // namespace

std::vector<std::string> description_topics() {
    std::vector<std::string> names;
    names.reserve(std::size(topics));
    for (const topic& each : topics) {
        names.emplace_back(each.name);
    }
    return names;
}

std::optional<std::string> describe(std::string_view wanted) {
    for (const topic& each : topics) {
        if (each.name == wanted) {
            return each.print();
        }
    }
    return std::nullopt;
}

}  // namespace lmqtt::app
