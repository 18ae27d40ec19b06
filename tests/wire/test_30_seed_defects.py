"""The defects of the code bases we learn from (seed-audit 7.B), each shown not to be ours. The
number in a test's name is the number there."""

import signal
import time

import pytest

from mqtt_wire import packets
from mqtt_wire.broker import CONTROL, is_sanitized
from mqtt_wire.client import unique
from mqtt_wire.packets import Will
from mqtt_wire.tables import (CONNACK, DISCONNECT, PINGRESP, PUBCOMP, PUBLISH, PUBREC, PUBREL,
                              SUBACK, UNSUBACK, V5, V31, V311)

EXPIRY = [("session_expiry_interval", 60)]


def silence(client, seconds):
    with pytest.raises(AssertionError, match="nothing came"):
        client.receive(within=seconds)


def all_at(client, count):
    got = []
    for _ in range(count):
        packet = client.expect_publish()
        got.append(packet.payload)
    return got


@pytest.mark.parametrize("way", ["disconnect", "drop", "unsubscribe", "takeover"])
@pytest.mark.parametrize("version", [V311, V5])
def test_defect_01_shared_group_survives_a_leaving_member(broker, topic, version, way):
    """[X-SUB-3] the others go on, and nobody swallows the share of the one who left."""
    shared = "$share/g/" + topic
    stay = [broker.connect(version) for _ in range(2)]
    name, probe = unique("c"), unique("t")
    witness = broker.connect(version)
    witness.subscribe(probe)
    leaver = broker.connect(version, name, will=Will(probe))
    for member in (*stay, leaver):
        member.subscribe(shared, qos=1)
    # A filter below keeps the node alive, which is the second half of the defect.
    witness.subscribe("$share/g/" + topic + "/below")
    if way == "unsubscribe":
        leaver.unsubscribe(shared)
    elif way == "disconnect":
        leaver.disconnect()
    elif way == "drop":
        leaver.drop(reset=True)
        witness.expect_publish(probe)
    else:
        broker.connect(version, name, clean=True)
        witness.expect_publish(probe)
    publisher = broker.connect(version)
    for i in range(40):
        publisher.publish(topic, b"%d" % i, qos=1)
    got = all_at(stay[0], 20) + all_at(stay[1], 20)
    assert sorted(got, key=int) == [b"%d" % i for i in range(40)]


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_02_retained_messages_of_a_new_subscription_have_retain_1(broker, topic, version):
    """[MQTT-3.3.1-9] [MQTT311-3.3.1-8]"""
    client = broker.connect(version)
    client.publish(topic, b"x", qos=1, retain=True)
    client.subscribe(topic, qos=1)
    client.expect_publish(topic, b"x", retain=True)


def test_defect_03_the_forwarded_expiry_is_what_is_left_not_what_was_waited(broker, topic):
    """[MQTT-3.3.2-6] 50 s, waited 3: 47, and not 3; forwarded at once: 50, and not none."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"now", qos=1, properties=[("message_expiry_interval", 50)])
    assert client.expect_publish(topic).properties["message_expiry_interval"] in (49, 50)
    client.disconnect()
    publisher.publish(topic, b"later", qos=1, properties=[("message_expiry_interval", 50)])
    silence(publisher, 3)
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    assert again.expect_publish(topic).properties["message_expiry_interval"] in (46, 47, 48)


@pytest.mark.slow
def test_defect_04_session_expiry_counts_from_the_disconnect(broker, topic):
    """[MQTT-3.1.2-23] row 9: expiry 3 s, online 4.5 s, back after an instant: still there."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=[("session_expiry_interval", 3)])
    client.subscribe(topic, qos=1)
    end = time.monotonic() + 4.5
    while time.monotonic() < end:
        silence(client, 0.5)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=[("session_expiry_interval", 3)])
    assert again.connack.session_present
    again.drop()
    idle = broker.connect(V5)
    silence(idle, 4.5)
    late = broker.connect(V5, name, clean=False, properties=[("session_expiry_interval", 3)])
    assert not late.connack.session_present


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_05_the_broker_closes_after_a_refusal(broker, version):
    """[MQTT-3.2.2-7] row 48: within a second."""
    client = broker.open(version, "x" * 300)
    client.send_connect()
    assert client.expect(CONNACK).code != 0
    client.expect_closed(within=1)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_05_the_broker_closes_after_a_received_disconnect(broker, version, topic):
    """[MQTT-3.14.4-2] row 48: and sends no messages to a client that said goodbye."""
    client, publisher = broker.connect(version), broker.connect(version)
    client.subscribe(topic)
    client.send(packets.disconnect(version))
    client.expect_closed(within=1)
    publisher.publish(topic, b"x", qos=1)


