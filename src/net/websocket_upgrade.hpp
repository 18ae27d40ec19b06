// The HTTP request with which a WebSocket begins (RFC 6455, 4.2), and what to answer. Collects
// bytes until the request is whole, then decides once. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::net {

struct upgrade_rules {
    std::string path = "/";
    std::vector<std::string> origins = {};  ///< empty: all
};

class websocket_upgrade {
public:
    static constexpr std::size_t longest_request = 8 * 1024;
    static constexpr std::size_t most_fields = 64;

    struct verdict {
        std::string response;          ///< to be sent
        std::string_view refused{};    ///< why the connection ends with it; empty: it goes on
        std::string forwarded_for{};   ///< the header fields of that name, joined by commas
        bool of_foreign_page = false;  ///< of a host that is not this machine, nor in the rules
        std::size_t consumed = 0;      ///< of the last bytes given; what follows is frames
    };

    /// Nothing while the request is not whole.
    [[nodiscard]] std::optional<verdict>
    receive(std::string_view bytes, const upgrade_rules& rules);

private:
    std::string request_;
};

}  // namespace lmqtt::net
