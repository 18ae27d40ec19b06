// The client's end of TLS, over memory, for the tests of this room.
#pragma once

#include "net/filter.hpp"
#include "net/tls_context.hpp"
#include "support/certificates.hpp"
#include "support/scratch.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace lmqtt::test {

/// Files of a server, and an authority for clients.
struct tls_files {
    scratch folder;
    authority by;
    tls_options options;

    tls_files();

    /// The file of this name with this text.
    std::string file(const std::string& name, const std::string& text) const {
        return folder.write(name, text).string();
    }
};

class tls_peer {
public:
    struct manner {
        const issued* certificate = nullptr;
        int version = 0;  ///< TLS1_2_VERSION: only that one
        std::string ciphers = {};
    };

    tls_peer(const tls_files& trusting, const manner& how);
    ~tls_peer();
    tls_peer(const tls_peer&) = delete;
    tls_peer& operator=(const tls_peer&) = delete;

    /// Plays both ends, in pieces of so many bytes, until neither has more to say. Text for the
    /// server is what `server` makes of it.
    void exchange(net::filter& server, std::size_t piece = 100'000);

    void write(const std::string& text) { unsent_ += text; }

    void say_goodbye();

    /// Asks for a second handshake of TLS 1.2, and says whether it came to be.
    bool can_renegotiate(net::filter& server);

    std::string read;             ///< what the server sent, in plain
    std::string server_read;      ///< what the server's filter gave
    std::string server_ended;     ///< why it ended
    bool is_through = false;      ///< the handshake is over
    bool closed_cleanly = false;  ///< close_notify came

    void receive_wire(const std::string& bytes);

private:
    void step();

    SSL_CTX* context_;
    SSL* tls_;
    BIO* in_;
    BIO* out_;
    std::string unsent_;
};

}  // namespace lmqtt::test