@pytest.mark.slow
def test_defect_05_the_broker_closes_when_no_connect_comes(broker_with):
    """Row 48: limits.handshake_timeout."""
    broker = broker_with(limits={"handshake_timeout": "1s"})
    client = broker.open(V5)
    start = time.monotonic()
    client.expect_closed(within=4)
    assert time.monotonic() - start >= 0.9


@pytest.mark.parametrize("version", [V31, V311])
def test_defect_07_refusals_of_3_clients_have_3_codes(broker, version):
    """[MQTT311-3.1.2-2] [MQTT311-3.1.3-8] CONNACK 1 and 2, not 0x84, 0x85 or silence."""
    client = broker.open(version)
    client.send(packets.connect(version, "id", level=1))
    client.expect(CONNACK, code=1)
    client.expect_closed()
    client = broker.open(version, "")
    client.connect(clean=False, code=2)
    client.expect_closed()


def test_defect_07_a_reason_is_not_lost_because_the_writer_is_busy(broker, topic):
    """[MQTT-4.13.1-1] a client with unread deliveries breaks a rule: the DISCONNECT comes behind
    them."""
    client, publisher = broker.connect(V5), broker.connect(V5)
    client.subscribe(topic)
    for _ in range(20):
        publisher.publish(topic, b"x" * 20000)
    publisher.ping()
    client.send(packets.publish(V5, "#", b""))
    packet = client.receive()
    while packet.type == PUBLISH:
        packet = client.receive()
    assert packet.type == DISCONNECT and packet.code == 0x90
    client.expect_closed()


def test_defect_08_maximum_qos_2_is_not_announced(broker):
    """[MQTT-3.2.2-9]"""
    assert "maximum_qos" not in broker.connect(V5).connack.properties


@pytest.mark.parametrize("maximum", [0, 1])
def test_defect_08_maximum_qos_is_announced_right_and_enforced(broker_with, topic, maximum):
    """[MQTT-3.2.2-9] [MQTT-3.2.2-10] [MQTT-3.2.2-11] row 20"""
    client = broker_with(mqtt={"maximum_qos": maximum}).connect(V5)
    assert client.connack.properties["maximum_qos"] == maximum
    client.subscribe(topic, qos=2, code=maximum)
    client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=1))
    client.expect_disconnect(0x9B)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_09_a_will_with_retain_is_retained(broker, topic, version):
    """[MQTT-3.1.2-15] row 24"""
    watcher = broker.connect(version)
    watcher.subscribe(topic)
    broker.connect(version, will=Will(topic, b"will", retain=True)).drop()
    watcher.expect_publish(topic, b"will")
    late = broker.connect(version)
    late.subscribe(topic)
    late.expect_publish(topic, b"will", retain=True)


def test_defect_09_disconnect_with_will_publishes_the_will(broker, topic):
    """[MQTT-3.14.4-3] row 24: code 0x04."""
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    broker.connect(V5, will=Will(topic, b"will")).disconnect(0x04)
    watcher.expect_publish(topic, b"will")


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_10_a_refused_retained_publish_is_not_stored(broker, version):
    """Row 23: refused for its topic; a hook's or rule's refusal takes the same way."""
    name = "$SYS/" + unique("t")
    client = broker.connect(version)
    client.publish(name, b"x", qos=1, retain=True)
    client.subscribe(name)
    client.expect_nothing(client)


