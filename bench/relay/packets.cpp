#include "relay/relay.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

void relay::handle(connection& from, const frame& packet) {
    switch (packet.type) {
    case packet_type::connect:
        greet(from, packet);
        return;
    case packet_type::publish:
        forward(from, packet);
        return;
    case packet_type::subscribe:
        subscribe(from, packet);
        return;
    case packet_type::pubrel:
        acknowledge(from, packet_type::pubcomp, read_u16(packet.body, 0));
        return;
    case packet_type::pubrec:
        append_ack(output(from), packet_type::pubrel, read_u16(packet.body, 0));
        return;
    case packet_type::pingreq:
        append_empty(output(from), packet_type::pingresp);
        return;
    case packet_type::disconnect:
        close(from);
        return;
    case packet_type::puback:
    case packet_type::pubcomp:
        return;
    default:
        throw std::runtime_error("a packet the relay does not speak");
    }
}

void relay::greet(connection& from, const frame& packet) {
    constexpr std::size_t version_at = 6;  // behind the string "MQTT"
    if (packet.body.size() <= version_at) {
        throw std::runtime_error("a CONNECT without a protocol version");
    }
    from.version = packet.body[version_at] == 5 ? protocol::v5_0 : protocol::v3_1_1;
    append_connack(output(from), from.version);
}

void relay::subscribe(connection& from, const frame& packet) {
    const auto id = read_u16(packet.body, 0);
    std::string_view rest = packet.body.substr(2);
    if (from.version == protocol::v5_0) {
        rest.remove_prefix(1);  // the generator sends no properties
    }
    std::string codes;
    while (!rest.empty()) {
        const std::size_t size = read_u16(rest, 0);
        if (rest.size() < 2 + size + 1) {
            throw std::runtime_error("a SUBSCRIBE ends in the middle of a filter");
        }
        auto& found = routes_[std::string(rest.substr(2, size))];
        const auto quality = static_cast<std::uint8_t>(rest[2 + size] & 3);
        found.subscribers.push_back({&from, quality});
        from.routes.push_back(&found);
        codes.push_back(static_cast<char>(quality));
        rest.remove_prefix(2 + size + 1);
    }
    append_suback(output(from), from.version, id, codes);
}

void relay::forward(connection& from, const frame& packet) {
    auto message = read_publish(from.version, packet);
    if (message.quality == 1) {
        acknowledge(from, packet_type::puback, message.packet_id);
    } else if (message.quality == 2) {
        append_ack(output(from), packet_type::pubrec, message.packet_id);
    }
    const auto found = routes_.find(message.topic);
    if (found == routes_.end()) {
        return;
    }
    for (auto& versions : layouts_) {
        for (auto& each : versions) {
            each.made = false;
        }
    }
    for (const auto& each : found->second.subscribers) {
        deliver(*each.to, laid_out(message, each));
    }
}

relay::layout& relay::laid_out(const publish_view& message, const subscriber& to) {
    const auto quality = std::min(message.quality, to.quality);
    auto& made = layouts_[to.to->version == protocol::v5_0 ? 1 : 0][quality];
    if (!made.made) {
        made.made = true;
        made.bytes.clear();
        append_publish_header(
            made.bytes, to.to->version, {quality, 0, message.topic, message.payload.size()}
        );
        const std::size_t behind_id = to.to->version == protocol::v5_0 ? 1 : 0;
        made.id_at = quality > 0 ? made.bytes.size() - behind_id - 2 : 0;
        made.bytes.append(message.payload);
    }
    return made;
}

void relay::deliver(connection& to, layout& encoded) {
    if (encoded.id_at != 0) {
        to.next_id = static_cast<std::uint16_t>(to.next_id == 65535 ? 1 : to.next_id + 1);
        encoded.bytes[encoded.id_at] = static_cast<char>(to.next_id >> 8);
        encoded.bytes[encoded.id_at + 1] = static_cast<char>(to.next_id & 0xFF);
    }
    if (faults_.what != fault::none) {
        deliver_faulty(to, encoded.bytes);
        return;
    }
    output(to).append(encoded.bytes);
}

void relay::deliver_faulty(connection& to, std::string_view bytes) {
    auto& out = output(to);
    if (faults_.strikes(fault::drop)) {
        faults_.done();
        return;
    }
    // Two messages change places when both are still here; else the next occasion is awaited.
    if (to.last_frame != no_frame && faults_.strikes(fault::reorder)) {
        faults_.done();
        out.insert(to.last_frame, bytes);
        to.last_frame = no_frame;
        return;
    }
    to.last_frame = static_cast<std::uint32_t>(out.size());
    out.append(bytes);
    if (faults_.strikes(fault::duplicate)) {
        faults_.done();
        out.append(bytes);
    }
    if (faults_.strikes(fault::corrupt)) {
        faults_.done();
        out.back() = static_cast<char>(out.back() ^ 1);
    }
}

void relay::acknowledge(connection& to, packet_type type, std::uint16_t packet_id) {
    if (faults_.strikes(fault::drop_ack)) {
        faults_.done();
        return;
    }
    append_ack(output(to), type, packet_id);
}

}  // namespace bench
