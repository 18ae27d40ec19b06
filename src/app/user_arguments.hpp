// `lmqttd user ...` on the command line: what is to be done with the accounts. A value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace lmqtt::app {

enum class user_action : std::uint8_t {
    none,
    add,
    passwd,
    list,
    remove,  // "delete"
    enable,
    disable,
    import,
    role,        // a user's
    group,       // a user's
    group_role,  // a group's
    rule,
    rules,
    ban,
    unban,
};

struct user_request {
    user_action wanted = user_action::none;
    std::string name;  // of a user, a role or a group; of import the file; of a ban its value
    std::vector<std::string> roles = {};   // of add and import
    std::vector<std::string> groups = {};  // of add and import
    std::vector<std::string> added = {};
    std::vector<std::string> removed = {};
    bool without_scram = false;
    std::string format = "mosquitto";  // of import
    std::string effect = {};           // of rule: "allow" or "deny", as are the next three
    std::vector<std::string> actions = {};
    std::string topic = {};
    int maximum_qos = 2;
    bool clear = false;          // of rules
    std::string ban_kind = {};   // "address", "user" or "client"
    std::string ban_lasts = {};  // "2h"; empty: for good
    std::string ban_reason = {};
};

/// Adds the commands to `user`, which fill in `into`.
void add_user_commands(CLI::App& user, user_request& into);

}  // namespace lmqtt::app
