// What access rules say where no client is there to be asked: the denials of a shard, and wills.
// The shard's thread.
#pragma once

#include "broker/denials.hpp"
#include "client/environment.hpp"

namespace lmqtt::client {

// Of a publication that is not allowed: to retain, if that alone is not.
broker::denied_action denied_action_of(const access::decision& made);

// Counts it; the first of its cause is logged.
void tell_denied(environment& env, const broker::denial& what);

// When a will is about to be published, by the rules of that moment (C03). Roles are those the user
// has then, or those of the token its client came with.
bool may_fire(environment& env, const session::session& whose, const stored_will& will);

// Whether the author of a retained message may publish it still (C04), whatever its QoS: by the
// rules of that moment, with the roles it has then, unless its token gave it others.
bool may_be_sent(environment& env, const broker::author& by, const mqtt::routed_message& what);

// New rules: how far the subscriptions of a session are granted whose client is not there.
void review_absent(environment& env, const session::session& whose);

}  // namespace lmqtt::client
