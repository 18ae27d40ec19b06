#include "config/changes.hpp"

#include "config/values.hpp"

#include <algorithm>
#include <optional>

namespace lmqtt::config_file {
namespace {

std::optional<std::size_t> find_listener(const config& in, const std::string& address) {
    const auto found = std::ranges::find(in.listeners, address, &listener_config::address);
    if (found == in.listeners.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - in.listeners.begin());
}

/// The same section of two configs; for [[listeners]], which entry of each.
struct pair_of_sections {
    const config& before;
    const config& after;
    std::size_t listener_before = 0;
    std::size_t listener_after = 0;
};

void compare(
    const section& which,
    const std::string& name,
    const pair_of_sections& sides,
    std::vector<change>& found
) {
    for (const key& row : keys_of(which.name)) {
        const setting before = row.at.get(sides.before, sides.listener_before);
        const setting after = row.at.get(sides.after, sides.listener_after);
        if (before != after) {
            found.push_back(
                {name + std::string(row.name),
                 print_value(row, before),
                 print_value(row, after),
                 row.applies}
            );
        }
    }
}

void compare_listeners(
    const section& which, const config& running, const config& wanted, std::vector<change>& found
) {
    for (std::size_t i = 0; i < running.listeners.size(); ++i) {
        const std::string& address = running.listeners[i].address;
        if (const std::optional<std::size_t> kept = find_listener(wanted, address)) {
            compare(which, "listeners(" + address + ").", {running, wanted, i, *kept}, found);
        } else {
            found.push_back({"listeners", address, "", reload::needs_restart});
        }
    }
    for (const listener_config& entry : wanted.listeners) {
        if (!find_listener(running, entry.address)) {
            found.push_back({"listeners", "", entry.address, reload::needs_restart});
        }
    }
}

std::string count_of(const acl_options& acl) {
    if (acl.rules.empty()) {
        return acl.configured ? "none" : "not written";
    }
    return std::to_string(acl.rules.size());
}

void compare_rules(const config& running, const config& wanted, std::vector<change>& found) {
    const acl_options& before = running.acl;
    const acl_options& after = wanted.acl;
    if (before.rules != after.rules || before.configured != after.configured) {
        found.push_back({"acl.rules", count_of(before), count_of(after), reload::on_sighup});
    }
}

}  // namespace

std::vector<change> changes(const config& running, const config& wanted) {
    std::vector<change> found;
    for (const section& which : sections()) {
        if (which.name == listeners_section) {
            compare_listeners(which, running, wanted, found);
        } else {
            const std::string prefix = which.name.empty() ? "" : std::string(which.name) + ".";
            compare(which, prefix, {running, wanted}, found);
        }
        if (which.name == acl_section) {
            compare_rules(running, wanted, found);
        }
    }
    return found;
}

config reloaded(const config& running, const config& wanted) {
    config result = running;
    const auto take = [&](const key& row, std::size_t into, std::size_t from) {
        if (row.applies == reload::on_sighup) {
            row.at.set(result, into, row.at.get(wanted, from));
        }
    };
    result.acl = wanted.acl;
    for (const key& row : keys()) {
        if (row.at.section != listeners_section) {
            take(row, 0, 0);
        }
    }
    for (std::size_t i = 0; i < running.listeners.size(); ++i) {
        const std::optional<std::size_t> kept = find_listener(wanted, running.listeners[i].address);
        for (const key& row : keys_of(listeners_section)) {
            if (kept) {
                take(row, i, *kept);
            }
        }
    }
    return result;
}

}  // namespace lmqtt::config_file
