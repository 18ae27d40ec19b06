// From what the broker has to what a store keeps, and back. Pure functions.
#pragma once

#include "broker/author.hpp"
#include "mqtt/publish_frame.hpp"
#include "session/session.hpp"

#include <lmqtt/change.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lmqtt::broker {

stored_message stored_form_of(const mqtt::routed_message& message);
std::optional<stored_author> stored_form_of(const author_ptr& by);
mqtt::routed_message_ptr routed_form_of(const stored_message& stored);
// What that takes, with so much payload.
std::uint32_t routed_memory_of(const stored_message& stored, std::uint64_t payload_bytes);

// The shared subscription a delivery was chosen through: stored by its filter, because the tag
// means nothing to another process. Empty and 0 where there is none.
std::string share_filter_of(const session::session& to, std::uint32_t tag);
std::uint32_t share_tag_of(const std::string& share_filter);

}  // namespace lmqtt::broker
