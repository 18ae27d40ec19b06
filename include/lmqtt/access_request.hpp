// Asking access rules (docs/access.md) as a program: who wants to do what, and the answer. Plain
// values.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lmqtt {

/// Somebody whom rules can be about.
struct access_subject {
    std::string username = {};   ///< that was proved; empty: nobody in particular
    std::string client_id = {};  ///< of the one it acts for, or would connect as
    /// Nothing: those that the accounts give the user.
    std::optional<std::vector<std::string>> roles = {};
    std::string listener = {};  ///< its name; empty: none, and no rule for a listener is about it
};

/// What somebody wants to do.
struct access_request {
    access_subject who = {};
    access_action action = access_action::publish;
    std::string topic = {};  ///< a whole topic name, or a topic filter to subscribe to
    qos quality = qos::at_most_once;
};

/// What the rules say.
struct access_verdict {
    bool allowed = false;
    /// The highest QoS to publish with, or to grant to a subscription.
    qos maximum_qos = qos::at_most_once;
    std::string reason = {};  ///< where the rule is written that decides, or what there is instead
};

}  // namespace lmqtt
