// MQTT over WebSocket (MQTT 5.0, 6; RFC 6455): the upgrade, then binary frames, split anywhere by
// the peer, one for each piece we send. No extension is spoken, nothing is collected: a message's
// bytes go on as they come. One connection's.
#pragma once

#include "net/filter.hpp"
#include "net/websocket_upgrade.hpp"

#include <lmqtt/network.hpp>

#include <cstdint>
#include <memory>
#include <sys/types.h>
#include <vector>

struct wslay_frame_context;
struct wslay_frame_iocb;

namespace lmqtt::net {

struct websocket_rules {
    upgrade_rules upgrade;
    std::vector<network> trusted_proxies;
};

class websocket_filter final : public filter {
public:
    /// `peer`: from whom the request comes, as far as the descriptor knows.
    websocket_filter(std::shared_ptr<const websocket_rules> rules, const address& peer);
    ~websocket_filter() override;

    /// Works in place: `room` may be the memory that `raw` lies in.
    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override;
    void send(std::span<const std::string_view> plain, std::string& wire) override;
    void finish(std::string& wire) override;
    std::optional<address> told_peer() override;

    bool is_of_foreign_page() const override { return foreign_page_; }

private:
    struct upgrading {
        websocket_upgrade request;
        std::shared_ptr<const websocket_rules> rules;
        address peer;
    };

    struct free_frames {
        void operator()(wslay_frame_context* frames) const noexcept;
    };

    // What one receive works on.
    struct turn {
        std::span<const char> raw;
        std::span<char> room;
        std::string* answer = nullptr;
        filtered got{};
        std::size_t filled = 0;
    };

    void open(turn& now);
    void take_frames(turn& now);
    void take_piece(turn& now, const wslay_frame_iocb& frame);
    [[nodiscard]] bool begins_well(turn& now, const wslay_frame_iocb& frame);
    void take_control(turn& now, const wslay_frame_iocb& frame);
    void answer_close(turn& now);
    void fail(turn& now, std::uint16_t code, std::string_view why);
    static ssize_t read_received(std::uint8_t* into, std::size_t most, int flags, void* self);

    std::unique_ptr<upgrading> upgrade_;                        // null: done
    std::unique_ptr<wslay_frame_context, free_frames> frames_;  // in the middle of a frame only
    std::unique_ptr<std::string> control_;  // payload of a control frame that is not whole
    std::optional<address> told_peer_;
    turn* now_ = nullptr;              // during one receive
    std::uint64_t frame_left_ = 0;     // payload of the frame that is being read
    std::uint64_t held_ = 0;           // bytes that frames_ has taken and not given back as frames
    std::uint16_t close_code_ = 1000;  // what the goodbye says
    bool foreign_page_ : 1 = false;
    bool in_frame_ : 1 = false;
    bool in_message_ : 1 = false;  // between the first frame of a message and its last
    bool ended_ : 1 = false;       // nothing is received any more ...
    bool finished_ : 1 = false;    // ... or sent
};

/// The client behind trusted proxies that a list "client, proxy, proxy" names: the last that is not
/// itself trusted. Nothing if that is no address.
[[nodiscard]] std::optional<address>
forwarded_for(std::string_view list, std::span<const network> trusted);

}  // namespace lmqtt::net
