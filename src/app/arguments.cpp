#include "app/arguments.hpp"

#include "app/describe.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
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

}  // namespace

arguments parse_arguments(std::vector<std::string> words) {
    arguments parsed;
    bool version = false;
    std::string file;
    CLI::App program("lmqttd: an MQTT broker for MQTT 3.1, 3.1.1 and 5.0.", "lmqttd");
    program.footer(footer());
    program.require_subcommand(0, 1);
    program.add_flag("--version", version, "Print the versions of lmqttd and of its libraries");
    CLI::App* const start = program.add_subcommand("start", "Run the broker");
    CLI::App* const check =
        program.add_subcommand("check", "Say what is wrong with a configuration");
    for (CLI::App* const command : {start, check}) {
        command->add_option("-c,--config", file, "The configuration file (TOML)")
            ->type_name("FILE");
    }
    CLI::App* const describe =
        program.add_subcommand("describe", "Print what the broker knows about itself");
    describe->add_option("topic", parsed.topic, "What to print")
        ->required()
        ->check(CLI::IsMember(description_topics()));

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
    if (version) {
        parsed.wanted = action::version;
    } else if (start->parsed()) {
        parsed.wanted = action::start;
    } else if (check->parsed()) {
        parsed.wanted = action::check;
    } else if (describe->parsed()) {
        parsed.wanted = action::describe;
    } else {
        parsed.text = program.help();
        parsed.code = wants_help ? exit_code::ok : exit_code::usage;
    }
    return parsed;
}

}  // namespace lmqtt::app
