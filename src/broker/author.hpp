// Who has left a retained message, so that access rules can be asked about it again (C04): kept
// once for all the messages of one author, and as long as there are any. A value; any thread.
#pragma once

#include "topic/text_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lmqtt::broker {

// Nothing: those that the accounts give the user at any time.
using token_roles = std::optional<std::vector<std::string>>;

class author {
public:
    author(std::string_view user_name, std::string_view listener, const token_roles& roles);

    /// A user name that was proved; empty: none was.
    [[nodiscard]] std::string_view user_name() const;

    /// The name of the listener it came through.
    [[nodiscard]] std::string_view listener() const;

    /// What its token said.
    [[nodiscard]] token_roles roles() const;

private:
    friend class author_names;

    [[nodiscard]] std::string_view part(std::size_t which) const;

    // User and listener, then, if a token gave roles, an empty name and the roles; each with a
    // U+0000 behind it.
    std::string text_;
};

using author_ptr = std::shared_ptr<const author>;

class author_names {
public:
    /// Not for more than one thread at a time; what it gives back is.
    [[nodiscard]] author_ptr
    of(std::string_view user_name, std::string_view listener, const token_roles& roles);

private:
    void forget_unused();

    std::unordered_multimap<std::uint64_t, std::weak_ptr<const author>> known_;  // by hash
    std::size_t sweep_at_ = 64;
    std::uint64_t seed_ = topic::random_seed();
};

}  // namespace lmqtt::broker
