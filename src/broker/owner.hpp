// To whom a session belongs: who first connected with its client identifier. Two bytes in a
// session; the names behind them are kept once for all shards, behind the directory's lock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

/// unknown: of a session from before owners were recorded. user: the user the session names. Any
/// other: anonymous clients of one listener.
enum class owner : std::uint16_t { unknown, user };

/// Who comes: a user who has proved his name, or an anonymous client of a listener.
struct principal {
    bool is_user = false;
    std::string_view username{};  ///< of a user
    std::string_view listener{};
};

class owner_names {
public:
    [[nodiscard]] owner of(const principal& who);

    /// Whether `who` may resume, discard or take over a session of this owner and user name.
    [[nodiscard]] bool owns(const principal& who, owner which, std::string_view username);

    /// As the store keeps it: "user alice", "anonymous lan", or nothing if it is unknown.
    [[nodiscard]] std::string text_of(owner which, std::string_view username) const;

    /// Back from text_of(). What cannot be read is unknown.
    [[nodiscard]] owner read(std::string_view text);

    /// The listener whose anonymous clients own it; empty for the other two.
    [[nodiscard]] std::string_view listener_of(owner which) const;

private:
    [[nodiscard]] owner anonymous_on(std::string_view listener);

    std::vector<std::string> listeners_;
};

}  // namespace lmqtt::broker
