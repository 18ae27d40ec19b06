#include "net/websocket_upgrade.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using lmqtt::net::upgrade_rules;
using lmqtt::net::websocket_upgrade;

namespace {

// The key and its answer of RFC 6455, 1.3.
const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct request {
    std::string first = "GET /mqtt HTTP/1.1";
    std::vector<std::string> fields = {
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: " + key,
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: mqtt",
    };

    // Replaces the field that begins alike, or adds it; an empty value takes it out.
    request with(const std::string& name, const std::string& value) const {
        request changed = *this;
        std::erase_if(changed.fields, [&](const std::string& field) {
            return field.starts_with(name + ":");
        });
        if (!value.empty()) {
            changed.fields.push_back(name + ": " + value);
        }
        return changed;
    }

    std::string text() const {
        std::string all = first + "\r\n";
        for (const std::string& field : fields) {
            all += field + "\r\n";
        }
        return all + "\r\n";
    }
};

const upgrade_rules rules{.path = "/mqtt", .origins = {}};

std::string status_of(const std::string& text, const upgrade_rules& with = rules) {
    const auto said = websocket_upgrade().receive(text, with);
    REQUIRE(said);
    CHECK(said->refused.empty() == said->response.starts_with("HTTP/1.1 101 "));
    return said->response.substr(9, 3);
}

}  // namespace

TEST_CASE("[MQTT-6.0.0-4] a request for mqtt is answered with the key's proof and the protocol") {
    const auto said = websocket_upgrade().receive(request().text() + "frames", rules);
    REQUIRE(said);
    CHECK(said->refused.empty());
    CHECK(said->response.find("\r\nSec-WebSocket-Accept: " + accept + "\r\n") != std::string::npos);
    CHECK(said->response.find("\r\nSec-WebSocket-Protocol: mqtt\r\n") != std::string::npos);
    CHECK(said->consumed == request().text().size());
}

TEST_CASE("A17: a request may be cut anywhere") {
    const std::string text = request().text();
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        websocket_upgrade upgrade;
        CHECK_FALSE(upgrade.receive(text.substr(0, cut), rules));
        const auto said = upgrade.receive(text.substr(cut) + "x", rules);
        REQUIRE(said);
        CHECK(said->refused.empty());
        CHECK(said->consumed == text.size() - cut);
    }
}

TEST_CASE("both names of the protocol are known, ours is the first of those that are offered") {
    const auto protocol_for = [](const std::string& offered) {
        const auto said = websocket_upgrade().receive(
            request().with("Sec-WebSocket-Protocol", offered).text(), rules
        );
        const std::size_t at = said->response.find("Sec-WebSocket-Protocol: ");
        return at == std::string::npos
                   ? std::string()
                   : said->response.substr(at + 24, said->response.find('\r', at) - at - 24);
    };
    CHECK(protocol_for("mqttv3.1") == "mqttv3.1");
    CHECK(protocol_for("mqttv3.1, mqtt") == "mqtt");
    CHECK(protocol_for("soap, mqtt") == "mqtt");
    CHECK(protocol_for("soap").empty());
}

TEST_CASE("what is not asked for as a WebSocket is refused with the status that says why") {
    CHECK(status_of(request().text()) == "101");
    CHECK(status_of(request{.first = "GET /mqtt?token=1 HTTP/1.1"}.text()) == "101");
    CHECK(status_of(request{.first = "GET / HTTP/1.1"}.text()) == "404");
    CHECK(status_of(request{.first = "GET /mqtt/ HTTP/1.1"}.text()) == "404");
    CHECK(status_of(request{.first = "POST /mqtt HTTP/1.1"}.text()) == "426");
    CHECK(status_of(request{.first = "GET /mqtt HTTP/1.0"}.text()) == "426");
    CHECK(status_of(request().with("Upgrade", "").text()) == "426");
    CHECK(status_of(request().with("Upgrade", "h2c").text()) == "426");
    CHECK(status_of(request().with("Connection", "close").text()) == "426");
    CHECK(status_of(request().with("Sec-WebSocket-Version", "8").text()) == "426");
    CHECK(status_of(request().with("Sec-WebSocket-Key", "").text()) == "400");
    CHECK(status_of(request().with("Sec-WebSocket-Key", "short==").text()) == "400");
    CHECK(status_of(request().with("Host", "").text()) == "400");
    CHECK(status_of(request().with("Sec-WebSocket-Protocol", "").text()) == "400");
    CHECK(status_of("\x16\x03\x01\x02\r\n\r\n") == "400");
    CHECK(status_of("GET\r\n\r\n") == "400");
}

