// What is known of the people and devices that may connect, as plain values: users, their groups
// and roles, and who is banned.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::accounts {

/// What a server keeps of a password for SCRAM-SHA-256 (RFC 5802, 3).
struct scram_verifier {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key;
    std::string server_key;

    friend bool operator==(const scram_verifier&, const scram_verifier&) = default;
};

/// What is kept of a password. Without a hash no password fits.
struct stored_password {
    std::string hash = {};
    std::optional<scram_verifier> scram = {};

    friend bool operator==(const stored_password&, const stored_password&) = default;
};

struct user {
    std::string name;
    stored_password password = {};
    bool disabled = false;
    std::int64_t created_ms = 0;
    std::int64_t changed_ms = 0;
    std::vector<std::string> roles = {};   // its own; sorted
    std::vector<std::string> groups = {};  // sorted

    friend bool operator==(const user&, const user&) = default;
};

struct role {
    std::string name;
    std::vector<access_rule> rules = {};

    friend bool operator==(const role&, const role&) = default;
};

/// Gives its roles to its members.
struct group {
    std::string name;
    std::vector<std::string> roles = {};  // sorted

    friend bool operator==(const group&, const group&) = default;
};

enum class ban_kind : std::uint8_t {
    address,  // "192.0.2.7", "2001:db8::/32"
    user,
    client,  // a client identifier
};

struct ban {
    ban_kind kind = ban_kind::address;
    std::string value;
    std::optional<std::int64_t> until_ms = {};  // nothing: for good
    std::string reason = {};

    friend bool operator==(const ban&, const ban&) = default;
};

}  // namespace lmqtt::accounts
