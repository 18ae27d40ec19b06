#include "mqtt/publish_frame.hpp"

#include "base/assert.hpp"
#include "mqtt/byte_writer.hpp"
#include "mqtt/varint.hpp"

#include <lmqtt/properties.hpp>

#include <cstring>
#include <new>

namespace lmqtt::mqtt {

namespace {

struct sizes {
    std::size_t topic;
    std::uint32_t properties;  // without their length in front
    std::size_t remaining;     // Remaining Length
};

sizes measure(const routed_message& message, const delivery& how, protocol_version version) {
    sizes of{};
    of.topic = how.omit_topic ? 0 : message.topic().size() - how.topic_skip;
    of.remaining = 2 + of.topic + message.payload().size();
    of.remaining += how.quality == qos::at_most_once ? 0U : 2U;
    if (version != protocol_version::v5_0) {
        return of;
    }
    std::size_t properties = message.properties().size();
    properties += how.message_expiry_interval ? 5U : 0U;
    properties += how.topic_alias != 0 ? 3U : 0U;
    for (const std::uint32_t each : how.subscription_identifiers) {
        properties += 1 + varint_size(each);
    }
    of.properties = static_cast<std::uint32_t>(properties);
    of.remaining += varint_size(of.properties) + properties;
    return of;
}

bool is_sendable(const sizes& of) {
    return of.topic <= longest_string && of.remaining <= largest_varint;
}

// Writes where room has been made, without asking again for every byte.
class raw_writer {
public:
    explicit raw_writer(char* to)
        : to_(to) {}

    void u8(unsigned value) { *to_++ = static_cast<char>(value); }

    void u16(std::size_t value) {
        u8(static_cast<unsigned>(value >> 8U));
        u8(static_cast<unsigned>(value & 0xffU));
    }

    void u32(std::uint32_t value) {
        u16(value >> 16U);
        u16(value & 0xffffU);
    }

    void variable(std::uint32_t value) {
        while (value >= 0x80) {
            u8((value & 0x7fU) | 0x80U);
            value >>= 7U;
        }
        u8(value);
    }

    void bytes(byte_view what) {
        if (!what.empty()) {
            std::memcpy(to_, what.data(), what.size());
            to_ += what.size();
        }
    }

private:
    char* to_;
};

unsigned first_byte(const delivery& how) {
    return 0x30U | (how.dup ? 8U : 0U) | static_cast<unsigned>(how.quality) << 1U |
           (how.retain ? 1U : 0U);
}

void write_properties(
    raw_writer& to, const routed_message& message, const delivery& how, const sizes& of
) {
    to.variable(of.properties);
    if (how.message_expiry_interval) {
        to.u8(static_cast<unsigned>(property_id::message_expiry_interval));
        to.u32(*how.message_expiry_interval);
    }
    if (how.topic_alias != 0) {
        to.u8(static_cast<unsigned>(property_id::topic_alias));
        to.u16(how.topic_alias);
    }
    for (const std::uint32_t each : how.subscription_identifiers) {
        to.u8(static_cast<unsigned>(property_id::subscription_identifier));
        to.variable(each);
    }
    to.bytes(message.properties());
}

enum class payload : std::uint8_t { copied, left_out };

struct target {
    std::string& out;
    protocol_version version;
    payload what;
};

void append(const target& into, const routed_message& message, const delivery& how) {
    const sizes of = measure(message, how, into.version);
    LMQTT_ASSERT(is_sendable(of));
    const auto remaining = static_cast<std::uint32_t>(of.remaining);
    const std::size_t whole = 1 + varint_size(remaining) + of.remaining;
    const std::size_t left_out = into.what == payload::copied ? 0 : message.payload().size();
    const std::size_t before = into.out.size();
    into.out.resize(before + whole - left_out);
    raw_writer to(into.out.data() + before);
    to.u8(first_byte(how));
    to.variable(remaining);
    to.u16(of.topic);
    if (!how.omit_topic) {
        to.bytes(message.topic().substr(how.topic_skip));
    }
    if (how.quality != qos::at_most_once) {
        to.u16(how.packet_id);
    }
    if (into.version == protocol_version::v5_0) {
        write_properties(to, message, how, of);
    }
    if (into.what == payload::copied) {
        to.bytes(message.payload());
    }
}

}  // namespace

routed_message::routed_message(const routed_fields& fields)
    : payload_size_(static_cast<std::uint32_t>(fields.payload.size()))
    , properties_size_(static_cast<std::uint32_t>(fields.properties.size()))
    , topic_size_(static_cast<std::uint32_t>(fields.topic.size()))
    , publisher_size_(static_cast<std::uint32_t>(fields.publisher.size()))
    , quality_(fields.quality)
    , retain_(fields.retain)
    , expiry_given_(fields.expiry_given)
    , id_(fields.id)
    , origin_(fields.origin)
    , published_at_ms_(fields.published_at_ms)
    , expires_at_ms_(fields.expires_at_ms) {
    raw_writer to(text());
    to.bytes(fields.topic);
    to.bytes(fields.properties);
    to.bytes(fields.payload);
    to.bytes(fields.publisher);
}

routed_message_ptr make_routed_message(const routed_fields& fields) {
    const std::size_t size = sizeof(routed_message) + fields.topic.size() +
                             fields.properties.size() + fields.payload.size() +
                             fields.publisher.size();
    LMQTT_ASSERT(size <= std::numeric_limits<std::uint32_t>::max());
    return routed_message_ptr(new (::operator new(size)) routed_message(fields));
}

void routed_message::destroy(const routed_message* message) noexcept {
    message->~routed_message();
    ::operator delete(const_cast<routed_message*>(message));
}

routed_message_ptr routed_message::shared() const {
    return routed_message_ptr(this);
}

routed_message_ptr routed_message::copy() const {
    return make_routed_message({
        .topic = topic(),
        .payload = payload(),
        .properties = properties(),
        .publisher = publisher(),
        .id = id_,
        .origin = origin_,
        .published_at_ms = published_at_ms_,
        .expires_at_ms = expires_at_ms_,
        .quality = quality_,
        .retain = retain_,
        .expiry_given = expiry_given_,
    });
}

std::size_t
encoded_size(const routed_message& message, const delivery& how, protocol_version version) {
    const sizes of = measure(message, how, version);
    if (!is_sendable(of)) {
        return unsendable;
    }
    return 1 + varint_size(static_cast<std::uint32_t>(of.remaining)) + of.remaining;
}

void append_publish(
    std::string& out, const routed_message& message, const delivery& how, protocol_version version
) {
    append({out, version, payload::copied}, message, how);
}

void append_publish_head(
    std::string& out, const routed_message& message, const delivery& how, protocol_version version
) {
    append({out, version, payload::left_out}, message, how);
}

}  // namespace lmqtt::mqtt