def test_defect_10_a_retained_publish_beyond_the_packet_limit_is_not_stored(broker_with, topic):
    """Row 23."""
    broker = broker_with(mqtt={"max_packet_size": 1000})
    client = broker.connect(V5)
    client.send(packets.publish(V5, topic, b"x" * 2000, retain=True))
    client.expect_disconnect(0x95)
    again = broker.connect(V5)
    again.subscribe(topic)
    again.expect_nothing(again)


def test_defect_11_the_announced_topic_alias_itself_is_usable(broker, topic):
    """[MQTT-3.3.2-12] row 19: alias = maximum accepted, maximum + 1 refused with 0x94."""
    client = broker.connect(V5)
    maximum = client.connack.properties["topic_alias_maximum"]
    client.subscribe(topic)
    client.send(packets.publish(V5, topic, b"x", properties=[("topic_alias", maximum)]))
    client.expect_publish(topic, b"x")
    client.send(packets.publish(V5, "", b"y", properties=[("topic_alias", maximum)]))
    client.expect_publish(topic, b"y")
    client.send(packets.publish(V5, topic, b"z", properties=[("topic_alias", maximum + 1)]))
    client.expect_disconnect(0x94)


def test_defect_11_aliases_have_nothing_to_do_with_the_receive_maximum(broker_with, topic):
    """[MQTT-3.3.2-12]"""
    broker = broker_with(mqtt={"topic_alias_maximum": 50, "server_receive_maximum": 2})
    client = broker.connect(V5)
    client.subscribe(topic)
    client.send(packets.publish(V5, topic, b"x", properties=[("topic_alias", 50)]))
    client.expect_publish(topic, b"x")


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_11_an_empty_topic_is_refused(broker, version):
    """[MQTT-3.3.2-1]"""
    client = broker.connect(version)
    client.send(packets.publish(version, "", b"x"))
    client.expect_disconnect(0x82)


