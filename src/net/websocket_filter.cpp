#include "net/websocket_filter.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <wslay/wslay.h>

namespace lmqtt::net {

namespace {

constexpr std::size_t longest_control = 125;

bool is_control(std::uint8_t opcode) {
    return wslay_is_ctrl_frame(opcode) != 0;
}

std::uint64_t header_size(const wslay_frame_iocb& frame) {
    std::uint64_t size = frame.mask != 0 ? 6 : 2;
    if (frame.payload_length > 0xffff) {
        size += 8;
    } else if (frame.payload_length > longest_control) {
        size += 2;
    }
    return size;
}

// What a server sends is not masked (RFC 6455, 5.1).
void append_header(std::string& wire, std::uint8_t opcode, std::uint64_t size) {
    wire += static_cast<char>(0x80 | opcode);
    int more_bytes = 0;
    if (size > 0xffff) {
        wire += static_cast<char>(127);
        more_bytes = 8;
    } else if (size > longest_control) {
        wire += static_cast<char>(126);
        more_bytes = 2;
    } else {
        wire += static_cast<char>(size);
    }
    for (int at = more_bytes - 1; at >= 0; --at) {
        wire += static_cast<char>(size >> (8 * at));
    }
}

void append_close(std::string& wire, std::uint16_t code) {
    append_header(wire, WSLAY_CONNECTION_CLOSE, 2);
    wire += static_cast<char>(code >> 8);
    wire += static_cast<char>(code);
}

// Those a peer may send (RFC 6455, 7.4).
bool is_close_code(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace

void websocket_filter::free_frames::operator()(wslay_frame_context* frames) const noexcept {
    wslay_frame_context_free(frames);
}

websocket_filter::websocket_filter(
    std::shared_ptr<const websocket_rules> rules, const address& peer
)
    : upgrade_(std::make_unique<upgrading>(upgrading{{}, std::move(rules), peer})) {}

websocket_filter::~websocket_filter() = default;

filtered websocket_filter::receive(std::span<char> raw, std::span<char> room, std::string& answer) {
    turn now{.raw = raw, .room = room, .answer = &answer};
    if (upgrade_ && !ended_) {
        open(now);
    }
    if (!upgrade_ && !ended_) {
        take_frames(now);
    }
    now.got.plain = {room.data(), now.filled};
    return now.got;
}

void websocket_filter::open(turn& now) {
    const std::string_view bytes(now.raw.data(), now.raw.size());
    const auto said = upgrade_->request.receive(bytes, upgrade_->rules->upgrade);
    if (!said) {
        return;
    }
    *now.answer += said->response;
    if (!said->refused.empty()) {
        now.got.ended = said->refused;
        ended_ = true;
        finished_ = true;
        return;
    }
    const auto& trusted = upgrade_->rules->trusted_proxies;
    if (upgrade_->peer.is_in(trusted)) {
        told_peer_ = forwarded_for(said->forwarded_for, trusted);
    }
    foreign_page_ = said->of_foreign_page;
    now.raw = now.raw.subspan(said->consumed);
    upgrade_.reset();
}

void websocket_filter::take_frames(turn& now) {
    now_ = &now;
    while (!ended_) {
        if (!frames_) {
            if (now.raw.empty()) {
                break;
            }
            const wslay_frame_callbacks callbacks{
                .send_callback = nullptr,
                .recv_callback = read_received,
                .genmask_callback = nullptr};
            wslay_frame_context* made = nullptr;
            if (wslay_frame_context_init(&made, &callbacks, this) != 0) {
                throw std::bad_alloc();
            }
            frames_.reset(made);
        }
        wslay_frame_iocb frame{};
        const ssize_t size = wslay_frame_recv(frames_.get(), &frame);
        if (size == WSLAY_ERR_WANT_READ) {
            break;
        }
        if (size < 0) {
            fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: malformed frame");
        } else {
            take_piece(now, frame);
        }
    }
    now_ = nullptr;
    if (held_ == 0) {
        frames_.reset();
    }
}

ssize_t websocket_filter::read_received(std::uint8_t* into, std::size_t most, int, void* self) {
    auto& me = *static_cast<websocket_filter*>(self);
    std::span<const char>& raw = me.now_->raw;
    const std::size_t size = std::min(most, raw.size());
    std::copy_n(raw.begin(), size, into);
    raw = raw.subspan(size);
    me.held_ += size;
    return size == 0 ? -1 : static_cast<ssize_t>(size);
}

// A frame comes in pieces, each as long as what was received of it.
void websocket_filter::take_piece(turn& now, const wslay_frame_iocb& frame) {
    if (!in_frame_) {
        if (!begins_well(now, frame)) {
            return;
        }
        in_frame_ = true;
        frame_left_ = frame.payload_length;
    }
    const auto* const data = reinterpret_cast<const char*>(frame.data);
    frame_left_ -= frame.data_length;
    if (is_control(frame.opcode)) {
        if (!control_) {
            control_ = std::make_unique<std::string>();
        }
        control_->append(data, frame.data_length);
    } else {
        LMQTT_ASSERT(frame.data_length <= now.room.size() - now.filled);
        std::copy_n(data, frame.data_length, now.room.data() + now.filled);
        now.filled += frame.data_length;
    }
    if (frame_left_ != 0) {
        return;
    }
    in_frame_ = false;
    held_ -= header_size(frame) + frame.payload_length;
    if (is_control(frame.opcode)) {
        take_control(now, frame);
        control_.reset();
    } else {
        in_message_ = frame.fin == 0;
    }
}

bool websocket_filter::begins_well(turn& now, const wslay_frame_iocb& frame) {
    const bool opens = frame.opcode == WSLAY_BINARY_FRAME && !in_message_;
    const bool goes_on = frame.opcode == WSLAY_CONTINUATION_FRAME && in_message_;
    const bool controls = frame.opcode == WSLAY_CONNECTION_CLOSE || frame.opcode == WSLAY_PING ||
                          frame.opcode == WSLAY_PONG;
    if (frame.mask == 0) {
        fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: frame not masked");
    } else if (frame.rsv != 0) {
        fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: reserved bit set");
    } else if (frame.opcode == WSLAY_TEXT_FRAME) {
        fail(now, WSLAY_CODE_UNSUPPORTED_DATA, "WebSocket: text frame");  // [MQTT-6.0.0-1]
    } else if (controls && (frame.fin == 0 || frame.payload_length > longest_control)) {
        fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: control frame too long or in pieces");
    } else if (!opens && !goes_on && !controls) {
        fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: frame out of order");
    }
    return !ended_;
}

void websocket_filter::take_control(turn& now, const wslay_frame_iocb& frame) {
    if (frame.opcode == WSLAY_PING) {
        append_header(*now.answer, WSLAY_PONG, control_->size());
        *now.answer += *control_;
    } else if (frame.opcode == WSLAY_CONNECTION_CLOSE) {
        answer_close(now);
    }
}

void websocket_filter::answer_close(turn& now) {
    const std::string& said = *control_;
    const auto byte = [&said](std::size_t at) { return static_cast<std::uint8_t>(said[at]); };
    const unsigned code =
        said.size() < 2 ? unsigned{WSLAY_CODE_NORMAL_CLOSURE} : byte(0) * 256U + byte(1);
    if (said.size() == 1 || !is_close_code(code)) {
        return fail(now, WSLAY_CODE_PROTOCOL_ERROR, "WebSocket: malformed close");
    }
    if (said.size() > 2 && !base::is_utf8(std::string_view(said).substr(2))) {
        return fail(now, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "WebSocket: malformed close");
    }
    fail(now, static_cast<std::uint16_t>(code), "closed by the peer");
}

// The close itself is finish()'s: what came before has to be answered first.
void websocket_filter::fail(turn& now, std::uint16_t code, std::string_view why) {
    now.got.ended = why;
    close_code_ = code;
    ended_ = true;
}

void websocket_filter::send(std::span<const std::string_view> plain, std::string& wire) {
    if (finished_ || upgrade_) {
        return;
    }
    std::uint64_t size = 0;
    for (const std::string_view piece : plain) {
        size += piece.size();
    }
    append_header(wire, WSLAY_BINARY_FRAME, size);  // [MQTT-6.0.0-1]
    for (const std::string_view piece : plain) {
        wire += piece;
    }
}

void websocket_filter::finish(std::string& wire) {
    if (!finished_ && !upgrade_) {
        append_close(wire, close_code_);
    }
    finished_ = true;
}

std::optional<address> websocket_filter::told_peer() {
    return std::exchange(told_peer_, std::nullopt);
}

std::optional<address> forwarded_for(std::string_view list, std::span<const network> trusted) {
    while (!list.empty()) {
        const std::size_t comma = list.rfind(',');
        std::string_view last = list.substr(comma == std::string_view::npos ? 0 : comma + 1);
        list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
        last.remove_prefix(std::min(last.find_first_not_of(" \t"), last.size()));
        last = last.substr(0, last.find_last_not_of(" \t") + 1);
        const address named = address::from_text(std::string(last));
        if (named.family() == address_family::none) {
            return std::nullopt;
        }
        if (!named.is_in(trusted)) {
            return named;
        }
    }
    return std::nullopt;
}

}  // namespace lmqtt::net
