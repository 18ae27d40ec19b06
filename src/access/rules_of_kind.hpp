// What the clients with one user name, the same roles and the same listener have in common: the
// rules about them that are not about everybody, nor about listed clients. Immutable, any thread.
#pragma once

#include "access/principal.hpp"
#include "access/rule_set.hpp"
#include "access/rule_tree.hpp"

#include <memory>

namespace lmqtt::access {

class rules_of_kind {
public:
    /// Keeps nothing of `who`, and asks nothing about its client identifier.
    rules_of_kind(std::shared_ptr<const rule_set> all, const principal& who);

    /// All there are.
    [[nodiscard]] const rule_set& all() const { return *all_; }

    [[nodiscard]] const rule_tree& tree() const { return tree_; }

    /// Whether what no rule allows is denied.
    [[nodiscard]] bool restrict() const { return restrict_; }

    /// Whether any of them, or of those about everybody or about listed clients, says something
    /// else to another client identifier.
    [[nodiscard]] bool tell_clients_apart() const { return tell_clients_apart_; }

private:
    std::shared_ptr<const rule_set> all_;
    rule_tree tree_;
    bool restrict_;
    bool tell_clients_apart_;
};

}  // namespace lmqtt::access
