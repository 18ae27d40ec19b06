#include "app/arguments.hpp"

#include "app/describe.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <sstream>

namespace lmqtt::app {
namespace {

std::string footer() {
    std::string text =
        "\nWithout -c the file is /etc/lmqtt/lmqttd.toml, if it exists, else there are "
        "built-in defaults.\nSignals: SIGTERM and SIGINT stop, SIGHUP reads the file "
        "again.\n\nExit codes:\n";
    for (const exit_reason& reason : exit_reasons) {
        const std::string number = std::to_string(static_cast<int>(reason.code));
        text += "  " + number + std::string(4 - number.size(), ' ') + std::string(reason.sentence) +
                "\n";
    }
    return text;
}

struct command {
    const char* name;
    action wanted;
    const char* sentence;
    bool reads_settings;
};

constexpr std::array commands{
    command{"start", action::start, "Run the broker", true},
    command{"check", action::check, "Say what is wrong with a configuration", true},
    command{"backup", action::backup, "Copy the database, also while the broker runs", true},
    command{"verify", action::verify, "Check the database, also while the broker runs", true},
    command{
        "restore",
        action::restore,
        "Put a copy in the place of the database, which is renamed and kept",
        true},
    command{
        "migrate", action::migrate, "Bring the database up to date without serving from it", true},
    command{
        "user", action::user, "Change and show who may log in, also while the broker runs", true},
    command{"describe", action::describe, "Print what the broker knows about itself", false},
};

void add_commands(CLI::App& program, std::string& file, arguments& into) {
    for (const command& each : commands) {
        CLI::App* const added = program.add_subcommand(each.name, each.sentence);
        if (each.reads_settings) {
            added->add_option("-c,--config", file, "The configuration file (TOML)")
                ->type_name("FILE");
        }
    }
    CLI::App* const backup = program.get_subcommand("backup");
    backup->add_option("DEST", into.state, "The copy")->required();
    backup->add_flag("--force", into.force, "Overwrite DEST if it exists");
    program.get_subcommand("verify")->add_option(
        "PATH", into.state, "Another database than the configured one"
    );
    program.get_subcommand("restore")->add_option("SOURCE", into.state, "The copy")->required();
    program.get_subcommand("migrate")->add_flag(
        "--check", into.only_check, "Only say what would be done"
    );
    add_user_commands(*program.get_subcommand("user"), into.accounts);
    program.get_subcommand("describe")
        ->add_option("topic", into.topic, "What to print")
        ->required()
        ->check(CLI::IsMember(description_topics()));
}

void add_acl_commands(CLI::App& program, std::string& file, arguments& into) {
    CLI::App* const acl = program.add_subcommand("acl", "Look at access control");
    acl->require_subcommand(1);
    CLI::App* const explain =
        acl->add_subcommand("explain", "Say whether a client may do something, and by which rule");
    access_question& asked = into.question;
    explain->add_option("-c,--config", file, "The configuration file (TOML)")->type_name("FILE");
    explain->add_option("--user", asked.user, "The user name; without it: a client without one");
    explain->add_option("--role", asked.roles, "A role of the user; may be repeated")
        ->allow_extra_args(false);
    explain->add_option("--client", asked.client, "The client identifier")->required();
    explain->add_option("--listener", asked.listener, "The name of the listener");
    explain->add_option("--action", asked.action, "What the client wants to do")
        ->required()
        ->check(CLI::IsMember(access_words()));
    explain->add_option("--topic", asked.topic, "The topic, or the topic filter")->required();
    explain->add_option("--qos", asked.qos, "The QoS to publish or subscribe with")
        ->check(CLI::IsMember({0U, 1U, 2U}));
    CLI::App* const import =
        acl->add_subcommand("import", "Print mosquitto's acl_file as [[acl.rules]]");
    import->add_option("FILE", into.acl_file, "The acl_file")->required();
}

void add_config_commands(CLI::App& program, std::string& file, arguments& into) {
    CLI::App* const config = program.add_subcommand("config", "Look at the configuration");
    config->require_subcommand(1);
    CLI::App* const diff = config->add_subcommand(
        "diff", "Say what differs between a running broker and the file, and how to apply it"
    );
    CLI::App* const show =
        config->add_subcommand("show", "Print what a file amounts to, but for the defaults");
    for (CLI::App* const each : {diff, show}) {
        each->add_option("-c,--config", file, "The configuration file (TOML)")->type_name("FILE");
    }
    diff->add_option("--running", into.settings.running, "What runs, if not as the broker wrote it")
        ->type_name("FILE");
    diff->add_flag("--json", into.settings.json, "For programs");
    show->add_flag("--all", into.settings.all, "With the defaults");
}

std::optional<action> command_of_group_in(const CLI::App& program) {
    const auto got = [&program](const char* group, const char* command) {
        return program.got_subcommand(group) &&
               program.get_subcommand(group)->got_subcommand(command);
    };
    if (program.got_subcommand("acl")) {
        return got("acl", "explain") ? action::acl_explain : action::acl_import;
    }
    if (program.got_subcommand("config")) {
        return got("config", "diff") ? action::config_diff : action::config_show;
    }
    return std::nullopt;
}

}  // namespace

arguments parse_arguments(std::vector<std::string> words) {
    arguments parsed;
    bool version = false;
    std::string file;
    CLI::App program("lmqttd: an MQTT broker for MQTT 3.1, 3.1.1 and 5.0.", "lmqttd");
    program.footer(footer());
    program.require_subcommand(0, 1);
    program.add_flag("--version", version, "Print the versions of lmqttd and of its libraries");
    add_commands(program, file, parsed);
    add_acl_commands(program, file, parsed);
    add_config_commands(program, file, parsed);
    const bool wants_help = words.empty();
    std::ranges::reverse(words);  // as CLI11 takes them
    try {
        program.parse(words);
    } catch (const CLI::ParseError& stopped) {
        std::ostringstream said;
        const bool fine = program.exit(stopped, said, said) == 0;
        parsed.text = said.str();
        parsed.code = fine ? exit_code::ok : exit_code::usage;
        return parsed;
    }
    if (!file.empty()) {
        parsed.file = file;
    }
    const auto given = std::ranges::find_if(commands, [&](const command& each) {
        return program.got_subcommand(each.name);
    });
    if (version) {
        parsed.wanted = action::version;
    } else if (given != commands.end()) {
        parsed.wanted = given->wanted;
    } else if (const auto of_group = command_of_group_in(program)) {
        parsed.wanted = *of_group;
    } else {
        parsed.text = program.help();
        parsed.code = wants_help ? exit_code::ok : exit_code::usage;
    }
    return parsed;
}

}  // namespace lmqtt::app
