// What one client may do: the rules that are about it, with its names put in. Immutable; any
// thread. Everything that authorises asks here, so a rule holds on every path or on none.
#pragma once

#include "access/decision.hpp"
#include "access/principal.hpp"
#include "access/quick_filter.hpp"
#include "access/rule_set.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::access {

/// What a PUBLISH, or a will, wants.
struct publication {
    std::string_view topic;
    lmqtt::qos qos = lmqtt::qos::at_most_once;
    bool retain = false;
};

class rights {
public:
    /// Keeps nothing of `who`.
    rights(std::shared_ptr<const rule_set> rules, const principal& who);
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

    /// may_receive() for every receiver of every message. Iterative, no allocation.
    [[nodiscard]] bool receives(std::string_view topic) const {
        return (receives_all_ && !topic.starts_with('$')) || may_receive(topic).allowed;
    }

    /// Every topic may be received, but for those that begin with '$', which are looked at.
    [[nodiscard]] bool receives_all() const { return receives_all_; }

    /// False: all clients with this user name and these roles on this listener have the same
    /// rights, so one object may serve them all. It does not depend on the client identifier.
    [[nodiscard]] bool only_for_this_client() const { return only_for_this_client_; }

private:
    struct entry {
        quick_filter filter;
        std::uint32_t rule;
        access_actions actions;
        lmqtt::qos maximum_qos;
    };

    void take(const rule_set::entry& from, std::uint32_t number, const principal& who);
    void put_in_order();
    [[nodiscard]] bool finds_no_limit_to_receiving() const;

    [[nodiscard]] std::span<const entry> denying() const;
    [[nodiscard]] std::span<const entry> allowing() const;
    [[nodiscard]] const access_rule* rule_of(const entry& each) const;
    [[nodiscard]] decision denied_by(const entry& each) const;
    [[nodiscard]] decision allowed_by(const entry& each) const;
    [[nodiscard]] const decision* decided_without_rules() const;

    std::shared_ptr<const rule_set> rules_;
    std::vector<std::string> own_topics_;  // with names in them; the other topics are the set's
    std::vector<entry> entries_;           // those that deny, then those that allow
    std::size_t denials_ = 0;
    bool only_for_this_client_ = false;
    bool names_are_refused_;
    bool is_restricted_;  // what no rule allows is denied
    bool receives_all_ = false;
};

}  // namespace lmqtt::access
