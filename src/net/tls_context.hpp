// What the TLS connections of one listener have in common: certificate, key, authorities, rules.
// Made from files in one step or not at all, and immutable: a reload makes another one, and
// connections keep the one they began with. Any thread.
#pragma once

#include <lmqtt/transport_options.hpp>

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace lmqtt::net {

class tls_context {
public:
    /// Throws std::runtime_error whose what() is one line that names the file.
    explicit tls_context(const tls_options& options);

    /// For one connection.
    [[nodiscard]] SSL* new_connection() const;

    /// How OpenSSL's bytes come and go: filled in by whoever owns the connection.
    [[nodiscard]] const BIO_METHOD* bio_method() const { return bio_method_.get(); }

    [[nodiscard]] certificate_identity identity() const { return identity_; }

    /// When our certificate ends, in seconds since 1970-01-01 UTC.
    [[nodiscard]] std::int64_t expires_at_seconds() const { return expires_at_seconds_; }

private:
    struct free_context {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };

    struct free_method {
        void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
    };

    void set_rules(const tls_options& options);
    void load_certificate(const tls_options& options);
    void load_authorities(const tls_options& options);

    std::unique_ptr<BIO_METHOD, free_method> bio_method_;
    std::unique_ptr<SSL_CTX, free_context> context_;
    certificate_identity identity_;
    std::int64_t expires_at_seconds_ = 0;
};

}  // namespace lmqtt::net
