#include "mqtt/check_properties.hpp"

#include "base/utf8.hpp"

#include <optional>

namespace lmqtt::mqtt {

namespace {

using objection = std::optional<protocol_failure>;

constexpr std::uint64_t bit_of(property_id id) {
    return std::uint64_t{1} << static_cast<unsigned>(id);
}

struct value {
    std::uint32_t number = 0;
    byte_view text = {};
};

// False if the value is not there, or not what its type says.
bool read_value(byte_reader& reader, property_type type, value& into) {
    switch (type) {
    case property_type::flag:
        into.number = reader.u8();
        break;
    case property_type::two_bytes:
        into.number = reader.u16();
        break;
    case property_type::four_bytes:
        into.number = reader.u32();
        break;
    case property_type::variable:
        into.number = reader.variable();
        break;
    case property_type::text:
        into.text = reader.prefixed();
        return !reader.failed() && base::is_utf8_string(into.text);
    case property_type::binary:
        reader.prefixed();
        break;
    case property_type::pair: {
        // [MQTT-1.5.7-1]
        const byte_view name = reader.prefixed();
        into.text = reader.prefixed();
        return !reader.failed() && base::is_utf8_string(name) && base::is_utf8_string(into.text);
    }
    }
    return !reader.failed();
}

objection objection_to(const property_row& row, const value& given) {
    if (row.type == property_type::flag && given.number > 1) {
        return protocol_error("property is neither 0 nor 1");  // [X-PROP-4]
    }
    if (!row.zero_allowed && given.number == 0) {
        if (row.id == property_id::topic_alias) {
            return protocol_failure{reason_code::topic_alias_invalid, "topic alias 0"};
        }
        return protocol_error("property must not be 0");  // [X-PROP-5]
    }
    if (row.id == property_id::response_topic &&
        (given.text.empty() || given.text.find_first_of("+#") != byte_view::npos)) {
        return protocol_error("response topic is no topic name");  // [MQTT-3.3.2-14]
    }
    return std::nullopt;
}

// One property block on its way through.
class block_check {
public:
    block_check(carriers where, const decode_limits& limits)
        : where_(where)
        , limits_(limits) {}

    objection next(byte_reader& inside) {
        const auto* const row = find_property(inside.u8());
        if (row == nullptr) {
            return malformed("unknown property");  // [X-PROP-3]
        }
        if ((row->allowed & where_) == 0) {
            return protocol_error("property not allowed in this packet");  // [X-PROP-1]
        }
        const std::uint64_t bit = bit_of(row->id);
        if ((seen_ & bit) != 0 && (row->repeatable & where_) == 0) {
            return protocol_error("property occurs twice");  // [X-PROP-2]
        }
        seen_ |= bit;
        value given;
        if (!read_value(inside, row->type, given)) {
            return malformed("property value");
        }
        if (row->type == property_type::pair &&
            ++user_properties_ > limits_.maximum_user_properties) {
            return protocol_failure{reason_code::quota_exceeded, "too many user properties"};
        }
        return objection_to(*row, given);
    }

    objection end() const {
        if ((seen_ & bit_of(property_id::authentication_data)) != 0 &&
            (seen_ & bit_of(property_id::authentication_method)) == 0) {
            return protocol_error("authentication data without a method");  // [X-PROP-6]
        }
        return std::nullopt;
    }

private:
    carriers where_;
    const decode_limits& limits_;
    std::uint64_t seen_ = 0;
    std::uint64_t user_properties_ = 0;
};

}  // namespace

decoded<property_view>
read_properties(byte_reader& reader, carriers where, const decode_limits& limits) {
    const byte_view block = reader.bytes(reader.variable());
    if (reader.failed()) {
        return malformed("property length");
    }
    if (block.size() > limits.maximum_property_bytes) {
        return protocol_failure{reason_code::packet_too_large, "too many property bytes"};
    }
    block_check check(where, limits);
    for (byte_reader inside(block); !inside.at_end();) {
        if (const auto found = check.next(inside)) {
            return *found;
        }
    }
    if (const auto found = check.end()) {
        return *found;
    }
    return property_view(block);
}

bool is_forwardable(property_id id) {
    switch (id) {
    case property_id::payload_format_indicator:
    case property_id::content_type:
    case property_id::response_topic:
    case property_id::correlation_data:
    case property_id::user_property:
        return true;
    default:
        return false;
    }
}

bool is_forwardable(property_view all) {
    for (byte_view rest = all.wire(); !rest.empty();) {
        if (!is_forwardable(property_view::take(rest).id)) {
            return false;
        }
    }
    return true;
}

properties forwardable(property_view all) {
    std::string kept;
    for (byte_view rest = all.wire(); !rest.empty();) {
        const auto next = property_view::take(rest);
        if (is_forwardable(next.id)) {
            kept += next.whole;
        }
    }
    return properties::from_wire(kept);
}

}  // namespace lmqtt::mqtt
