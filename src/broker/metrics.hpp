// Every number the broker counts, one line each: name, kind and sentence stand where the number is.
// One instance a shard, written by that shard's thread alone, read by any; readers add shards up.
#pragma once

#include "broker/refusal_metrics.hpp"

#include <cstdint>

namespace lmqtt::broker {

class metrics : public refusal_metrics {
    static constexpr auto gauge = metric_kind::gauge;

public:
    metric connections_accepted{
        *this, counter, "lmqtt_connections_accepted_total", "Connections accepted by a listener."};
    metric connections_refused{
        *this,
        counter,
        "lmqtt_connections_refused_total",
        "Connections closed by a connection limit or rate."};
    metric connections_current{
        *this, gauge, "lmqtt_connections_current", "Open connections, handshakes included."};
    metric clients_connected{
        *this, counter, "lmqtt_clients_connected_total", "Clients that got a successful CONNACK."};
    metric clients_disconnected{
        *this,
        counter,
        "lmqtt_clients_disconnected_total",
        "Connected clients whose connection ended."};
    metric clients_current{*this, gauge, "lmqtt_clients_current", "Clients connected now."};
    metric handshakes_refused{
        *this,
        counter,
        "lmqtt_handshakes_refused_total",
        "CONNECT packets refused, malformed or late."};
    metric sessions_created{*this, counter, "lmqtt_sessions_created_total", "Sessions begun."};
    metric sessions_resumed{
        *this, counter, "lmqtt_sessions_resumed_total", "Sessions taken up again."};
    metric sessions_ended{
        *this,
        counter,
        "lmqtt_sessions_ended_total",
        "Sessions ended with their connection or by the broker."};
    metric sessions_taken_over{
        *this,
        counter,
        "lmqtt_sessions_taken_over_total",
        "Connections ended because their client identifier connected again."};
    metric sessions_expired{
        *this, counter, "lmqtt_sessions_expired_total", "Sessions ended by their expiry interval."};
    metric sessions_current{
        *this, gauge, "lmqtt_sessions_current", "Sessions held, connected or not."};
    metric packets_received{
        *this, counter, "lmqtt_packets_received_total", "MQTT packets received."};
    metric packets_sent{*this, counter, "lmqtt_packets_sent_total", "MQTT packets sent."};
    metric bytes_received{
        *this, counter, "lmqtt_bytes_received_total", "Bytes received from clients."};
    metric bytes_sent{
        *this, counter, "lmqtt_bytes_sent_total", "Bytes handed to the network for clients."};
    metric protocol_errors{
        *this,
        counter,
        "lmqtt_protocol_errors_total",
        "Connections closed for a malformed packet or protocol error."};
    metric publish_received{
        *this, counter, "lmqtt_publish_received_total", "PUBLISH packets received."};
    metric publish_received_bytes{
        *this,
        counter,
        "lmqtt_publish_received_bytes_total",
        "Payload bytes of PUBLISH packets received."};
    metric publish_sent{*this, counter, "lmqtt_publish_sent_total", "PUBLISH packets sent."};
    metric publish_sent_bytes{
        *this, counter, "lmqtt_publish_sent_bytes_total", "Payload bytes of PUBLISH packets sent."};
    metric store_state{
        *this,
        gauge,
        "lmqtt_store_state",
        "0: the store works, 1: it is full, 2: it cannot be written, 3 and 4: it has given up."};
    metric store_pending_bytes{
        *this,
        gauge,
        "lmqtt_store_pending_bytes",
        "Bytes on their way to the store; publishers are slowed down beyond 64 MiB."};
    metric store_log_bytes{
        *this,
        gauge,
        "lmqtt_store_log_bytes",
        "Bytes in the store's log, kept there by readers; publishers are slowed down beyond 1 "
        "GiB."};
    metric paged_messages{
        *this,
        counter,
        "lmqtt_paged_messages_total",
        "Messages read back from the store, because they were too deep in a queue for memory."};
    metric publish_refused{
        *this,
        counter,
        "lmqtt_publish_refused_total",
        "PUBLISH packets refused by a hook, a limit or a full queue."};
    metric subscriptions_current{
        *this, gauge, "lmqtt_subscriptions_current", "Subscriptions held."};
    metric subscribes{*this, counter, "lmqtt_subscribes_total", "Subscriptions made or replaced."};
    metric unsubscribes{
        *this, counter, "lmqtt_unsubscribes_total", "Subscriptions removed by UNSUBSCRIBE."};
    metric queued_messages{
        *this,
        gauge,
        "lmqtt_queued_messages_current",
        "Messages in session queues, in flight included; as of the last sweep."};
    metric queued_bytes{
        *this,
        gauge,
        "lmqtt_queued_bytes_current",
        "Bytes of the messages in session queues; as of the last sweep."};
    metric memory_resident{
        *this,
        gauge,
        "lmqtt_memory_resident_bytes",
        "Memory of the process, as the system sees it."};
    metric memory_stage{
        *this,
        gauge,
        "lmqtt_memory_stage",
        "0: enough; 1: publishers are slowed down; 2: and CONNECT refused; 3: and PUBLISH "
        "refused."};
    metric certificate_seconds_left{
        *this,
        gauge,
        "lmqtt_certificate_seconds_left",
        "Until the first of the listeners' certificates ends; 0 without TLS."};
    metric certificate_reloads_failed{
        *this,
        counter,
        "lmqtt_certificate_reloads_failed_total",
        "Changed certificate files that could not be used: the old ones stay."};
    metric certificate_reload_failed{
        *this,
        gauge,
        "lmqtt_certificate_reload_failed",
        "Listeners whose certificate files changed and cannot be used, so the old ones stay."};
    metric accounts_reload_failed{
        *this,
        gauge,
        "lmqtt_accounts_reload_failed",
        "1: the accounts changed and cannot be used, so the old ones stay."};
    metric config_reloads_failed{
        *this,
        counter,
        "lmqtt_config_reloads_failed_total",
        "Reloads that were refused, whole: what ran before goes on."};
    metric config_reload_failed{
        *this,
        gauge,
        "lmqtt_config_reload_failed",
        "1: the last reload was refused, so what runs is not what the file says."};
    metric wills_published{
        *this, counter, "lmqtt_wills_published_total", "Will messages published."};
};

}  // namespace lmqtt::broker
