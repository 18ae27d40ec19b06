// What one client may do: the rules that are about it, seen with its names. Immutable; any thread.
// Everything that authorises asks here, so a rule holds on every path or on none.
#pragma once

#include "access/decision.hpp"
#include "access/principal.hpp"
#include "access/rule_set.hpp"
#include "access/rules_of_kind.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lmqtt::access {

/// What a PUBLISH, or a will, wants.
struct publication {
    std::string_view topic;
    lmqtt::qos qos = lmqtt::qos::at_most_once;
    bool retain = false;
    bool is_topic_name = false;  // known to be one: it is not looked at again
};

class rights {
public:
    /// Keeps nothing of `who`.
    rights(std::shared_ptr<const rule_set> rules, const principal& who);
    /// `rules` are those of a client with the same user name, roles and listener.
    rights(std::shared_ptr<const rules_of_kind> rules, const principal& who);
    rights(const rights&) = delete;
    rights& operator=(const rights&) = delete;

    /// For a will at CONNECT, and again when it fires (C03). The topic is the whole one, an alias
    /// resolved.
    [[nodiscard]] decision may_publish(const publication& what) const;

    /// Per concrete topic, when a message is about to be sent, whatever way it came (C04, C05).
    [[nodiscard]] decision may_receive(std::string_view topic) const;

    /// `topic_filter` as in the SUBSCRIBE: a share name changes nothing (C07). It must be covered
    /// by one allowing rule. What a denying rule does not cover but overlaps is granted, and
    /// filtered at delivery (C09).
    [[nodiscard]] decision may_subscribe(std::string_view topic_filter) const;

    /// may_receive() for every receiver of every message. Iterative; as rule_tree, allocates for
    /// unusual rules only.
    [[nodiscard]] bool receives(std::string_view topic) const {
        return (receives_all_ && !topic.starts_with('$')) || may_receive(topic).allowed;
    }

    /// Every topic may be received, but for those that begin with '$', which are looked at.
    [[nodiscard]] bool receives_all() const { return receives_all_; }

    /// False: all clients with this user name and these roles on this listener have the same
    /// rights, so one object may serve them all. It does not depend on the client identifier.
    [[nodiscard]] bool only_for_this_client() const { return common_->tell_clients_apart(); }

private:
    void take_listing(const principal& who);
    [[nodiscard]] bool finds_no_limit_to_receiving() const;

    [[nodiscard]] std::uint32_t first(std::string_view topic, access_action action) const;
    [[nodiscard]] bool denies(std::uint32_t rank) const;
    [[nodiscard]] decision decided_by(std::uint32_t rank) const;
    [[nodiscard]] const decision* decided_without_rules() const;

    std::shared_ptr<const rules_of_kind> common_;
    std::unique_ptr<const rule_tree>
        listing_;  // rules that list this client; mostly there are none
    std::string user_name_;
    std::string client_id_;
    bool names_are_refused_;
    bool receives_all_ = false;
};

}  // namespace lmqtt::access
