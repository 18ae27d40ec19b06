#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "mqtt/byte_reader.hpp"
#include "mqtt/byte_writer.hpp"
#include "mqtt/property_table.hpp"
#include "mqtt/varint.hpp"

#include <lmqtt/properties.hpp>

#include <stdexcept>

namespace lmqtt {

namespace {

std::size_t value_size(mqtt::property_type type, byte_view rest) {
    mqtt::byte_reader reader(rest);
    switch (type) {
    case mqtt::property_type::flag:
        return 1;
    case mqtt::property_type::two_bytes:
        return 2;
    case mqtt::property_type::four_bytes:
        return 4;
    case mqtt::property_type::variable:
        return mqtt::read_varint(rest).size;
    case mqtt::property_type::text:
    case mqtt::property_type::binary:
        return 2 + reader.prefixed().size();
    case mqtt::property_type::pair: {
        const std::size_t name = reader.prefixed().size();
        return 4 + name + reader.prefixed().size();
    }
    }
    return 0;
}

}  // namespace

property_view::item property_view::take(byte_view& rest) {
    const auto* const row = mqtt::find_property(static_cast<std::uint8_t>(rest.front()));
    LMQTT_ASSERT(row != nullptr);
    const std::size_t size = value_size(row->type, rest.substr(1));
    const byte_view whole = rest.substr(0, 1 + size);
    LMQTT_ASSERT(whole.size() == 1 + size);
    rest.remove_prefix(whole.size());
    return {row->id, whole.substr(1), whole};
}

std::optional<std::string_view> property_view::text(property_id which) const {
    for (byte_view rest = wire_; !rest.empty();) {
        const item next = take(rest);
        if (next.id == which) {
            return next.value.substr(2);
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> property_view::number(property_id which) const {
    for (byte_view rest = wire_; !rest.empty();) {
        const item next = take(rest);
        if (next.id == which) {
            return number_of(next);
        }
    }
    return std::nullopt;
}

std::uint32_t property_view::number_of(const item& which) {
    mqtt::byte_reader reader(which.value);
    switch (mqtt::find_property(static_cast<std::uint8_t>(which.id))->type) {
    case mqtt::property_type::two_bytes:
        return reader.u16();
    case mqtt::property_type::four_bytes:
        return reader.u32();
    case mqtt::property_type::variable:
        return reader.variable();
    default:
        return reader.u8();
    }
}

user_property property_view::pair_of(byte_view value) {
    mqtt::byte_reader reader(value);
    const std::string_view name = reader.prefixed();
    return {name, reader.prefixed()};
}

properties& properties::add(user_property pair) {
    check_text(property_id::user_property, pair.name);
    check_text(property_id::user_property, pair.value);
    mqtt::append_u8(wire_, static_cast<std::uint8_t>(property_id::user_property));
    mqtt::append_prefixed(wire_, pair.name);
    mqtt::append_prefixed(wire_, pair.value);
    return *this;
}

void properties::check_text(property_id which, std::string_view value) {
    if (value.size() > mqtt::longest_string) {
        throw std::invalid_argument("property longer than 65535 bytes");
    }
    const auto* const row = mqtt::find_property(static_cast<std::uint8_t>(which));
    const bool any_bytes = row != nullptr && row->type == mqtt::property_type::binary;
    if (!any_bytes && !base::is_utf8_string(value)) {
        throw std::invalid_argument("property is not a UTF-8 string of MQTT");
    }
}

void properties::check_variable(std::uint32_t value) {
    if (value > mqtt::largest_varint) {
        throw std::invalid_argument("property larger than 268435455");
    }
}

void properties::append_text(property_id which, std::string_view value) {
    mqtt::append_u8(wire_, static_cast<std::uint8_t>(which));
    mqtt::append_prefixed(wire_, value);
}

void properties::append_number(property_id which, std::uint32_t value, std::size_t bytes) {
    mqtt::append_u8(wire_, static_cast<std::uint8_t>(which));
    for (std::size_t left = bytes; left > 0; --left) {
        mqtt::append_u8(wire_, static_cast<std::uint8_t>(value >> 8U * (left - 1)));
    }
}

void properties::append_variable(property_id which, std::uint32_t value) {
    mqtt::append_u8(wire_, static_cast<std::uint8_t>(which));
    mqtt::append_varint(wire_, value);
}

void properties::remove(property_id which) {
    for (byte_view rest = wire_; !rest.empty();) {
        const auto next = property_view::take(rest);
        if (next.id == which) {
            wire_.erase(wire_.size() - rest.size() - next.whole.size(), next.whole.size());
            rest = byte_view(wire_).substr(wire_.size() - rest.size());
        }
    }
}

properties& properties::erase_user_properties() {
    remove(property_id::user_property);
    return *this;
}

}  // namespace lmqtt
