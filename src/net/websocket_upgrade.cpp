#include "net/websocket_upgrade.hpp"

#include "base/base64.hpp"
#include "net/address.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

namespace lmqtt::net {

namespace {

namespace http = boost::beast::http;
using fields = http::request<http::empty_body>;

constexpr std::string_view end_of_request = "\r\n\r\n";
constexpr std::string_view magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3

// In the order of our liking. [MQTT-6.0.0-3]
constexpr std::array<std::string_view, 2> protocols = {"mqtt", "mqttv3.1"};

std::string accept_of(std::string_view key) {
    const std::string text = std::string(key).append(magic);
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return base::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool is_digit(char of_base64) {
    return std::isalnum(static_cast<unsigned char>(of_base64)) != 0 || of_base64 == '+' ||
           of_base64 == '/';
}

// 16 bytes in base64; the four bits that are left over may be any.
bool is_key(std::string_view text) {
    return text.size() == 24 && text.ends_with("==") &&
           std::all_of(text.begin(), text.end() - 2, is_digit);
}

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

bool has_token(const fields& request, http::field name, std::string_view token) {
    const auto range = request.equal_range(name);
    return std::any_of(range.first, range.second, [token](const auto& field) {
        return http::token_list(field.value()).exists({token.data(), token.size()});
    });
}

std::size_t count(const fields& request, http::field name) {
    return request.count(name);
}

websocket_upgrade::verdict
refusal(std::string_view status, std::string_view why, std::string_view field = {}) {
    websocket_upgrade::verdict said;
    said.response = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(field) +
                    "Content-Length: 0\r\nConnection: close\r\n\r\n";
    said.refused = why;
    return said;
}

std::string joined(const fields& request, std::string_view name) {
    std::string all;
    const auto range = request.equal_range(boost::beast::string_view(name.data(), name.size()));
    for (auto each = range.first; each != range.second; ++each) {
        all += (all.empty() ? "" : ",") + std::string(view(each->value()));
    }
    return all;
}

std::string_view protocol_of(const fields& request) {
    for (const std::string_view protocol : protocols) {
        if (has_token(request, http::field::sec_websocket_protocol, protocol)) {
            return protocol;
        }
    }
    return {};
}

bool may_come_from(const fields& request, const std::vector<std::string>& origins) {
    const auto origin = request.find(http::field::origin);
    return origins.empty() || origin == request.end() ||
           std::ranges::find(origins, view(origin->value())) != origins.end();
}

// "http://localhost:3000". A file's is "null", and so is that of a page in a page.
bool is_of_this_machine(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    std::string_view host = origin.substr(scheme + 3);
    const std::size_t port = host.rfind(':');
    if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos) {
        host = host.substr(0, port);
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return host == "localhost" || host.ends_with(".localhost") ||
           address::from_text(std::string(host)).is_loopback();
}

bool is_foreign_page(const fields& request, const std::vector<std::string>& origins) {
    const auto origin = request.find(http::field::origin);
    return origins.empty() && origin != request.end() && !is_of_this_machine(view(origin->value()));
}

websocket_upgrade::verdict decide(const fields& request, const upgrade_rules& rules) {
    const std::string_view target = view(request.target());
    if (target.substr(0, target.find('?')) != rules.path) {
        return refusal("404 Not Found", "WebSocket: no such path");
    }
    const bool wants_websocket = request.method() == http::verb::get && request.version() == 11 &&
                                 has_token(request, http::field::connection, "upgrade") &&
                                 has_token(request, http::field::upgrade, "websocket");
    if (!wants_websocket) {
        return refusal(
            "426 Upgrade Required",
            "WebSocket: not asked for",
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        );
    }
    if (view(request[http::field::sec_websocket_version]) != "13") {
        return refusal(
            "426 Upgrade Required",
            "WebSocket: unknown version",
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        );
    }
    const std::string_view key = view(request[http::field::sec_websocket_key]);
    const bool is_whole = count(request, http::field::host) == 1 &&
                          count(request, http::field::sec_websocket_key) == 1 && is_key(key);
    const bool has_body = request.find(http::field::transfer_encoding) != request.end() ||
                          request.find(http::field::content_length) != request.end();
    if (!is_whole || has_body) {
        return refusal("400 Bad Request", "WebSocket: malformed request");
    }
    if (!may_come_from(request, rules.origins)) {
        return refusal("403 Forbidden", "WebSocket: origin not allowed");
    }
    const std::string_view protocol = protocol_of(request);
    if (protocol.empty()) {
        return refusal("400 Bad Request", "WebSocket: no sub-protocol mqtt");
    }
    websocket_upgrade::verdict said;
    said.response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                    accept_of(key) + "\r\nSec-WebSocket-Protocol: " + std::string(protocol) +
                    "\r\n\r\n";  // [MQTT-6.0.0-4]
    said.of_foreign_page = is_foreign_page(request, rules.origins);
    said.forwarded_for = joined(request, "X-Forwarded-For");
    return said;
}

websocket_upgrade::verdict judge(std::string_view text, const upgrade_rules& rules) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(websocket_upgrade::longest_request);
    parser.body_limit(0);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(text), error);
    if (error || !parser.is_header_done()) {
        return refusal("400 Bad Request", "WebSocket: malformed request");
    }
    const fields& request = parser.get();
    const auto size = static_cast<std::size_t>(std::distance(request.begin(), request.end()));
    if (size > websocket_upgrade::most_fields) {
        return refusal("431 Request Header Fields Too Large", "WebSocket: too many header fields");
    }
    return decide(request, rules);
}

}  // namespace

std::optional<websocket_upgrade::verdict>
websocket_upgrade::receive(std::string_view bytes, const upgrade_rules& rules) {
    const std::size_t before = request_.size();
    const std::size_t room = longest_request - before;
    request_ += bytes.substr(0, room);
    // The end may have begun in what came before.
    const std::size_t from = before - std::min(before, end_of_request.size() - 1);
    const std::size_t found = request_.find(end_of_request, from);
    if (found == std::string::npos) {
        if (bytes.size() < room) {
            return std::nullopt;
        }
        return refusal("431 Request Header Fields Too Large", "WebSocket: request too long");
    }
    request_.resize(found + end_of_request.size());
    verdict said = judge(request_, rules);
    said.consumed = request_.size() - before;
    return said;
}

}  // namespace lmqtt::net
