#include "net/tls_filter.hpp"

#include "base/assert.hpp"
#include "net/certificate_name.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <limits>
#include <new>

namespace lmqtt::net {

namespace {

tls_filter::bytes_at_hand& at_hand_of(BIO* bio) {
    return *static_cast<tls_filter::bytes_at_hand*>(BIO_get_data(bio));
}

int read_received(BIO* bio, char* into, int most) {
    auto& received = at_hand_of(bio).received;
    BIO_clear_retry_flags(bio);
    if (received.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t size = std::min(received.size(), static_cast<std::size_t>(most));
    std::copy_n(received.begin(), size, into);
    received = received.subspan(size);
    return static_cast<int>(size);
}

int write_wire(BIO* bio, const char* bytes, int size) {
    at_hand_of(bio).wire->append(bytes, static_cast<std::size_t>(size));
    return size;
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace

BIO_METHOD* make_bio_method() {
    BIO_METHOD* const method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "lmqtt");
    if (method != nullptr) {
        BIO_meth_set_read(method, read_received);
        BIO_meth_set_write(method, write_wire);
        BIO_meth_set_ctrl(method, control);
    }
    return method;
}

tls_filter::tls_filter(std::shared_ptr<const tls_context> context)
    : context_(std::move(context))
    , tls_(context_->new_connection())
    , gauge_(std::make_unique<handshake_gauge>()) {
    BIO* const bio = tls_ ? BIO_new(context_->bio_method()) : nullptr;
    if (bio == nullptr) {
        throw std::bad_alloc();
    }
    BIO_set_data(bio, &at_hand_);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
}

tls_filter::~tls_filter() = default;

filtered tls_filter::receive(std::span<char> raw, std::span<char> room, std::string& answer) {
    if (ended_) {
        return {};
    }
    filtered got;
    if (!is_short_enough(raw)) {
        ended_ = true;
        got.ended = "TLS handshake message too long";
        return got;
    }
    at_hand_ = {raw, &answer};
    std::size_t filled = 0;
    ERR_clear_error();
    for (;;) {
        LMQTT_ASSERT(filled < room.size());
        std::size_t size = 0;
        const int result =
            SSL_read_ex(tls_.get(), room.data() + filled, room.size() - filled, &size);
        if (result != 1) {
            got.ended = why_not(result);
            break;
        }
        filled += size;
    }
    ended_ = !got.ended.empty();
    got.plain = {room.data(), filled};
    at_hand_ = {};
    return got;
}

bool tls_filter::is_short_enough(std::span<const char> raw) {
    using verdict = handshake_gauge::verdict;
    if (!gauge_) {
        return true;
    }
    const bool is_1_2 = SSL_version(tls_.get()) == TLS1_2_VERSION;  // known after a first answer
    const verdict said =
        SSL_is_init_finished(tls_.get()) != 0 ? verdict::encrypted : gauge_->look_at(raw, is_1_2);
    if (said == verdict::encrypted) {
        gauge_.reset();
    }
    return said != verdict::too_long;
}

// Words that live as long as the process.
std::string_view tls_filter::why_not(int result) const {
    switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return {};
    case SSL_ERROR_ZERO_RETURN:
        return "closed by the peer";
    default:
        break;
    }
    const long verified = SSL_get_verify_result(tls_.get());
    if (verified != X509_V_OK) {
        return X509_verify_cert_error_string(verified);
    }
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != nullptr ? reason : "TLS failed";
}

void tls_filter::send(std::span<const std::string_view> plain, std::string& wire) {
    if (ended_ || SSL_is_init_finished(tls_.get()) == 0) {
        return;
    }
    at_hand_ = {{}, &wire};
    ERR_clear_error();
    for (const std::string_view piece : plain) {
        std::size_t written = 0;
        // It takes all: the string has no end.
        if (SSL_write_ex(tls_.get(), piece.data(), piece.size(), &written) != 1) {
            ended_ = true;
            break;
        }
    }
    at_hand_ = {};
}

void tls_filter::finish(std::string& wire) {
    if (ended_ || SSL_is_init_finished(tls_.get()) == 0) {
        return;
    }
    at_hand_ = {{}, &wire};
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ended_ = true;
    at_hand_ = {};
}

std::string tls_filter::proved_name() const {
    X509* const certificate = SSL_get0_peer_certificate(tls_.get());
    if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) {
        return {};
    }
    return name_in(*certificate, context_->identity());
}

}  // namespace lmqtt::net
