#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace lmqtt::test {

tls_files::tls_files() {
    const issued server = by.issue({.subject = {{"CN", "localhost"}}});
    options.cert_file = file("server.crt", server.certificate_pem());
    options.key_file = file("server.key", server.key_pem());
    options.client_ca_file = file("ca.crt", by.certificate_pem());
}

tls_peer::tls_peer(const tls_files& trusting, const manner& how)
    : context_(SSL_CTX_new(TLS_client_method()))
    , tls_(nullptr)
    , in_(BIO_new(BIO_s_mem()))
    , out_(BIO_new(BIO_s_mem())) {
    SSL_CTX_load_verify_file(context_, trusting.options.client_ca_file.c_str());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (how.certificate != nullptr) {
        SSL_CTX_use_certificate(context_, how.certificate->certificate.get());
        SSL_CTX_use_PrivateKey(context_, how.certificate->key.get());
    }
    if (how.version != 0) {
        SSL_CTX_set_min_proto_version(context_, how.version);
        SSL_CTX_set_max_proto_version(context_, how.version);
    }
    if (!how.ciphers.empty()) {
        SSL_CTX_set_security_level(context_, 0);
        REQUIRE(SSL_CTX_set_cipher_list(context_, how.ciphers.c_str()) == 1);
    }
    tls_ = SSL_new(context_);
    SSL_set_bio(tls_, in_, out_);
    SSL_set_connect_state(tls_);
}

tls_peer::~tls_peer() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
}

void tls_peer::step() {
    is_through = is_through || SSL_do_handshake(tls_) == 1;
    if (!is_through) {
        return;
    }
    if (!unsent_.empty()) {
        REQUIRE(SSL_write(tls_, unsent_.data(), static_cast<int>(unsent_.size())) > 0);
        unsent_.clear();
    }
    std::string room(20'000, '\0');
    for (;;) {
        const int size = SSL_read(tls_, room.data(), static_cast<int>(room.size()));
        if (size <= 0) {
            closed_cleanly = closed_cleanly || SSL_get_error(tls_, size) == SSL_ERROR_ZERO_RETURN;
            return;
        }
        read.append(room, 0, static_cast<std::size_t>(size));
    }
}

void tls_peer::say_goodbye() {
    SSL_shutdown(tls_);
}

bool tls_peer::can_renegotiate(net::filter& server) {
    REQUIRE(SSL_renegotiate(tls_) == 1);
    SSL_do_handshake(tls_);
    exchange(server);
    SSL_do_handshake(tls_);
    return SSL_renegotiate_pending(tls_) == 0;
}

void tls_peer::receive_wire(const std::string& bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    step();
}

void tls_peer::exchange(net::filter& server, std::size_t piece) {
    for (;;) {
        step();
        std::string wire(100'000, '\0');
        const int size = BIO_read(out_, wire.data(), static_cast<int>(wire.size()));
        if (size <= 0) {
            return;
        }
        wire.resize(static_cast<std::size_t>(size));
        std::string answer;
        for (std::size_t at = 0; at < wire.size(); at += piece) {
            std::string raw = wire.substr(at, piece);
            std::vector<char> room(raw.size() + net::filter::held_back);
            const net::filtered got = server.receive(raw, room, answer);
            server_read += got.plain;
            server_ended += got.ended;
        }
        for (std::size_t at = 0; at < answer.size(); at += piece) {
            receive_wire(answer.substr(at, piece));
        }
    }
}

}  // namespace lmqtt::test
