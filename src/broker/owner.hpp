// To whom a session belongs: who first connected with its client identifier. Two bytes in a
// session; the names behind them are kept once for all shards, behind the directory's lock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

/// unknown: of a session from before owners were recorded. user: the user the session names. Up to
/// last_listener: anonymous clients of one listener. Beyond: the user the session names, of one
/// password file that a listener has of its own.
enum class owner : std::uint16_t { unknown, user, last_listener = 0x7fff };

/// Of a password file that a listener has of its own.
[[nodiscard]] constexpr bool is_of_file(owner which) {
    return which > owner::last_listener;
}

/// Whether the session's user name was proved.
[[nodiscard]] constexpr bool is_user(owner which) {
    return which == owner::user || is_of_file(which);
}

/// Who comes: a user who has proved his name, or an anonymous client of a listener. Users of
/// different files are different people, whatever their names are.
struct principal {
    bool is_user = false;
    std::string_view username{};  ///< of a user
    std::string_view listener{};
    std::string_view file{};  ///< of a user: the listener's own that proved it; empty: no such
};

class owner_names {
public:
    [[nodiscard]] owner of(const principal& who);

    /// Whether `who` may resume, discard or take over a session of this owner and user name.
    [[nodiscard]] bool owns(const principal& who, owner which, std::string_view username);

    /// As the store keeps it: "user alice", "user alice of /etc/lan.passwd", "anonymous lan", or
    /// nothing if it is unknown.
    [[nodiscard]] std::string text_of(owner which, std::string_view username) const;

    /// Back from text_of() and that user name. What cannot be read is unknown.
    [[nodiscard]] owner read(std::string_view text, std::string_view username);

    /// The listener whose anonymous clients own it; empty for any other.
    [[nodiscard]] std::string_view listener_of(owner which) const;

    /// The file of a listener whose user owns it; empty for any other.
    [[nodiscard]] std::string_view file_of(owner which) const;

private:
    [[nodiscard]] owner anonymous_on(std::string_view listener);
    [[nodiscard]] owner user_of(std::string_view file);

    std::vector<std::string> listeners_;
    std::vector<std::string> files_;
};

}  // namespace lmqtt::broker
