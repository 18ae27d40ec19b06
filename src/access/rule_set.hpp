// All the rules there are, checked: an immutable value, made whole or not at all and replaced whole
// on reload. Shared by the rights that were made from it; any thread.
#pragma once

#include "access/placeholders.hpp"
#include "access/principal.hpp"

#include <lmqtt/access_rule.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmqtt::access {

/// One thing that is wrong with the rules.
struct rule_problem {
    std::size_t rule;  // its place among those handed in
    std::string message;
};

/// Which name keeps a client out.
enum class unusable_name : std::uint8_t { user_name, client_id };

class rule_set {
public:
    struct entry {
        access_rule rule;
        used_placeholders uses;
        std::string topic;  // the filter itself, of a rule without placeholders
    };

    using made = std::variant<std::shared_ptr<const rule_set>, std::vector<rule_problem>>;

    /// `configured`: somebody has set up access control, even if it has no rule; then nothing is
    /// allowed (C11). Without it, and without rules, everything is.
    /// `listeners`: it was set up for these, which a rule about nobody else says nothing about.
    static made
    make(std::vector<access_rule> rules, bool configured, std::vector<std::string> listeners = {});

    /// Whether what no rule allows is denied anywhere.
    [[nodiscard]] bool restricts() const { return restricts_all_ || !listeners_.empty(); }

    /// And to clients of this listener.
    [[nodiscard]] bool restricts(std::string_view listener) const;

    /// Whether an allowed subscription may be granted with less QoS than it asks for.
    [[nodiscard]] bool limits_subscriptions() const { return limits_subscriptions_; }

    [[nodiscard]] std::span<const entry> entries() const { return entries_; }

    /// A client with a name that a rule about it would have to put into a topic, and cannot, is to
    /// be refused at CONNECT (C01): an allowing rule would be useless to it, and a denying one
    /// would not hold. Nothing: the client may come in.
    [[nodiscard]] std::optional<unusable_name> refuses_names(const principal& who) const;

private:
    rule_set(std::vector<access_rule> rules, bool configured, std::vector<std::string> listeners);
    [[nodiscard]] bool is_about_others(const access_rule& rule) const;

    std::vector<entry> entries_;
    std::vector<std::string> listeners_;
    bool restricts_all_;
    bool limits_subscriptions_ = false;
};

/// For a log line or an answer.
[[nodiscard]] std::string_view to_sentence(unusable_name which);

}  // namespace lmqtt::access