TEST_CASE("A18: a request with a body is none for a WebSocket") {
    CHECK(status_of(request().with("Content-Length", "5").text()) == "400");
    CHECK(status_of(request().with("Transfer-Encoding", "chunked").text()) == "400");
    request both = request().with("Content-Length", "5").with("Transfer-Encoding", "chunked");
    CHECK(status_of(both.text()) == "400");
}

TEST_CASE("A18: a request that is too long, or has too many fields, is refused") {
    const std::string endless = "GET /mqtt HTTP/1.1\r\nX: " + std::string(10'000, 'a');
    CHECK(status_of(endless) == "431");
    CHECK_FALSE(websocket_upgrade().receive(endless.substr(0, 8000), rules));
    request many;
    while (many.fields.size() < websocket_upgrade::most_fields) {
        many.fields.push_back("A: " + std::to_string(many.fields.size()));
    }
    CHECK(status_of(many.text()) == "101");
    many.fields.emplace_back("A: one more");
    CHECK(status_of(many.text()) == "431");
}

TEST_CASE("only origins on the list may come, and programs that name none") {
    const upgrade_rules listed{.path = "/mqtt", .origins = {"https://example.org"}};
    CHECK(status_of(request().text(), listed) == "101");
    CHECK(status_of(request().with("Origin", "https://example.org").text(), listed) == "101");
    CHECK(status_of(request().with("Origin", "https://evil.example").text(), listed) == "403");
    CHECK(status_of(request().with("Origin", "https://example.org.evil").text(), listed) == "403");
    CHECK(status_of(request().with("Origin", "null").text(), listed) == "403");
    CHECK(status_of(request().with("Origin", "https://evil.example").text()) == "101");
}

TEST_CASE("all X-Forwarded-For fields are handed on, in order") {
    request proxied;
    proxied.fields.emplace_back("X-Forwarded-For: 192.0.2.1, 192.0.2.2");
    proxied.fields.emplace_back("x-forwarded-for: 192.0.2.3");
    const auto said = websocket_upgrade().receive(proxied.text(), rules);
    CHECK(said->forwarded_for == "192.0.2.1, 192.0.2.2,192.0.2.3");
}

TEST_CASE("a page of another host is foreign, unless the list names it") {
    const auto is_foreign = [](const std::string& origin, const upgrade_rules& with = rules) {
        const auto said =
            websocket_upgrade().receive(request().with("Origin", origin).text(), with);
        REQUIRE(said);
        REQUIRE(said->refused.empty());
        return said->of_foreign_page;
    };
    for (const std::string origin :
         {"",
          "http://localhost",
          "http://localhost:3000",
          "https://app.localhost:1",
          "http://127.0.0.1",
          "http://127.3.2.1:80",
          "http://[::1]:8080",
          "http://[::1]"}) {
        INFO(origin);
        CHECK_FALSE(is_foreign(origin));
    }
    for (const std::string origin :
         {"https://evil.example",
          "http://localhost.evil.example",
          "http://127.0.0.1.evil.example",
          "http://192.168.0.2:80",
          "null",
          "file://",
          "evil.example",
          "http://notlocalhost",
          "http://[::2]",
          "http://[::1",
          "http://localhost:3000:1",
          "://"}) {
        INFO(origin);
        CHECK(is_foreign(origin));
    }
    CHECK_FALSE(is_foreign("https://a.example", {.path = "/mqtt", .origins = {"https://a.example"}})
    );
}