def test_defect_12_a_larger_receive_maximum_does_not_lift_max_inflight(broker_with, topic):
    """[MQTT-4.9.0-1] row 16: min(65 535 of the client, 3 of the configuration)."""
    broker = broker_with(mqtt={"max_inflight": 3})
    client = broker.connect(V5, properties=[("receive_maximum", 65535)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    for i in range(6):
        publisher.publish(topic, b"%d" % i, qos=1)
    for i in range(3):
        client.expect_publish(topic, b"%d" % i, answer=False)
    client.expect_nothing()


def test_defect_12_the_window_holds_for_the_replay_after_a_resume(broker, topic):
    """[MQTT-3.3.4-9] row 16"""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    for i in range(10):
        publisher.publish(topic, b"%d" % i, qos=1)
    for i in range(10):
        client.expect_publish(topic, b"%d" % i, answer=False)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY + [("receive_maximum", 3)])
    window = [again.expect_publish(topic, b"%d" % i, answer=False) for i in range(3)]
    again.expect_nothing()
    for packet in window:
        again.answer(packet)
    assert all_at(again, 7) == [b"%d" % i for i in range(3, 10)]


@pytest.mark.parametrize("version", [V311, V5])
def test_defect_13_the_id_of_a_pending_pubrel_is_not_used_again(broker, topic, version):
    """[MQTT-2.2.1-4] after a resume; the client refuses an id that is in use."""
    name = unique("c")
    properties = EXPIRY if version == V5 else []
    client = broker.connect(version, name, clean=False, properties=properties)
    client.subscribe(topic, qos=2)
    publisher = broker.connect(version)
    publisher.publish(topic, b"pending", qos=2)
    delivery = client.expect_publish(topic, b"pending", answer=False)
    client.send(packets.pubrec(delivery.packet_id))
    client.expect(PUBREL, packet_id=delivery.packet_id)
    client.drop()
    again = broker.connect(version, name, clean=False, properties=properties)
    again.expect(PUBREL, packet_id=delivery.packet_id)
    for i in range(30):
        publisher.publish(topic, b"%d" % i, qos=2)
        got = again.expect_publish(topic, b"%d" % i)
        assert got.packet_id != delivery.packet_id
    again.send(packets.pubcomp(delivery.packet_id))
    again.expect_nothing()


@pytest.mark.parametrize("wild", ["$share/g/#", "$share/g/+/x"])
def test_defect_14_a_shared_wildcard_does_not_match_dollar_topics(broker_with, wild):
    """[MQTT-4.7.2-1]"""
    broker = broker_with(sys={"interval": "1s"})
    client = broker.connect(V5)
    client.subscribe(wild)
    broker.connect(V5).publish("$app/x", b"x", qos=1)
    silence(client, 1.5)


def test_defect_14_no_local_on_a_shared_subscription_is_refused(broker, topic):
    """[MQTT-3.8.3-4]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [("$share/g/" + topic, packets.options(no_local=True))]))
    client.expect_disconnect(0x82)


def test_defect_14_retain_handling_3_is_refused(broker, topic):
    """[X-SUB-1]"""
    client = broker.connect(V5)
    client.send(packets.subscribe(V5, 1, [(topic, packets.options(retain_handling=3))]))
    client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_14_packet_id_0_is_refused(broker, topic, version):
    """[MQTT-2.2.1-3]"""
    for packet in (packets.subscribe(version, 0, [(topic, 0)]),
                   packets.publish(version, topic, b"x", qos=1, packet_id=0),
                   packets.publish(version, topic, b"x", qos=2, packet_id=0),
                   packets.unsubscribe(version, 0, [topic])):
        client = broker.connect(version)
        client.send(packet)
        client.expect_disconnect(0x81, 0x82)


@pytest.mark.parametrize("version", [V31, V311, V5])
@pytest.mark.parametrize("flags", [0, 1, 3, 15])
def test_defect_14_pubrel_flags_are_checked(broker, version, flags):
    """[MQTT-3.6.1-1]"""
    client = broker.connect(version)
    client.send(packets.acknowledgement(6, 1, flags=flags))
    client.expect_disconnect(0x81)


def test_defect_15_codes_0x11_and_0x92_are_used(broker, topic):
    """[MQTT-3.11.3-2] [MQTT-3.7.2-1] [MQTT-3.6.2-1] [X-QOS-2] row 49"""
    client = broker.connect(V5)
    client.send(packets.unsubscribe(V5, 1, [topic]))
    client.expect(UNSUBACK, packet_id=1, codes=[0x11])
    client.send(packets.pubrel(2))
    client.expect(PUBCOMP, packet_id=2, code=0x92)
    client.send(packets.pubrec(3))
    client.expect(PUBREL, packet_id=3, code=0x92)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_16_the_packet_size_is_refused_before_a_byte_of_the_body(broker, version):
    """[MQTT-3.2.2-15] row 17: for 3.x as well, and before authentication."""
    client = broker.connect(version)
    client.send(b"\x30\xff\xff\xff\x7f")
    client.expect_disconnect(0x95)
    client = broker.open(version)
    client.send(b"\x10\xff\xff\xff\x7f")
    client.expect_refused_connect(0x95)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["retained", "queued"])
def test_defect_17_the_cap_on_message_expiry_holds(broker_with, topic, path):
    """[MQTT-3.3.2-5] row 11: message_expiry is 1 s; a client's hour is capped, its silence is
    filled, and retained messages expire."""
    broker = broker_with(mqtt={"message_expiry": "1s"})
    name = unique("c")
    if path == "queued":
        client = broker.connect(V5, name, clean=False, properties=EXPIRY)
        client.subscribe(topic + "/#", qos=1)
        client.disconnect()
    publisher = broker.connect(V5)
    publisher.publish(topic + "/1", b"x", qos=1, retain=path == "retained",
                      properties=[("message_expiry_interval", 3600)])
    publisher.publish(topic + "/2", b"x", qos=1, retain=path == "retained")
    silence(publisher, 1.6)
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    if path == "retained":
        client.subscribe(topic + "/#", qos=1)
    client.expect_nothing(publisher)


def test_defect_17_the_cap_is_what_is_forwarded(broker_with, topic):
    """Row 11: an expiry above the cap is sent on as the cap."""
    broker = broker_with(mqtt={"message_expiry": "100s"})
    client = broker.connect(V5)
    client.subscribe(topic)
    client.publish(topic, b"x", properties=[("message_expiry_interval", 3600)])
    assert client.expect_publish(topic).properties["message_expiry_interval"] in (99, 100)


@pytest.mark.slow
@pytest.mark.parametrize("version", [V311, V5])
def test_defect_18_keep_alive_runs_out_for_every_version_and_5_is_told(broker, version):
    """[MQTT-3.1.2-22] row 18: 0x8D."""
    client = broker.connect(version, keep_alive=1)
    client.expect_disconnect(0x8D, within=4)


def test_defect_18_keep_alive_0_is_capped_in_5(broker):
    """[X-KA-1] row 18"""
    client = broker.connect(V5, keep_alive=0)
    assert client.connack.properties["server_keep_alive"] == 300


def test_defect_18_takeover_is_told(broker):
    """[MQTT-3.1.4-3] row 25: 0x8E arrives."""
    name = unique("c")
    old = broker.connect(V5, name)
    broker.connect(V5, name)
    old.expect_disconnect(0x8E)


@pytest.mark.skipif(bool(CONTROL), reason="known of mosquitto")
def test_defect_18_shutdown_is_told_and_22_the_program_ends(own_broker):
    """Row 45: 0x8B arrives, exit code 0."""
    broker = own_broker().start()
    client = broker.connect(V5)
    broker.signal(signal.SIGTERM)
    client.expect_disconnect(0x8B)
    assert broker.wait() == 0


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_19_passwords_are_binary(broker, version):
    """[MQTT-3.1.2-19] no UTF-8 is asked of a password."""
    client = broker.open(version, unique("c"))
    client.send_connect(username="user", password=b"\xff\xfe\x00\x80")
    client.expect(CONNACK, code=0)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_19_control_characters_do_not_close_the_connection(broker, version):
    """[MQTT-1.5.4-2] only U+0000 is forbidden."""
    name = unique("t") + "\u0001\u001f\u007f\u0085\u009f"
    client = broker.connect(version)
    client.subscribe(name)
    client.publish(name, b"x")
    client.expect_publish(name, b"x")


def test_defect_19_authentication_data_is_binary(broker):
    """[MQTT-4.12.0-1] it is the method that is unknown, not the data that is malformed."""
    client = broker.open(V5, unique("c"))
    client.send_connect(properties=[("authentication_method", "M"),
                                    ("authentication_data", b"\xff\x00\xfe")])
    assert client.expect(CONNACK).code in (0x8C, 0x87)
    client.expect_closed()


def test_defect_20_a_duplicate_property_has_its_reason_code(broker, topic):
    """[X-PROP-2] row 49: DISCONNECT 0x82, not a silent close."""
    for packet in (packets.publish(V5, topic, b"", properties=[("content_type", "a")] * 2),
                   packets.subscribe(V5, 1, [(topic, 0)],
                                     properties=[("subscription_identifier", 1)] * 2),
                   packets.puback(1, 0, [("reason_string", "a")] * 2)):
        client = broker.connect(V5)
        client.send(packet)
        client.expect_disconnect(0x82)


def test_defect_20_reason_codes_are_validated(broker):
    """[MQTT-3.4.2-1] row 49"""
    client = broker.connect(V5)
    client.send(packets.puback(1, 0x77))
    client.expect_disconnect(0x81, 0x82)


def test_defect_21_an_unknown_authentication_method_is_named_so(broker):
    """[MQTT-4.12.0-1] 0x8C Bad authentication method."""
    client = broker.open(V5, unique("c"))
    client.connect(properties=[("authentication_method", "X")], code=0x8C)
    client.expect_closed()


def test_defect_21_auth_on_a_living_connection_crashes_nothing(broker):
    """[MQTT-4.12.0-7] neither it nor the DISCONNECT behind it."""
    client = broker.connect(V5)
    client.send(packets.auth(0x19, [("authentication_method", "X"), ("authentication_data", b"d")]),
                packets.disconnect(V5))
    client.expect_disconnect(0x81, 0x82)
    broker.connect(V5).ping()


def test_defect_24_qos_0_is_not_blocked_behind_a_full_window(broker, topic):
    """[MQTT-3.3.4-10] [MQTT-4.9.0-3]"""
    client = broker.connect(V5, properties=[("receive_maximum", 1)])
    client.subscribe(topic, qos=1)
    publisher = broker.connect(V5)
    publisher.publish(topic, b"held", qos=1)
    publisher.publish(topic, b"waits", qos=1)
    publisher.publish(topic, b"zero", qos=0)
    client.expect_publish(topic, b"held", answer=False)
    client.expect_publish(topic, b"zero", qos=0)
    client.expect_nothing()


@pytest.mark.slow
def test_defect_24_there_is_no_retransmission_on_a_living_connection(broker, topic):
    """[MQTT-4.4.0-1]"""
    client = broker.connect(V311)
    client.subscribe(topic, qos=1)
    client.publish(topic, b"x", qos=1)
    client.expect_publish(topic, b"x", answer=False)
    silence(client, 2.5)


def test_defect_32_a_repeated_qos_2_publish_takes_the_quota_once(broker, topic):
    """[MQTT-3.3.4-7] [MQTT-4.3.3-10] 60 open exchanges repeated after a resume, 40 new ones: 100 in
    all, no complaint."""
    name = unique("c")
    client = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(1, 61):
        client.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id))
        client.expect(PUBREC, packet_id=packet_id)
    client.drop()
    again = broker.connect(V5, name, clean=False, properties=EXPIRY)
    for packet_id in range(1, 101):
        again.send(packets.publish(V5, topic, b"x", qos=2, packet_id=packet_id,
                                   dup=packet_id <= 60))
        again.expect(PUBREC, packet_id=packet_id)
    again.ping()


def test_defect_32_a_pubrec_for_an_unknown_id_is_told_so(broker):
    """[MQTT-3.6.2-1]"""
    client = broker.connect(V5)
    client.send(packets.pubrec(99))
    client.expect(PUBREL, packet_id=99, code=0x92)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_defect_33_a_repeated_qos_2_publish_does_not_touch_the_retained_message(broker, topic,
                                                                                version):
    """[MQTT-4.3.3-10] another client has replaced it in between; the repetition changes nothing."""
    first, second = broker.connect(version), broker.connect(version)
    first.send(packets.publish(version, topic, b"first", qos=2, packet_id=1, retain=True))
    first.expect(PUBREC, packet_id=1)
    second.publish(topic, b"second", qos=1, retain=True)
    first.send(packets.publish(version, topic, b"first", qos=2, packet_id=1, retain=True, dup=True))
    first.expect(PUBREC, packet_id=1)
    first.send(packets.pubrel(1))
    first.expect(PUBCOMP, packet_id=1)
    late = broker.connect(version)
    late.subscribe(topic)
    late.expect_publish(topic, b"second", retain=True)


def test_defect_25_unsubscribing_and_retained_deletion_give_memory_back(own_broker):
    """Row 22, row 23: 20 000 filters and retained topics come and go; the last round needs no
    more than the first."""
    broker = own_broker().start()
    client = broker.connect(V311)
    sizes = []
    for turn in range(4):
        for base in range(0, 5000, 100):
            names = [f"leak/{turn}/{base + i}/x/y" for i in range(100)]
            client.subscribe(*names)
            client.send(*[packets.publish(V311, name + "/r", b"x", retain=True) for name in names])
            client.unsubscribe(*names)
            client.send(*[packets.publish(V311, name + "/r", b"", retain=True) for name in names])
            client.ping()
        sizes.append(broker.rss())
    if not is_sanitized():
        assert sizes[-1] - sizes[0] < 2 << 20


@pytest.mark.parametrize("version", [V311, V5])
def test_row_15_delivery_mode_onlyonce_and_overlap(broker_with, version):
    """Row 15: two overlapping filters: one message with the highest QoS, or two."""
    for mode, expected in (("onlyonce", [1]), ("overlap", [0, 1])):
        broker = broker_with(mqtt={"delivery_mode": mode})
        prefix = unique("t")
        client, publisher = broker.connect(version), broker.connect(version)
        client.subscribe(f"{prefix}/#", qos=0)
        client.subscribe(f"{prefix}/a", qos=1)
        publisher.publish(f"{prefix}/a", b"x", qos=1)
        assert sorted(client.expect_publish().qos for _ in expected) == expected
        client.expect_nothing(publisher)


@pytest.mark.slow
def test_row_10_the_expiry_check_interval_is_obeyed(broker_with, topic):
    """Row 10: a session that has expired is gone within the interval: its delayed will tells."""
    broker = broker_with(mqtt={"session_expiry_check_interval": "1s"})
    watcher = broker.connect(V5)
    watcher.subscribe(topic)
    broker.connect(V5, clean=False, properties=[("session_expiry_interval", 1)],
                   will=Will(topic, b"x", properties=(("will_delay_interval", 60),))).drop()
    watcher.expect_publish(topic, b"x", within=3.5)


@pytest.mark.parametrize("version", [V31, V311, V5])
def test_row_47_all_three_versions_meet_in_one_broker(broker, topic, version):
    """Row 47."""
    clients = [broker.connect(v) for v in (V31, V311, V5)]
    for client in clients:
        client.subscribe(topic, qos=2)
    broker.connect(version).publish(topic, b"x", qos=2)
    for client in clients:
        client.expect_publish(topic, b"x", qos=2)


@pytest.mark.parametrize("packet, code", [
    (b"\x30\x01\x00", 0x81), (b"\xc1\x00", 0x81), (b"\x82\x03\x00\x01\x00", 0x82),
    (b"\x62\x02\x00\x00", 0x81)], ids=["truncated", "flags", "no_filter", "id_0"])
def test_row_49_malformed_and_protocol_errors_are_told_apart(broker, packet, code):
    """Row 49: 0x81 for what cannot be read, 0x82 for what must not be said."""
    client = broker.connect(V5)
    client.send(packet)
    client.expect_disconnect(*((0x81, 0x82) if code == 0x82 or packet[0] == 0x62 else (code,)))


@pytest.mark.parametrize("version", [V311, V5])
def test_row_21_what_is_switched_off_is_refused_with_its_code(broker_with, topic, version):
    """Row 21: wildcard 0xA2, shared 0x9E; 0x80 in 3.x."""
    broker = broker_with(mqtt={"wildcard_subscription_available": False,
                               "shared_subscription_available": False})
    client = broker.connect(version)
    client.send(packets.subscribe(version, 1, [(topic + "/#", 0), ("$share/g/" + topic, 0),
                                               (topic, 0)]))
    failure = [0xA2, 0x9E, 0] if version == V5 else [0x80, 0x80, 0]
    client.expect(SUBACK, packet_id=1, codes=failure)
    client.send(packets.pingreq())
    client.expect(PINGRESP)
