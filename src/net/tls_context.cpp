#include "net/tls_context.hpp"

#include "net/tls_filter.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace lmqtt::net {

namespace {

// Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts. TLS 1.3 has nothing
// else.
constexpr const char* usual_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";
constexpr int deepest_chain = 8;
constexpr long most_certificate_bytes = 32 * 1024;

[[noreturn]] void refuse(const char* key, const std::string& file, const char* what) {
    std::string line = std::string("listeners.tls.") + key + " " + file + ": " + what;
    const auto error = ERR_peek_last_error();
    const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
    if (reason != nullptr) {
        line += std::string(": ") + reason;
    }
    ERR_clear_error();
    throw std::runtime_error(line);
}

// OpenSSL's word for a missing file is "system lib".
void require_readable(const char* key, const std::string& file) {
    errno = 0;
    if (!std::ifstream(file)) {
        ERR_clear_error();
        refuse(key, file, std::generic_category().message(errno).c_str());
    }
}

// Nobody sits at a terminal to be asked.
int no_password(char*, int, int, void*) {
    return 0;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{timegm(&parts)} : 0;
}

}  // namespace

tls_context::tls_context(const tls_options& options)
    : bio_method_(make_bio_method())
    , context_(SSL_CTX_new(TLS_server_method()))
    , identity_(options.identity_as_username) {
    if (!bio_method_ || !context_) {
        throw std::runtime_error("listeners.tls: OpenSSL cannot begin");
    }
    ERR_clear_error();
    set_rules(options);
    load_certificate(options);
    if (options.client_certificate != client_certificate::none) {
        load_authorities(options);
    }
}

SSL* tls_context::new_connection() const {
    return SSL_new(context_.get());
}

void tls_context::set_rules(const tls_options& options) {
    SSL_CTX* const context = context_.get();
    const bool only_1_3 = options.min_version == tls_version::v1_3;
    SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    // No sessions and no tickets: a certificate revoked meanwhile must not come in by an old one.
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
            SSL_OP_CIPHER_SERVER_PREFERENCE
    );
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    // An idle connection holds no buffers.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Of the client's, for which memory is taken as soon as their length has been said.
    SSL_CTX_set_max_cert_list(context, most_certificate_bytes);
    const std::string& given = options.ciphers;
    if (SSL_CTX_set_cipher_list(context, given.empty() ? usual_ciphers : given.c_str()) != 1) {
        refuse("ciphers", "\"" + given + "\"", "OpenSSL knows none of them");
    }
}

void tls_context::load_certificate(const tls_options& options) {
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_default_passwd_cb(context, no_password);
    require_readable("cert_file", options.cert_file);
    if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) {
        refuse("cert_file", options.cert_file, "has no certificate that can be used");
    }
    require_readable("key_file", options.key_file);
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        refuse("key_file", options.key_file, "has no key that can be used");
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        refuse("key_file", options.key_file, "is not the key of the certificate");
    }
    expires_at_seconds_ = seconds_of(X509_get0_notAfter(SSL_CTX_get0_certificate(context)));
}

void tls_context::load_authorities(const tls_options& options) {
    SSL_CTX* const context = context_.get();
    const std::string& file = options.client_ca_file;
    require_readable("client_ca_file", file);
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
        refuse("client_ca_file", file, "has no certificate that can be used");
    }
    SSL_CTX_set_client_CA_list(context, names);  // takes them over
    const bool required = options.client_certificate == client_certificate::required;
    SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr
    );
    SSL_CTX_set_verify_depth(context, deepest_chain);
    if (options.crl_file.empty()) {
        return;
    }
    require_readable("crl_file", options.crl_file);
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (X509_load_crl_file(lookup, options.crl_file.c_str(), X509_FILETYPE_PEM) < 1) {
        refuse("crl_file", options.crl_file, "has no revocation list that can be used");
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

}  // namespace lmqtt::net
