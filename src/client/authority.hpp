// The access rules of one shard, and the rights made from them: shared by all clients that may do
// the same, made anew when the rules have changed. Same thread as the shard's clients.
#pragma once

#include "access/rights.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace lmqtt::client {

// What one client may do. Held where few things are held, since without access control nobody
// needs it.
struct held_rights {
    std::shared_ptr<const access::rights> rights;
    // By which its subscriptions were looked at; null: there was no access control.
    std::shared_ptr<const access::rights> reviewed;
    std::vector<std::string> roles;
    bool roles_are_the_accounts = true;  // and not a token's, nor a listener's own user's
    std::uint32_t version = 0;           // of the rules it was made from; 0: not made yet
};

// How far rules reach beyond what is asked at the moment.
struct authority_terms {
    bool disconnects = false;  // who has lost a subscription, instead of sending it nothing
    bool asks_authors = true;  // of retained messages, when they are sent
};

class authority {
public:
    // From now on these, for everybody; null, or what restricts nothing: no access control.
    void use(std::shared_ptr<const access::rule_set> rules, const authority_terms& terms = {});

    // False: nobody need be asked about.
    bool restricts() const { return restricts_; }

    // Never 0, and another one whenever the rules are.
    std::uint32_t version() const { return version_; }

    const authority_terms& terms() const { return terms_; }

    // Whether by these rules, or by those before, a subscription may be granted less QoS than it
    // asked for.
    bool limits_subscriptions() const { return limits_subscriptions_; }

    // With access control only.
    const access::rule_set& rules() const { return *rules_; }

    std::shared_ptr<const access::rights> rights_of(const access::principal& who);

private:
    // User, roles, listener.
    using kind = std::tuple<std::string, std::vector<std::string>, std::string>;

    void forget_unused();

    std::shared_ptr<const access::rule_set> rules_;
    std::map<kind, std::weak_ptr<const access::rights>> shared_;
    std::size_t sweep_at_ = 0;
    std::uint32_t version_ = 1;
    authority_terms terms_;
    bool restricts_ = false;
    bool limits_subscriptions_ = false;
};

}  // namespace lmqtt::client
