#include "end_to_end/handshake.hpp"

#include "end_to_end/process_meter.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace bench {

namespace {

// Fewer than the shortest listen backlog among the brokers, so that no SYN is ever dropped.
constexpr std::size_t at_once = 64;
constexpr std::uint64_t patience_ns = 30'000'000'000;

[[noreturn]] void refused(const link&) {
    throw std::runtime_error("the broker closed a connection during the handshake");
}

}  // namespace

std::string numbered(const char* before, std::uint32_t number, const char* after) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s%06u%s", before, number, after);
    return text.data();
}

std::uint32_t source_address(const sockaddr_in& broker, std::uint32_t connection) {
    const std::uint32_t address = ntohl(broker.sin_addr.s_addr);
    const bool loopback = (address >> 24) == 127;
    return loopback ? 0x7F000001U + connection / 4000 : 0;
}

void turn_until(
    loop& reactor,
    const char* what,
    const std::function<bool()>& done,
    const std::function<std::uint64_t()>& progress
) {
    auto last = progress();
    auto since = steady_ns();
    while (!done()) {
        reactor.turn(std::chrono::milliseconds(100));
        if (progress() != last) {
            last = progress();
            since = steady_ns();
        } else if (steady_ns() - since > patience_ns) {
            throw std::runtime_error(std::string("no progress while ") + what);
        }
    }
}

std::uint16_t connect_all(loop& reactor, const options& chosen, const std::vector<link*>& links) {
    std::size_t opened = 0;
    std::size_t greeted = 0;
    std::uint16_t receive_maximum = std::numeric_limits<std::uint16_t>::max();
    const auto open_more = [&] {
        for (; opened < links.size() && opened - greeted < at_once; ++opened) {
            reactor.open(
                *links[opened], source_address(chosen.broker, static_cast<std::uint32_t>(opened))
            );
        }
    };
    reactor.on.opened = [&](link& to) {
        const std::string name = numbered("bench-", to.number);
        append_connect(reactor.output(to), chosen.version, name, chosen.lasting);
    };
    reactor.on.arrived = [&](link&, const frame& packet) {
        const auto answer = read_connack(chosen.version, packet.body);
        if (packet.type != packet_type::connack || answer.reason != 0) {
            throw std::runtime_error("the broker refused a CONNECT");
        }
        receive_maximum = std::min(receive_maximum, answer.receive_maximum);
        ++greeted;
        open_more();
    };
    reactor.on.closed = refused;
    open_more();
    turn_until(
        reactor,
        "connecting",
        [&] { return greeted == links.size(); },
        [&] { return std::uint64_t{greeted}; }
    );
    return receive_maximum;
}

void subscribe_all(
    loop& reactor, protocol version, std::uint8_t quality, const std::vector<wish>& wishes
) {
    std::size_t asked = 0;
    std::size_t granted = 0;
    const auto ask_more = [&] {
        for (; asked < wishes.size() && asked - granted < at_once; ++asked) {
            auto& out = reactor.output(*wishes[asked].from);
            append_subscribe(out, version, wishes[asked].filter, quality);
        }
    };
    reactor.on.arrived = [&](link&, const frame& packet) {
        const bool agreed = packet.type == packet_type::suback && !packet.body.empty() &&
                            static_cast<std::uint8_t>(packet.body.back()) == quality;
        if (!agreed) {
            throw std::runtime_error("the broker refused a SUBSCRIBE or granted another QoS");
        }
        ++granted;
        ask_more();
    };
    reactor.on.closed = refused;
    ask_more();
    turn_until(
        reactor,
        "subscribing",
        [&] { return granted == wishes.size(); },
        [&] { return std::uint64_t{granted}; }
    );
}

}  // namespace bench
