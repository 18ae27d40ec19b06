// How a listener's bytes travel: TLS and WebSocket, each there or not (lmqtt/config.hpp). Plain
// values.
#pragma once

#include <lmqtt/config_choices.hpp>

#include <string>
#include <vector>

namespace lmqtt {

/// `tls` of a listener. Files are PEM.
struct tls_options {
    std::string cert_file = {};
    std::string key_file = {};
    std::string client_ca_file = {};
    lmqtt::client_certificate client_certificate = lmqtt::client_certificate::none;
    std::string crl_file = {};
    certificate_identity identity_as_username = certificate_identity::none;
    tls_version min_version = tls_version::v1_2;
    std::string ciphers = {};  ///< of TLS 1.2, OpenSSL's notation; empty: our choice

    friend bool operator==(const tls_options&, const tls_options&) = default;
};

/// `websocket` of a listener (MQTT 5.0, 6).
struct websocket_options {
    std::string path = "/";
    std::vector<std::string> origins = {};          ///< empty: all
    std::vector<std::string> trusted_proxies = {};  ///< whose X-Forwarded-For is believed

    friend bool operator==(const websocket_options&, const websocket_options&) = default;
};

}  // namespace lmqtt
