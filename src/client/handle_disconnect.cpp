// DISCONNECT from the client: the orderly end. [MQTT-3.14.4-3]
#include "client/client.hpp"

namespace lmqtt::client {

void client::handle_disconnect(const mqtt::frame& frame) {
    const auto packet = mqtt::decode_disconnect_from_client(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    ending how{packet->reason.code(), "disconnected by the client"};
    how.publish_will = packet->reason.code() != reason_code::normal_disconnection;
    if (const auto interval = packet->properties[prop::session_expiry_interval]) {
        if (*interval != 0 && session_->expiry_interval_seconds == 0) {
            // [X-DISC-1]
            return fail({reason_code::protocol_error, "session expiry cannot be raised from 0"});
        }
        // [X-DISC-2]
        how.expiry_interval_seconds =
            std::min(*interval, rules_->policy->session_expiry_cap_seconds);
    }
    end(how);
}

}  // namespace lmqtt::client
