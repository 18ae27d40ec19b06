// The lmqttd binary: the command line, and the one place where what stops it is caught.
#include "app/acl_command.hpp"
#include "app/arguments.hpp"
#include "app/config_command.hpp"
#include "app/describe.hpp"
#include "app/failure.hpp"
#include "app/password_prompt.hpp"
#include "app/settings.hpp"
#include "app/start.hpp"
#include "app/state_commands.hpp"
#include "app/user_commands.hpp"
#include "app/version.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <utility>

namespace lmqtt::app {
namespace {

/// What there is to print; a denial is an answer, too, and so is a difference.
std::string run(const app::arguments& given, app::exit_code& code) {
    switch (given.wanted) {
    case app::action::say:
        return given.text;
    case app::action::start:
        app::run_broker(given.file);
        return {};
    case app::action::check:
        return app::check_settings(given.file);
    case app::action::describe:
        return app::describe(given.topic).value_or("");
    case app::action::backup:
        return app::back_up_state(given.file, given.state.value(), given.force);
    case app::action::verify:
        return app::verify_state(given.file, given.state);
    case app::action::restore:
        return app::restore_state(given.file, given.state.value());
    case app::action::migrate:
        return app::migrate_state(given.file, given.only_check);
    case app::action::user:
        return app::change_accounts(given.file, given.accounts, [](std::size_t most_bytes) {
            return app::read_password(STDIN_FILENO, most_bytes);
        });
    case app::action::acl_explain: {
        app::access_answer answer = app::explain_access(given.file, given.question);
        code = answer.allowed ? app::exit_code::ok : app::exit_code::denied;
        return std::move(answer.text);
    }
    case app::action::acl_import:
        return app::import_acl(given.acl_file);
    case app::action::config_diff: {
        app::config_answer answer = app::compare_settings(given.file, given.settings);
        code = answer.differs ? app::exit_code::differs : app::exit_code::ok;
        return std::move(answer.text);
    }
    case app::action::config_show:
        return app::show_settings(given.file, given.settings);
    case app::action::version:
        return app::version_text();
    }
    return {};
}

}  // namespace

static int run_program(int count, char** words) {
    app::exit_code code = app::exit_code::ok;
    std::string text;
    bool answered = false;
    try {
        const app::arguments given = app::parse_arguments({words + 1, words + count});
        code = given.code;
        text = run(given, code);
        answered = code == app::exit_code::ok || given.wanted == app::action::acl_explain ||
                   given.wanted == app::action::config_diff;
    } catch (const app::failure& stopped) {
        code = stopped.code();
        text = stopped.what();
    } catch (const std::exception& unexpected) {
        code = app::exit_code::software;
        text = std::string("lmqttd: ") + unexpected.what() + "\n";
    }
    std::fputs(text.c_str(), answered ? stdout : stderr);
    return static_cast<int>(code);
}

}  // namespace lmqtt::app

int main(int count, char** words) {
    return lmqtt::app::run_program(count, words);
}
