// Any text as a configuration file: no crash, every problem with a place and a sentence, and a text
// without problems gives a config whose every value is one that the key table accepts again.
#include "config/acl_rules.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/values.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace lmqtt::config_file;

namespace {

/// All values that a file can spell, written out as a file of their own.
std::string written(const lmqtt::config& value) {
    std::string text;
    const auto section_keys = [&](const section& which, std::size_t listener) {
        for (const key& row : keys_of(which.name)) {
            const std::string spelled = print_value(row, row.at.get(value, listener));
            const bool tcp = which.name == listeners_section &&
                             !value.listeners[listener].address.starts_with("unix:");
            if (!spelled.empty() && !(tcp && row.name == "unix_mode")) {
                text += std::string(row.name) + " = " + spelled + "\n";
            }
        }
    };
    for (const section& which : sections()) {
        if (which.name == listeners_section) {
            for (std::size_t i = 0; i < value.listeners.size(); ++i) {
                text += "[[listeners]]\n";
                section_keys(which, i);
            }
        } else {
            text += which.name.empty() ? "" : "[" + std::string(which.name) + "]\n";
            section_keys(which, 0);
        }
        if (which.name == acl_section && value.acl.configured && value.acl.rules.empty()) {
            text += "rules = []\n";
        }
    }
    for (const lmqtt::access_rule& rule : value.acl.rules) {
        text += print_rule(rule, "acl.rules");
    }
    return text;
}

/// The lines are others once everything is written out.
lmqtt::config without_origins(lmqtt::config value) {
    for (lmqtt::access_rule& rule : value.acl.rules) {
        rule.origin.clear();
    }
    return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const loaded first = load_text(text, "/etc/lmqtt");
    for (const problem& found : first.problems) {
        require(!found.message.empty());
        require(found.at.line != 0 && found.at.column != 0);
    }
    if (first.problems.empty()) {
        const loaded second = load_text(written(first.value), "/etc/lmqtt");
        require(second.problems.empty());
        require(without_origins(second.value) == without_origins(first.value));
    }
    return 0;
}
