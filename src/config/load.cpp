#include "config/load.hpp"

#include "config/acl_rules.hpp"
#include "config/document.hpp"
#include "config/keys.hpp"
#include "config/origins.hpp"
#include "config/suggest.hpp"
#include "config/text_file.hpp"
#include "config/validate.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace lmqtt::config_file {
namespace {

std::string full_name(std::string_view section, std::string_view name) {
    return section.empty() ? std::string(name) : std::string(section).append(".").append(name);
}

bool is_section(std::string_view name) {
    return !name.empty() &&
           std::ranges::any_of(sections(), [name](const section& row) { return row.name == name; });
}

const key* first_key_of_part(std::string_view section_name, std::string_view name) {
    const std::string prefix = std::string(name) + ".";
    const std::span<const key> rows = keys_of(section_name);
    const auto found = std::ranges::find_if(rows, [&prefix](const key& row) {
        return row.name.starts_with(prefix);
    });
    return found == rows.end() ? nullptr : &*found;
}

/// What a key that does not exist in this section was meant to be, as the end of a sentence.
std::string hint_for(std::string_view section_name, std::string_view name) {
    std::vector<std::string_view> candidates;
    for (const key& row : keys_of(section_name)) {
        candidates.push_back(row.name);
    }
    if (section_name == acl_section) {
        candidates.push_back(acl_rules_key);
    }
    if (section_name.empty()) {
        for (const section& row : sections().subspan(1)) {
            candidates.push_back(row.name);
        }
    }
    if (const std::optional<std::string_view> near = nearest(name, candidates)) {
        return "; did you mean \"" + std::string(*near) + "\"?";
    }
    for (const key& row : keys()) {
        if (row.name == name && row.at.section.empty()) {
            return "; it belongs before the first [section]";
        }
        if (row.name == name) {
            return "; it belongs in [" + std::string(row.at.section) + "]";
        }
    }
    return "";
}

class loading {
public:
    explicit loading(const std::filesystem::path& folder)
        : folder_(folder) {}

    void check_together() {
        for (problem& found : validate(result_.value, origins_)) {
            result_.problems.push_back(std::move(found));
        }
    }

    loaded finish() {
        acl_options& acl = result_.value.acl;
        acl.configured = acl.configured || !acl.file.empty();
        std::ranges::stable_sort(result_.problems, {}, &problem::at);
        return std::move(result_);
    }

    void read_top(const std::vector<node>& top) {
        for (const node& entry : top) {
            if (entry.name == listeners_section) {
                read_listeners(entry);
            } else if (is_section(entry.name)) {
                read_section(entry);
            } else {
                read_key("", entry, 0);
            }
        }
    }

private:
    void complain(position at, std::string message) {
        result_.problems.push_back({at, std::move(message)});
    }

    void read_section(const node& written) {
        if (!written.is_table()) {
            const std::string wanted = "expected a section [" + written.name + "]; found ";
            complain(written.key_at, wanted + std::string(type_name(written)));
            return;
        }
        for (const node& entry : written.children) {
            if (written.name == acl_section && entry.name == acl_rules_key) {
                read_rules_of_acl(entry);
            } else {
                read_entry(written.name, entry, 0);
            }
        }
    }

    // Written, it counts, even if it is empty or wrong.
    void read_rules_of_acl(const node& written) {
        read_rules read = read_rule_list(written, full_name(acl_section, acl_rules_key));
        std::ranges::move(read.problems, std::back_inserter(result_.problems));
        result_.value.acl.rules = std::move(read.rules);
        result_.value.acl.configured = true;
        result_.rules_at = std::move(read.at);
    }

    void read_listeners(const node& written) {
        if (!written.is_list()) {
            complain(written.key_at, "expected a list: write [[listeners]] before each listener");
            return;
        }
        if (written.children.empty()) {
            complain(written.key_at, "expected at least one listener");
            return;
        }
        result_.value.listeners.assign(written.children.size(), listener_config{});
        for (std::size_t i = 0; i < written.children.size(); ++i) {
            read_listener(written.children[i], i);
        }
    }

    void read_listener(const node& written, std::size_t index) {
        origins_.note_listener(index, written.value_at);
        if (!written.is_table()) {
            const std::string found(type_name(written));
            complain(
                written.value_at,
                "expected a listener: write [[listeners]] before each; found " + found
            );
            return;
        }
        for (const node& entry : written.children) {
            read_entry(listeners_section, entry, index);
        }
    }

    // The keys of a part, such as tls, are named with a dot. A listener's part exists even when
    // it is empty.
    void read_entry(std::string_view section, const node& written, std::size_t listener) {
        const key* const part =
            written.is_table() ? first_key_of_part(section, written.name) : nullptr;
        if (part == nullptr) {
            read_key(section, written, listener);
            return;
        }
        if (part->at.make_part != nullptr) {
            part->at.make_part(result_.value, listener);
        }
        for (node entry : written.children) {
            entry.name = full_name(written.name, entry.name);
            read_key(section, entry, listener);
        }
    }

    void read_key(std::string_view section, const node& written, std::size_t listener) {
        const key* const row = find_key(section, written.name);
        if (row == nullptr) {
            const std::string unknown = full_name(section, printable(written.name));
            complain(
                written.key_at, "unknown key \"" + unknown + "\"" + hint_for(section, written.name)
            );
            return;
        }
        std::variant<setting, complaint> read = read_value(*row, written, folder_);
        const auto* const refused = std::get_if<complaint>(&read);
        origins_.note(*row, listener, written.value_at, refused == nullptr);
        if (refused != nullptr) {
            complain(written.value_at, full_name(section, row->name) + ": " + refused->message);
            return;
        }
        row->at.set(result_.value, listener, std::get<setting>(read));
    }

    const std::filesystem::path& folder_;
    loaded result_;
    origins origins_;
};

loaded load(std::string_view text, const std::filesystem::path& folder, bool checks_together) {
    std::variant<std::vector<node>, problem> document = parse_document(text);
    if (auto* stumbled = std::get_if<problem>(&document)) {
        return {.value = {}, .problems = {std::move(*stumbled)}, .unreadable = false};
    }
    loading work(folder);
    work.read_top(std::get<std::vector<node>>(document));
    if (checks_together) {
        work.check_together();
    }
    return work.finish();
}

}  // namespace

loaded load_text(std::string_view text, const std::filesystem::path& folder) {
    return load(text, folder, true);
}

loaded load_printed(std::string_view text) {
    return load(text, "/", false);
}

loaded load_file(const std::filesystem::path& file) {
    text_file found = read_text_file(file);
    if (!found.failure.empty()) {
        return {.value = {}, .problems = {{{}, std::move(found.failure)}}, .unreadable = true};
    }
    loaded result = load_text(found.text, std::filesystem::absolute(file).parent_path());
    name_origins(result.value.acl.rules, result.rules_at, file.string());
    return result;
}

}  // namespace lmqtt::config_file
