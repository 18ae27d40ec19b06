#include "config/print.hpp"

#include "config/acl_rules.hpp"
#include "config/keys.hpp"
#include "config/values.hpp"

namespace lmqtt::config_file {
namespace {

class printer {
public:
    printer(const config& what, printed_keys which)
        : what_{what}
        , prints_all_{which == printed_keys::all} {
        plain_.listeners = {listener_config{}};
    }

    std::string print() const {
        std::string text;
        for (const section& each : sections()) {
            std::string part = each.name == listeners_section ? listeners() : plain_section(each);
            if (each.name == acl_section) {
                part += rules();
            }
            text += (text.empty() || part.empty() ? "" : "\n") + part;
        }
        return text;
    }

private:
    std::string plain_section(const section& which) const {
        const std::string keys = keys_in(which.name, 0);
        const bool has_title = !keys.empty() && !which.name.empty();
        return (has_title ? "[" + std::string(which.name) + "]\n" : "") + keys;
    }

    std::string listeners() const {
        if (!prints_all_ && what_.listeners == config{}.listeners) {
            return {};
        }
        std::string text;
        for (std::size_t at = 0; at < what_.listeners.size(); ++at) {
            text += (at == 0 ? "" : "\n") + std::string("[[listeners]]\n");
            text += keys_in(listeners_section, at);
        }
        return text;
    }

    std::string keys_in(std::string_view section_name, std::size_t listener) const {
        std::string text;
        for (const key& row : keys_of(section_name)) {
            const setting value = row.at.get(what_, listener);
            const std::string written = print_value(row, value);
            // It means something to a few listeners only, and is refused in the others.
            const bool is_for_all = row.name != "unix_mode";
            const bool counts = (prints_all_ && is_for_all) || value != row.at.get(plain_, 0);
            if (counts && !written.empty()) {
                text += std::string(row.name) + " = " + written + "\n";
            }
        }
        return text;
    }

    std::string rules() const {
        const acl_options& acl = what_.acl;
        if (acl.rules.empty() && acl.file.empty() && acl.configured) {
            return keys_in(acl_section, 0).empty() ? "[acl]\nrules = []\n" : "rules = []\n";
        }
        std::string text;
        for (const access_rule& each : acl.rules) {
            text += "\n" + print_rule(each, "acl.rules");
        }
        return text;
    }

    const config& what_;
    const bool prints_all_;
    config plain_;  // what a key is when nobody writes it; its one listener is as a new one
};

}  // namespace

std::string print_config(const config& what, printed_keys which) {
    return printer(what, which).print();
}

}  // namespace lmqtt::config_file
