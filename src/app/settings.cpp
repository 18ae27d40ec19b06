#include "app/settings.hpp"

#include "app/acl_settings.hpp"
#include "app/failure.hpp"
#include "app/user.hpp"

#include <lmqtt/server.hpp>

#include <cstdlib>
#include <system_error>
#include <utility>

namespace lmqtt::app {

std::optional<std::filesystem::path>
choose_file(const std::optional<std::filesystem::path>& named, const std::filesystem::path& usual) {
    if (named) {
        return named;
    }
    std::error_code why;
    // Of the name itself: a link that leads nowhere is meant to be read, too.
    const auto found = std::filesystem::symlink_status(usual, why).type();
    if (found == std::filesystem::file_type::not_found) {
        return std::nullopt;
    }
    if (found == std::filesystem::file_type::none) {
        throw failure(
            exit_code::no_input,
            "lmqttd: " + usual.string() + ": cannot be looked for: " + why.message() + "\n"
        );
    }
    return usual;
}

// Where a program keeps its state when nobody says: systemd's choice, or the user's.
std::filesystem::path state_folder() {
    const auto variable = [](const char* name) -> std::filesystem::path {
        const char* const value = std::getenv(name);
        return value == nullptr ? "" : value;
    };
    if (auto given = variable("STATE_DIRECTORY"); !given.empty()) {
        return given;
    }
    if (const auto given = variable("XDG_STATE_HOME"); !given.empty()) {
        return given / "lmqtt";
    }
    return variable("HOME") / ".local" / "state" / "lmqtt";
}

// A path that is not in the file is relative to it all the same.
std::filesystem::path
state_path(const std::string& path, const std::optional<std::filesystem::path>& file) {
    const auto folder = file ? std::filesystem::absolute(*file).parent_path() : state_folder();
    return folder / path;
}

void make_state_folder(const std::filesystem::path& database) {
    const auto folder = database.parent_path();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        throw failure(
            exit_code::storage,
            "lmqttd: " + folder.string() + ": cannot be made: " + failed.message() + "\n"
        );
    }
    std::filesystem::permissions(
        folder,
        std::filesystem::perms::owner_all | std::filesystem::perms::group_read |
            std::filesystem::perms::group_exec
    );
}

config_file::loaded read_settings(const std::optional<std::filesystem::path>& file) {
    config_file::loaded result = file ? config_file::load_file(*file) : config_file::loaded{};
    std::string& path = result.value.persistence.path;
    path = state_path(path, file).lexically_normal().string();
    std::string& accounts = result.value.auth.accounts;
    accounts = (std::filesystem::path(path).parent_path() / accounts).lexically_normal().string();
    if (!result.unreadable) {
        complete_access_rules(result);
    }
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

namespace {

// Certificates, accounts and rules, as a start would find them. The state is left alone.
void require_readable_files(config settings) {
    settings.log = {};
    settings.persistence.type = persistence_type::memory;
    try {
        server(std::move(settings)).check();
    } catch (const startup_error& refused) {
        throw failure(exit_code::configuration, std::string("lmqttd: ") + refused.what() + "\n");
    }
}

}  // namespace

std::string check_settings(const std::optional<std::filesystem::path>& named) {
    const std::optional<std::filesystem::path> file = choose_file(named);
    const config settings = require_settings(file);
    require_can_become(settings.user);
    require_readable_files(settings);
    return file.value_or("built-in defaults").string() + ": no problems\n";
}

}  // namespace lmqtt::app
