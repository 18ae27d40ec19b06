#include "app/state_commands.hpp"

#include "app/failure.hpp"
#include "app/settings.hpp"
#include "app/user.hpp"
#include "base/clock.hpp"
#include "store/sqlite/state_file.hpp"

#include <string_view>
#include <utility>

namespace lmqtt::app {
namespace {

using persistence::state_error;

exit_code code_of(state_error::cause why) {
    switch (why) {
    case state_error::cause::missing:
        return exit_code::no_input;
    case state_error::cause::in_use:
        return exit_code::already_running;
    case state_error::cause::damaged:
        return exit_code::damaged;
    case state_error::cause::refused:
        return exit_code::storage;
    case state_error::cause::not_written:
        return exit_code::cannot_create;
    }
    return exit_code::software;
}

template <class Command>
auto telling_failures(Command&& command) {
    try {
        return command();
    } catch (const state_error& refused) {
        throw failure(code_of(refused.why()), std::string("lmqttd: ") + refused.what() + "\n");
    }
}

config settings_with_database(const file_name& named) {
    config settings = require_settings(choose_file(named));
    if (settings.persistence.type == persistence_type::memory) {
        throw failure(
            exit_code::no_input, "lmqttd: persistence.type is \"memory\": there is no database\n"
        );
    }
    return settings;
}

std::int64_t now_ms() {
    return base::milliseconds_of(base::real_clock().now().wall);
}

std::string text_of(const persistence::copied& what) {
    return std::to_string(what.bytes) + " bytes, " + std::to_string(what.sessions) + " sessions, " +
           std::to_string(what.messages) + " messages";
}

std::string lines_of(std::string_view beginning, const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& each : all) {
        text += std::string(beginning) + each + "\n";
    }
    return text;
}

}  // namespace

std::string back_up_state(const file_name& named, const std::string& to, bool force) {
    const std::string database = settings_with_database(named).persistence.path;
    const auto made = telling_failures([&] { return persistence::back_up(database, to, force); });
    return to + ": " + text_of(made) + "\n";
}

std::string verify_state(const file_name& named, const std::optional<std::string>& path) {
    const std::string database = path ? *path : settings_with_database(named).persistence.path;
    const auto found = telling_failures([&] { return persistence::verify(database); });
    std::string report = lines_of("ok       ", found.sound) + lines_of("note     ", found.notes) +
                         lines_of("problem  ", found.problems) + database + ": ";
    if (!found.problems.empty()) {
        const std::size_t count = found.problems.size();
        report += std::to_string(count) + (count == 1 ? " problem\n" : " problems\n");
        throw failure(exit_code::damaged, report);
    }
    return report + "no problems" + (found.holds.empty() ? "" : " in " + found.holds) + "\n";
}

std::string restore_state(const file_name& named, const std::string& from) {
    const config settings = settings_with_database(named);
    persistence::restoring wanted{
        .from = from, .to = settings.persistence.path, .now_ms = now_ms()};
    if (const auto user = find_user(settings.user)) {
        wanted.owner = std::pair(user->user, user->group);
    }
    const auto done = telling_failures([&] { return persistence::restore(wanted); });
    std::string line = wanted.to + ": " + text_of(done.what);
    if (!done.replaced.empty()) {
        line += "; what was there is now " + done.replaced;
    }
    return line + "\n";
}

std::string migrate_state(const file_name& named, bool only_check) {
    const config settings = settings_with_database(named);
    const std::string& database = settings.persistence.path;
    if (only_check) {
        const auto lacking = telling_failures([&] { return persistence::schema_lacks(database); });
        if (!lacking.empty()) {
            throw failure(exit_code::outdated, lines_of(database + ": would apply ", lacking));
        }
        return database + ": up to date\n";
    }
    require_can_become(settings.user);
    become(settings.user);  // so that what is made beside the database is that user's, too
    const auto applied =
        telling_failures([&] { return persistence::bring_up_to_date(database, now_ms()); });
    return applied.empty() ? database + ": up to date\n"
                           : lines_of(database + ": applied ", applied);
}

}  // namespace lmqtt::app
