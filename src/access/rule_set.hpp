// All the rules there are, checked: an immutable value, made whole or not at all and replaced whole
// on reload. Shared by the rights that were made from it; any thread.
#pragma once

#include "access/placeholders.hpp"
#include "access/principal.hpp"
#include "access/rule_tree.hpp"

#include <lmqtt/access_rule.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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

    /// As they were handed in.
    [[nodiscard]] std::span<const entry> entries() const { return entries_; }

    /// In the order in which they count: those that deny, then those that allow, the most generous
    /// first. Of those that fit, the first decides.
    [[nodiscard]] const entry& ranked(std::uint32_t rank) const { return entries_[order_[rank]]; }

    /// How many deny: their ranks are below this.
    [[nodiscard]] std::uint32_t denials() const { return denials_; }

    /// The rules about everybody.
    [[nodiscard]] const rule_tree& about_all() const { return about_all_; }

    /// The ranks, rising, of the rules about some clients only, but for those that list clients;
    /// of those that do; and of those in whose list this one is.
    [[nodiscard]] std::span<const std::uint32_t> about_some() const { return about_some_; }

    [[nodiscard]] std::span<const std::uint32_t> with_clients() const { return with_clients_; }

    [[nodiscard]] std::span<const std::uint32_t> listing(const std::string& client_id) const;

    /// Whether a rule about everybody speaks of client identifiers.
    [[nodiscard]] bool names_all_clients() const { return names_all_clients_; }

    /// A client with a name that a rule about it would have to put into a topic, and cannot, is to
    /// be refused at CONNECT (C01): an allowing rule would be useless to it, and a denying one
    /// would not hold. Nothing: the client may come in.
    [[nodiscard]] std::optional<unusable_name> refuses_names(const principal& who) const;

private:
    rule_set(std::vector<access_rule> rules, bool configured, std::vector<std::string> listeners);
    [[nodiscard]] bool is_about_others(const access_rule& rule) const;
    void put_in_order();
    void part_by_whom();
    void list_clients(std::uint32_t rank);

    std::vector<entry> entries_;
    std::vector<std::uint32_t> order_;
    rule_tree about_all_;
    std::vector<std::uint32_t> about_some_;
    std::vector<std::uint32_t> with_clients_;
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_client_;
    std::vector<std::string> listeners_;
    bool restricts_all_;
    std::uint32_t denials_ = 0;
    bool limits_subscriptions_ = false;
    bool names_all_clients_ = false;
};

/// For a log line or an answer.
[[nodiscard]] std::string_view to_sentence(unusable_name which);

}  // namespace lmqtt::access
