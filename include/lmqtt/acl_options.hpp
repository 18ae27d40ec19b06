// [acl]: who may do what with which topics (lmqtt/config.hpp). Plain values.
#pragma once

#include <lmqtt/access_rule.hpp>
#include <lmqtt/config_choices.hpp>

#include <string>
#include <vector>

namespace lmqtt {

/// [acl]
struct acl_options {
    /// A file of more rules. lmqttd reads it and appends them to `rules`; a server does not.
    std::string file = {};
    std::vector<access_rule> rules = {};
    /// A retained message is sent only while its author may still publish it.
    bool check_retained_author = true;
    /// What happens to a client that may not subscribe any more to what it has subscribed to.
    revocation_policy on_revocation = revocation_policy::withhold;
    /// Whether access control was set up, even if without a rule: then nothing is allowed. With a
    /// rule it is in any case.
    bool configured = false;
    /// Names of listeners where access control was set up, even if nowhere else. lmqttd adds those
    /// that have an `acl_file`.
    std::vector<std::string> restricted_listeners = {};

    friend bool operator==(const acl_options&, const acl_options&) = default;
};

}  // namespace lmqtt
