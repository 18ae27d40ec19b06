// The limit a broker is compared with: a raw epoll loop that speaks real MQTT and keeps nothing but
// a hash map from exact topics to connections. No sessions, no re-sending, no wildcards, no access
// rules. What was appended during a turn leaves in one send per connection at its end.
// Single-threaded; lives until a signal ends run().
#pragma once

#include "relay/planted.hpp"
#include "wire/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

class relay {
public:
    relay(std::uint16_t port, const planted& faults);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    // Serves until SIGTERM or SIGINT.
    void run();

    std::uint64_t faults_planted() const { return faults_.count; }

private:
    struct route;

    static constexpr std::uint32_t no_frame = UINT32_MAX;

    // An idle connection owns no buffer: both come from the pool while they hold bytes.
    struct connection {
        int descriptor = -1;
        protocol version = protocol::v3_1_1;
        bool dirty = false;
        bool blocked = false;
        std::uint16_t next_id = 0;
        std::uint32_t sent = 0;
        std::uint32_t last_frame = no_frame;  // where this turn's last PUBLISH begins in `output`
        std::unique_ptr<std::string> output;
        std::unique_ptr<std::string> partial;
        std::vector<route*> routes;
    };

    struct subscriber {
        connection* to;
        std::uint8_t quality;
    };

    struct route {
        std::vector<subscriber> subscribers;
    };

    struct text_hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    // A PUBLISH encoded once for every receiver with the same version and QoS.
    struct layout {
        std::string bytes;
        std::size_t id_at = 0;
        bool made = false;
    };

    void accept_all();
    void readable(connection& from);
    void consume(connection& from, std::string_view bytes);
    void handle(connection& from, const frame& packet);
    void greet(connection& from, const frame& packet);
    void subscribe(connection& from, const frame& packet);
    void forward(connection& from, const frame& packet);
    layout& laid_out(const publish_view& message, const subscriber& to);
    void deliver(connection& to, layout& encoded);
    void deliver_faulty(connection& to, std::string_view bytes);
    void acknowledge(connection& to, packet_type type, std::uint16_t packet_id);
    std::string& output(connection& to);
    void flush(connection& to);
    void close(connection& which);
    void watch(int descriptor, void* whose, int operation, std::uint32_t events) const;
    std::unique_ptr<std::string> take_buffer();
    void give_back(std::unique_ptr<std::string>& buffer);

    planted faults_;
    int epoll_ = -1;
    int listener_ = -1;
    int signals_ = -1;
    std::string input_;
    std::unordered_map<std::string, route, text_hash, std::equal_to<>> routes_;
    std::vector<connection*> dirty_;
    std::vector<std::unique_ptr<connection>> closed_;
    std::vector<std::unique_ptr<connection>> by_descriptor_;
    std::vector<std::unique_ptr<std::string>> pool_;
    layout layouts_[2][3];
};

}  // namespace bench
