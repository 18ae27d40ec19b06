// TLS over bytes: OpenSSL with a BIO that reads from what was received and writes to what is to be
// sent. One connection's.
#pragma once

#include "net/filter.hpp"
#include "net/handshake_gauge.hpp"
#include "net/tls_context.hpp"

#include <memory>

namespace lmqtt::net {

class tls_filter final : public filter {
public:
    /// The bytes OpenSSL works on during one call.
    struct bytes_at_hand {
        std::span<const char> received{};
        std::string* wire = nullptr;
    };

    explicit tls_filter(std::shared_ptr<const tls_context> context);
    ~tls_filter() override;

    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override;
    void send(std::span<const std::string_view> plain, std::string& wire) override;
    void finish(std::string& wire) override;

    /// Empty as well if the certificate has no such name, or one that no user can have: more than
    /// one common name, control characters.
    std::string proved_name() const override;

private:
    struct free_connection {
        void operator()(SSL* connection) const noexcept { SSL_free(connection); }
    };

    [[nodiscard]] bool is_short_enough(std::span<const char> raw);
    [[nodiscard]] std::string_view why_not(int result) const;

    std::shared_ptr<const tls_context> context_;
    std::unique_ptr<SSL, free_connection> tls_;
    std::unique_ptr<handshake_gauge> gauge_;  // null: what comes is encrypted
    bytes_at_hand at_hand_;
    bool ended_ = false;
};

/// The BIO that works on tls_filter::bytes_at_hand; owned by the caller.
[[nodiscard]] BIO_METHOD* make_bio_method();

}  // namespace lmqtt::net
