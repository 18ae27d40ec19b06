#include "net/certificate_name.hpp"

#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace lmqtt::net {

namespace {

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code < 0x20 || code == 0x7f;
    });
}

// Converts whatever string type it is, and refuses what is not one.
std::string utf8_of(const ASN1_STRING* text) {
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, text);
    if (size < 0) {
        return {};
    }
    std::string converted(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return converted;
}

std::string common_name(X509& certificate) {
    X509_NAME* const subject = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const bool is_only = at >= 0 && X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0;
    if (!is_only) {
        return {};
    }
    return utf8_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

struct free_names {
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

std::string alternative_name(X509& certificate) {
    const std::unique_ptr<GENERAL_NAMES, free_names> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS || name->type == GEN_EMAIL) {
            return utf8_of(name->d.ia5);
        }
    }
    return {};
}

struct free_bio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

std::string whole_subject(X509& certificate) {
    const std::unique_ptr<BIO, free_bio> text(BIO_new(BIO_s_mem()));
    const unsigned long style = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
    if (!text ||
        X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0, style) < 0) {
        return {};
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

std::string name_in(X509& certificate, certificate_identity which) {
    std::string name;
    switch (which) {
    case certificate_identity::none:
        break;
    case certificate_identity::cn:
        name = common_name(certificate);
        break;
    case certificate_identity::san:
        name = alternative_name(certificate);
        break;
    case certificate_identity::subject:
        name = whole_subject(certificate);
        break;
    }
    return has_control_characters(name) ? std::string() : name;
}

}  // namespace lmqtt::net
