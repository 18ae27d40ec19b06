#include "mqtt/decode.hpp"

namespace lmqtt::mqtt {

namespace {

template <class T>
decoded<packet> widen(const decoded<T>& from) {
    if (!from) {
        return from.error();
    }
    return packet(*from);
}

template <packet_type Type>
decoded<packet>
typed_ack(const frame& from, protocol_version version, const decode_limits& limits) {
    const auto plain = decode_ack(from, version, limits);
    if (!plain) {
        return plain.error();
    }
    return packet(acknowledgement<Type>{
        plain->packet_id, *packet_reason<Type>::from(plain->reason), plain->properties});
}

}  // namespace

decoded<packet>
decode_from_client(const frame& from, protocol_version version, const decode_limits& limits) {
    switch (from.type) {
    case packet_type::connack:
    case packet_type::suback:
    case packet_type::unsuback:
    case packet_type::pingresp:
        return protocol_error("packet type is the server's");
    case packet_type::publish:
        return widen(decode_publish(from, version, limits));
    case packet_type::disconnect:
        return widen(decode_disconnect_from_client(from, version, limits));
    case packet_type::auth:
        return widen(decode_auth_from_client(from, version, limits));
    default:
        return decode(from, version, limits);
    }
}

decoded<packet> decode(const frame& from, protocol_version version, const decode_limits& limits) {
    switch (from.type) {
    case packet_type::connect:
        return widen(decode_connect(from, limits));
    case packet_type::connack:
        return widen(decode_connack(from, version));
    case packet_type::publish:
        return widen(decode_publish_from_server(from, version, limits));
    case packet_type::puback:
        return typed_ack<packet_type::puback>(from, version, limits);
    case packet_type::pubrec:
        return typed_ack<packet_type::pubrec>(from, version, limits);
    case packet_type::pubrel:
        return typed_ack<packet_type::pubrel>(from, version, limits);
    case packet_type::pubcomp:
        return typed_ack<packet_type::pubcomp>(from, version, limits);
    case packet_type::subscribe:
        return widen(decode_subscribe(from, version, limits));
    case packet_type::suback:
        return widen(decode_suback(from, version));
    case packet_type::unsubscribe:
        return widen(decode_unsubscribe(from, version, limits));
    case packet_type::unsuback:
        return widen(decode_unsuback(from, version));
    case packet_type::pingreq:
        return widen(decode_pingreq(from));
    case packet_type::pingresp:
        return widen(decode_pingresp(from));
    case packet_type::disconnect:
        return widen(decode_disconnect(from, version, limits));
    case packet_type::auth:
        return widen(decode_auth(from, version, limits));
    }
    return malformed("packet type");
}

}  // namespace lmqtt::mqtt
