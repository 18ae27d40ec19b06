#include "app/settings.hpp"

#include "app/failure.hpp"
#include "app/user.hpp"

#include <system_error>
#include <utility>

namespace lmqtt::app {
namespace {

constexpr const char* usual_file = "/etc/lmqtt/lmqttd.toml";

}  // namespace

std::optional<std::filesystem::path> choose_file(const std::optional<std::filesystem::path>& named
) {
    std::error_code unreadable;
    if (named || !std::filesystem::exists(usual_file, unreadable)) {
        return named;
    }
    return usual_file;
}

config_file::loaded read_settings(const std::optional<std::filesystem::path>& file) {
    config_file::loaded result = file ? config_file::load_file(*file) : config_file::loaded{};
    const std::string& user = result.value.user;
    if (result.problems.empty() && !user.empty() && !find_user(user)) {
        result.problems.push_back({{}, "user: there is no user \"" + user + "\" on this machine"});
    }
    return result;
}

std::string
problem_lines(const config_file::loaded& result, const std::optional<std::filesystem::path>& file) {
    std::string lines;
    for (const config_file::problem& found : result.problems) {
        lines += config_file::to_line(found, file.value_or("lmqttd").string()) + "\n";
    }
    return lines;
}

config require_settings(const std::optional<std::filesystem::path>& file) {
    config_file::loaded result = read_settings(file);
    if (result.problems.empty()) {
        return std::move(result.value);
    }
    const exit_code code = result.unreadable ? exit_code::no_input : exit_code::configuration;
    throw failure(code, problem_lines(result, file));
}

std::string check_settings(const std::optional<std::filesystem::path>& named) {
    const std::optional<std::filesystem::path> file = choose_file(named);
    require_can_become(require_settings(file).user);
    return file.value_or("built-in defaults").string() + ": no problems\n";
}

}  // namespace lmqtt::app
