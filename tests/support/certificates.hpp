// Certificates for the tests of this room: an authority, and what it has signed, as PEM texts.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt::test {

struct free_openssl {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }

    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

    void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
};

using certificate_ptr = std::unique_ptr<X509, free_openssl>;
using key_ptr = std::unique_ptr<EVP_PKEY, free_openssl>;

struct named {
    /// (field, bytes) of the subject, in order: {{"CN", "a"}}
    std::vector<std::pair<std::string, std::string>> subject = {};
    std::string alternative = {};  ///< "DNS:a,email:b"; empty: none
    long from_seconds = -3600;
    long to_seconds = 3600;
};

struct issued {
    certificate_ptr certificate;
    key_ptr key;

    std::string certificate_pem() const;
    std::string key_pem() const;
};

class authority {
public:
    explicit authority(const std::string& name = "authority");

    issued issue(const named& whom) const;

    std::string certificate_pem() const { return self_.certificate_pem(); }

    std::string revocations_pem(const std::vector<const issued*>& revoked) const;

private:
    issued self_;
    mutable long last_serial_ = 1;
};

}  // namespace lmqtt::test
