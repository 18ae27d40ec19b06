// The name that a certificate gives its owner, as a user name: literal text, or nothing. A pure
// function over a parsed certificate.
#pragma once

#include <lmqtt/config_choices.hpp>

#include <openssl/x509.h>

#include <string>

namespace lmqtt::net {

/// cn: the common name, if there is exactly one; san: the first DNS name or mail address; subject:
/// the whole subject as in RFC 2253. Empty if there is none, or if it has control characters or is
/// not UTF-8, which no user name may.
[[nodiscard]] std::string name_in(X509& certificate, certificate_identity which);

}  // namespace lmqtt::net
