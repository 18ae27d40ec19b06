#include "support/certificates.hpp"

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace lmqtt::test {

namespace {

template <class Write>
std::string pem(Write&& write) {
    BIO* const bio = BIO_new(BIO_s_mem());
    REQUIRE(write(bio) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

void add_extension(X509& to, X509& issuer, int which, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(&to, extension, -1);
    X509_EXTENSION_free(extension);
}

certificate_ptr unsigned_certificate(const named& whom, EVP_PKEY& key, long serial) {
    certificate_ptr made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), whom.from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), whom.to_seconds);
    X509_set_pubkey(made.get(), &key);
    for (const auto& [field, bytes] : whom.subject) {
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(made.get()),
            field.c_str(),
            MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(bytes.data()),
            static_cast<int>(bytes.size()),
            -1,
            0
        );
    }
    return made;
}

key_ptr new_key() {
    return key_ptr(EVP_EC_gen("P-256"));
}

}  // namespace

std::string issued::certificate_pem() const {
    return pem([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string issued::key_pem() const {
    return pem([this](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

authority::authority(const std::string& name) {
    self_.key = new_key();
    self_.certificate = unsigned_certificate({.subject = {{"CN", name}}}, *self_.key, 1);
    X509& own = *self_.certificate;
    X509_set_issuer_name(&own, X509_get_subject_name(&own));
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    REQUIRE(X509_sign(&own, self_.key.get(), EVP_sha256()) > 0);
}

issued authority::issue(const named& whom) const {
    issued made;
    made.key = new_key();
    made.certificate = unsigned_certificate(whom, *made.key, ++last_serial_);
    X509& own = *made.certificate;
    X509_set_issuer_name(&own, X509_get_subject_name(self_.certificate.get()));
    if (!whom.alternative.empty()) {
        add_extension(own, *self_.certificate, NID_subject_alt_name, whom.alternative);
    }
    REQUIRE(X509_sign(&own, self_.key.get(), EVP_sha256()) > 0);
    return made;
}

std::string authority::revocations_pem(const std::vector<const issued*>& revoked) const {
    const std::unique_ptr<X509_CRL, free_openssl> list(X509_CRL_new());
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(self_.certificate.get()));
    ASN1_TIME* const now = X509_gmtime_adj(nullptr, -60);
    ASN1_TIME* const later = X509_gmtime_adj(nullptr, 3600);
    X509_CRL_set1_lastUpdate(list.get(), now);
    X509_CRL_set1_nextUpdate(list.get(), later);
    for (const issued* each : revoked) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->certificate.get()));
        X509_REVOKED_set_revocationDate(entry, now);
        X509_CRL_add0_revoked(list.get(), entry);
    }
    ASN1_TIME_free(now);
    ASN1_TIME_free(later);
    X509_CRL_sort(list.get());
    REQUIRE(X509_CRL_sign(list.get(), self_.key.get(), EVP_sha256()) > 0);
    return pem([&list](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); });
}

}  // namespace lmqtt::test
