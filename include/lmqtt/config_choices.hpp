// What a configuration chooses from: the enumerations of lmqtt/config.hpp, each with the words that
// docs/config.md explains.
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>

namespace lmqtt {

enum class shared_subscription_strategy : std::uint8_t { round_robin, random, sticky };
enum class overflow_policy : std::uint8_t { drop_oldest, drop_newest, reject };
enum class delivery_mode : std::uint8_t { onlyonce, overlap };
enum class persistence_type : std::uint8_t { sqlite, memory };
enum class durability : std::uint8_t { full, normal, memory };
enum class retained_qos0_storage : std::uint8_t { write_behind, memory };
enum class storage_error_policy : std::uint8_t { hold, memory, exit };
enum class corruption_policy : std::uint8_t { fail, quarantine };
enum class revocation_policy : std::uint8_t { withhold, disconnect };
enum class log_level : std::uint8_t { trace, debug, info, warn, error };
enum class log_format : std::uint8_t { text, json };
enum class client_certificate : std::uint8_t { none, optional, required };
enum class certificate_identity : std::uint8_t { none, cn, san, subject };
enum class tls_version : std::uint8_t { v1_2, v1_3 };
enum class password_hash : std::uint8_t { argon2id, argon2id_edge };
enum class token_algorithm : std::uint8_t { rs256, es256, eddsa, hs256 };

/// The protocol versions a listener speaks.
struct protocol_versions {
    bool v3_1 = true;
    bool v3_1_1 = true;
    bool v5_0 = true;

    /// True if a CONNECT of this version is welcome.
    constexpr bool allows(protocol_version version) const {
        switch (version) {
        case protocol_version::v3_1:
            return v3_1;
        case protocol_version::v3_1_1:
            return v3_1_1;
        case protocol_version::v5_0:
            return v5_0;
        }
        return false;
    }

    friend bool operator==(const protocol_versions&, const protocol_versions&) = default;
};

}  // namespace lmqtt
