"""The frames of WebSocket (RFC 6455), rule by rule: the sections of the Autobahn test suite, where a packet of MQTT
and its answer take the place of the echo.

Row A17 of the list of attacks. Its section 8 is left out because there is none, 12 and 13 because no extension is
agreed on (test_51_websocket.py). tests/net does the same with the filter alone, cut at every byte.
"""

import random

import pytest

from mqtt_wire import packets
from mqtt_wire.websocket_door import WebSocketDoor, websocket_listener
from mqtt_wire.stream import CHUNK
from mqtt_wire.tables import PINGRESP, V5
from mqtt_wire.transports import WebSocketStream

MIB = 1 << 20
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL, PROTOCOL_ERROR, UNSUPPORTED, INVALID_PAYLOAD = 1000, 1002, 1003, 1007

frame = WebSocketStream.frame
ASK = frame(BINARY, packets.pingreq())  # answered with PINGRESP, if frames are still taken
HALVES = [frame(BINARY, packets.pingreq()[:1], fin=False), frame(CONTINUATION, packets.pingreq()[1:])]

large = pytest.mark.skipif(bool(CHUNK), reason="a segment for each of millions of bytes")


def cases(names, **table):
    """Every case over both."""
    rows = {name: row if isinstance(row, tuple) else (row,) for name, row in table.items()}
    listed = [pytest.param(kind, *row, id=f"{kind}-{name}") for name, row in rows.items() for kind in ("ws", "wss")]
    return pytest.mark.parametrize(f"door, {names}", listed, indirect=["door"])


def numbered(prefix, values):
    return {f"{prefix}{value}": value for value in values}


@pytest.fixture
def door(request, broker_with):
    secure = request.param == "wss"
    options = {"max_packet_size": "20MiB", "max_queued_bytes": "64MiB"}
    limits = {"max_output_bytes": "64MiB"}
    return WebSocketDoor(
        broker_with(listener=websocket_listener(secure), transport="tcp", mqtt=options, limits=limits), secure)


def at_once(client, frames):
    client.stream.lower.send(b"".join(frames))


def one_by_one(client, frames):
    for each in frames:
        client.stream.lower.send(each)


def byte_by_byte(client, frames):
    for byte in b"".join(frames):
        client.stream.lower.send(bytes([byte]))


ways = pytest.mark.parametrize("write", [at_once, one_by_one, byte_by_byte])


def publish_of(size, topic):
    """(packet, payload): a PUBLISH of exactly `size` bytes."""
    payload = b""
    for _ in range(3):  # its length may make its own length longer
        packet = packets.publish(V5, topic, payload)
        payload = (bytes(range(251)) * (size // 251 + 1))[:len(payload) + size - len(packet)]
    packet = packets.publish(V5, topic, payload)
    assert len(packet) == size
    return packet, payload


def pieces_of(data, size):
    """One message in fragments of at most `size` bytes."""
    starts = range(0, len(data), size)
    return [frame(CONTINUATION if at else BINARY, data[at:at + size], fin=at + size >= len(data)) for at in starts]


def expect_ended(client, code):
    """The next the broker says is a close with this code; nothing follows it."""
    assert client.stream.receive(20) == b""
    assert client.stream.close_code == code
    assert client.stream.lower.receive(20) == b""
    client.stream.close()


def expect_refused(door, frames, code, write=at_once):
    client = door.connect()
    write(client, frames)
    expect_ended(client, code)
    assert client.stream.pongs == []
    door.connect().ping()


# ---- 1: lengths

@cases("size", **numbered("", [125, 126, 127, 128, 65535, 65536]))
@ways
def test_a17_a_frame_may_have_any_length(door, size, write, topic):
    """[MQTT-6.0.0-1]"""
    if size > 128 and write is byte_by_byte:
        write = in_pieces_of_997
    client = door.connect()
    client.subscribe(topic)
    packet, payload = publish_of(size, topic)
    write(client, [frame(BINARY, packet)])
    client.expect_publish(topic, payload)


def in_pieces_of_997(client, frames):
    data = b"".join(frames)
    for at in range(0, len(data), 997):
        client.stream.lower.send(data[at:at + 997])


@cases("frames", one=[frame(BINARY, b"")], three=[frame(BINARY, b"")] * 3,
       fragments=[frame(BINARY, b"", fin=False), frame(CONTINUATION, b"", fin=False), frame(CONTINUATION, b"")])
@ways
def test_a17_an_empty_message_says_nothing(door, frames, write):
    client = door.connect()
    write(client, [*frames, ASK])
    client.expect(PINGRESP)


def length_in(first_byte, size, width, payload=b""):
    """A frame whose length takes `width` bytes after the first, whether it needs them or not."""
    sign = 126 if width == 2 else 127
    return bytes([first_byte, 0x80 | sign]) + size.to_bytes(width, "big") + b"\x00" * 4 + payload


@cases("what", two_for_2=length_in(0x82, 2, 2, packets.pingreq()), eight_for_2=length_in(0x82, 2, 8, packets.pingreq()),
       two_for_0=length_in(0x82, 0, 2), two_for_125=length_in(0x82, 125, 2, b"x" * 125),
       eight_for_126=length_in(0x82, 126, 8, b"x" * 126), eight_for_65535=length_in(0x82, 65535, 8, b"x" * 65535),
       ping=length_in(0x89, 4, 2, b"ping"), close=length_in(0x88, 2, 2, b"\x03\xe8"))
def test_a17_a_length_takes_the_fewest_bytes(door, what):
    expect_refused(door, [what], PROTOCOL_ERROR)


@cases("size", all_ones=2**64 - 1, top_bit=2**63, top_bit_and_2=2**63 + 2)
def test_a17_a_length_has_63_bits(door, size):
    expect_refused(door, [length_in(0x82, size, 8, packets.pingreq())], PROTOCOL_ERROR)


@cases("size", most=2**63 - 1, past_32_bits=2**32 + 2)
def test_a17_a_frame_may_be_longer_than_any_memory(door, size):
    """It is no packet: many fit in, and none has to wait for its end."""
    client = door.connect()
    at_once(client, [length_in(0x82, size, 8, packets.pingreq() * 3)])
    for _ in range(3):
        client.expect(PINGRESP)


# ---- 2: pings and pongs

@cases("payload", hello=b"Hello, world!", empty=b"", binary=b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", longest=b"\xfe" * 125)
@ways
def test_a17_a_ping_is_answered_with_its_payload(door, payload, write):
    client = door.connect()
    write(client, [frame(PING, payload), ASK])
    client.expect(PINGRESP)
    assert client.stream.pongs == [payload]


@cases("count", **numbered("", [10, 500]))
@ways
def test_a17_pings_are_answered_in_order(door, count, write):
    if count > 10 and write is byte_by_byte:
        write = in_pieces_of_997
    client = door.connect()
    payloads = [b"payload-%d" % number for number in range(count)]
    write(client, [*(frame(PING, payload) for payload in payloads), ASK])
    client.expect(PINGRESP)
    assert client.stream.pongs == payloads


@cases("opcode", ping=PING, pong=PONG, close=CLOSE)
def test_a17_a_control_frame_has_at_most_125_bytes(door, opcode):
    expect_refused(door, [frame(opcode, b"\x03\xe8" + b"x" * 124)], PROTOCOL_ERROR)


@cases("payload", unasked=b"unsolicited pong payload", empty=b"", longest=b"x" * 125)
def test_a17_a_pong_nobody_asked_for_is_nothing(door, payload):
    client = door.connect()
    at_once(client, [frame(PONG, payload), frame(PING, b"ping"), frame(PONG, payload), ASK])
    client.expect(PINGRESP)
    assert client.stream.pongs == [b"ping"]


# ---- 3: reserved bits, 4: opcodes, and masks

@cases("rsv", **numbered("", range(1, 8)))
@pytest.mark.parametrize("opcode, payload", [(BINARY, packets.pingreq()), (BINARY, b""), (PING, b"ping"),
                                             (PONG, b""), (CLOSE, b"\x03\xe8")])
def test_a17_reserved_bits_are_not_used(door, rsv, opcode, payload):
    expect_refused(door, [frame(opcode, payload, rsv=rsv)], PROTOCOL_ERROR)


@cases("rsv", **numbered("", (4, 1)))
def test_a17_reserved_bits_are_not_used_in_fragments_either(door, rsv):
    last = frame(CONTINUATION, packets.pingreq()[1:], rsv=rsv)
    expect_refused(door, [HALVES[0], last], PROTOCOL_ERROR)


@cases("opcode", **numbered("", [*range(3, 8), *range(11, 16)]))
@pytest.mark.parametrize("payload", [b"", b"reserved opcode payload"])
@ways
def test_a17_reserved_opcodes_are_not_used(door, opcode, payload, write):
    expect_refused(door, [frame(opcode, payload)], PROTOCOL_ERROR, write)


@cases("opcode", binary=BINARY, ping=PING, pong=PONG, close=CLOSE)
@pytest.mark.parametrize("payload", [b"", b"\x03\xe8"])
def test_a17_a_client_masks(door, opcode, payload):
    expect_refused(door, [frame(opcode, payload, mask=b"")], PROTOCOL_ERROR)


@cases("mask", mixed=b"\x80\x00\xff\x7f", zeros=b"\x00" * 4, ones=b"\xff" * 4)
def test_a17_any_mask_will_do_and_each_frame_has_its_own(door, mask, topic):
    client = door.connect()
    client.subscribe(topic)
    packet = packets.publish(V5, topic, bytes(range(256)))
    at_once(client, [frame(BINARY, packet[:101], fin=False, mask=mask), frame(PING, b"odd", mask=mask[::-1]),
                     frame(CONTINUATION, packet[101:], mask=b"\x01\x02\x03\x04")])
    client.expect_publish(topic, bytes(range(256)))
    assert client.stream.pongs == [b"odd"]


@cases("bad, code", rsv=(frame(BINARY, b"", rsv=4), PROTOCOL_ERROR), opcode=(frame(5, b""), PROTOCOL_ERROR),
       text=(frame(TEXT, b""), UNSUPPORTED))
@pytest.mark.parametrize("write", [at_once, one_by_one])
def test_a17_what_came_before_a_bad_frame_counts(door, bad, code, write, topic):
    reader = door.connect()
    reader.subscribe(topic)
    client = door.connect()
    write(client, [frame(BINARY, packets.publish(V5, topic, b"good")), bad])
    reader.expect_publish(topic, b"good")
    expect_ended(client, code)


# ---- 5: fragments

@cases("frames, pongs", two=(HALVES, []), with_a_ping=([HALVES[0], frame(PING, b"now"), HALVES[1]], [b"now"]),
       with_pings=([frame(BINARY, b"", fin=False), frame(PING, b"1"), frame(CONTINUATION, b"\xc0", fin=False),
                    frame(PING, b"2"), frame(PING, b"3"), frame(CONTINUATION, b"\x00", fin=False),
                    frame(PONG, b"4"), frame(CONTINUATION, b"")], [b"1", b"2", b"3"]))
@ways
def test_a17_fragments_make_a_message_whatever_is_between_them(door, frames, pongs, write):
    """[MQTT-6.0.0-2]"""
    client = door.connect()
    write(client, frames)
    client.expect(PINGRESP)
    write(client, [ASK])
    client.expect(PINGRESP)
    assert client.stream.pongs == pongs


@cases("opcode", ping=PING, pong=PONG, close=CLOSE)
@pytest.mark.parametrize("write", [at_once, one_by_one])
def test_a17_a_control_frame_is_not_fragmented(door, opcode, write):
    expect_refused(door, [frame(opcode, b"\x03\xe8", fin=False), frame(CONTINUATION, b"fragment2")],
                   PROTOCOL_ERROR, write)


@cases("frames", first=[frame(CONTINUATION, b"\xc0")], first_of_more=[frame(CONTINUATION, b"\xc0", fin=False)],
       empty=[frame(CONTINUATION, b"")])
@pytest.mark.parametrize("before", [[], [ASK], HALVES], ids=["alone", "after_a_message", "after_fragments"])
@ways
def test_a17_nothing_is_continued_that_has_not_begun(door, frames, before, write):
    client = door.connect()
    write(client, before)
    if before:
        client.expect(PINGRESP)
    write(client, [*frames, ASK])
    expect_ended(client, PROTOCOL_ERROR)


@cases("second, code", whole=(ASK, PROTOCOL_ERROR), begins=(frame(BINARY, b"x", fin=False), PROTOCOL_ERROR),
       text=(frame(TEXT, b"x"), UNSUPPORTED))
@ways
def test_a17_a_message_does_not_begin_within_another(door, second, code, write):
    expect_refused(door, [HALVES[0], second], code, write)


# ---- 6: text

@cases("frames", hello=[frame(TEXT, b"Hello")], empty=[frame(TEXT, b"")],
       valid=[frame(TEXT, "Hello-µ@ßöäüàá-UTF-8!!".encode())], invalid=[frame(TEXT, b"\xce\xba\xed\xa0\x80")],
       fragments=[frame(TEXT, b"Hel", fin=False), frame(CONTINUATION, b"lo")],
       packet=[frame(TEXT, packets.pingreq())])
@pytest.mark.parametrize("write", [at_once, one_by_one])
def test_a17_text_is_not_taken(door, frames, write):
    """[MQTT-6.0.0-1]"""
    expect_refused(door, frames, UNSUPPORTED, write)


# ---- 7: closing

def close(code, reason=b""):
    return frame(CLOSE, packets.u16(code) + reason)


@cases("code", **numbered("", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                               3000, 3999, 4000, 4999]))
def test_a17_a_close_is_answered_with_its_code(door, code):
    expect_refused(door, [close(code)], code)


@cases("code", **numbered("", [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]))
def test_a17_a_code_nobody_may_say_is_an_error(door, code):
    expect_refused(door, [close(code)], PROTOCOL_ERROR)


@cases("payload, code", reason=(b"\x03\xe8Hello World!", NORMAL), empty=(b"", NORMAL),
       half_a_code=(b"\x03", PROTOCOL_ERROR),
       longest=(b"\x03\xe8" + b"*" * 123, NORMAL), letters=(b"\x03\xe8" + "µ@ß€𝄞".encode(), NORMAL),
       no_utf8=(b"\x03\xe8\xce\xba\xed\xa0\x80", INVALID_PAYLOAD), cut_utf8=(b"\x03\xe8\xe2\x82", INVALID_PAYLOAD))
@ways
def test_a17_a_close_may_say_why_in_utf8(door, payload, code, write):
    expect_refused(door, [frame(CLOSE, payload)], code, write)


@cases("after", ping=[frame(PING, b"late")], message=[ASK], close=[close(1001)], text=[frame(TEXT, b"late")],
       broken=[b"\xff" * 10], much=[frame(BINARY, packets.pingreq() * 50000)])
@pytest.mark.parametrize("write", [at_once, one_by_one])
def test_a17_nothing_counts_after_a_close(door, after, write):
    expect_refused(door, [close(NORMAL), *after], NORMAL, write)


@cases("frames", message=[ASK], fragments=HALVES)
def test_a17_what_came_before_a_close_is_answered_first(door, frames):
    client = door.connect()
    at_once(client, [*frames, close(NORMAL)])
    client.expect(PINGRESP)
    expect_ended(client, NORMAL)


@cases("frames", between_fragments=[HALVES[0], close(1001)])
def test_a17_a_close_need_not_wait_for_the_message(door, frames):
    expect_refused(door, frames, 1001)


@cases("last", normal=close(NORMAL), going_away=close(1001), broken=frame(PING, b"", fin=False))
def test_a17_a_close_is_no_disconnect_of_mqtt(door, last, topic):
    """[MQTT-3.1.2-8]"""
    reader = door.connect()
    reader.subscribe(topic)
    client = door.open()
    client.connect(will=packets.Will(topic, b"gone"))
    at_once(client, [last])
    reader.expect_publish(topic, b"gone")


@cases("last", normal=close(NORMAL), broken=frame(PING, b"", fin=False))
def test_a17_a_disconnect_of_mqtt_counts_though_frames_break_after_it(door, last, topic):
    """[MQTT-3.14.4-3]"""
    reader = door.connect()
    reader.subscribe(topic)
    client = door.open()
    client.connect(will=packets.Will(topic, b"gone"))
    at_once(client, [frame(BINARY, packets.disconnect(V5)), last])
    client.expect_closed()
    reader.expect_nothing(door.connect())


# ---- 9: large messages

@large
@cases("size", **numbered("", [MIB, 4 * MIB, 16 * MIB]))
@pytest.mark.parametrize("piece", [None, 64 * 1024, 4096, 256])
def test_a17_a_large_packet_in_a_frame_or_in_many(door, size, piece, topic):
    if piece and piece < 4096 and size > MIB:
        pytest.skip("tens of thousands of frames are enough")
    client = door.connect()
    client.subscribe(topic)
    packet, payload = publish_of(size, topic)
    at_once(client, pieces_of(packet, piece or size))
    client.expect_publish(topic, payload)


@large
@cases("piece", whole=None, fragments=64 * 1024)
def test_a17_a_packet_that_is_too_large_is_refused_by_its_first_frame(door, piece, topic):
    """[MQTT-3.2.2-15]: it is the packet's length that is looked at, not the frame's."""
    client = door.connect()
    packet, _ = publish_of(21 * MIB, topic)
    start = (pieces_of(packet, piece) if piece else [frame(BINARY, packet)])[0]
    client.stream.lower.send(start[:1000])
    client.expect_disconnect(0x95)
    assert client.stream.close_code == NORMAL


@large
@cases("size", **numbered("", [24 * MIB]))
def test_a17_a_frame_of_many_packets_may_be_larger_than_a_packet_may(door, size, topic):
    client = door.connect()
    client.subscribe(topic)
    packet, payload = publish_of(MIB, topic)
    at_once(client, [frame(BINARY, packet * (size // MIB))])
    for _ in range(size // MIB):
        client.expect_publish(topic, payload)


# ---- 10: cuts

@cases("size", **numbered("", [1300, 1, 2, 125, 126]))
def test_a17_fragments_of_any_size_make_a_packet(door, size, topic):
    client = door.connect()
    client.subscribe(topic)
    packet, payload = publish_of(65536 if size > 2 else 3000, topic)
    at_once(client, pieces_of(packet, size))
    client.expect_publish(topic, payload)


CUT = frame(PING, b"0123") + frame(BINARY, packets.pingreq() * 63 + b"\xc0", fin=False) + frame(CONTINUATION, b"\x00")


@cases("half", first=0, second=1)
def test_a17_a_frame_may_be_cut_at_every_byte(door, half):
    """What is before the cut is read when the answer to the packet before it is here."""
    client = door.connect()
    for cut in range(1 + half, len(CUT), 2):
        at_once(client, [ASK, CUT[:cut]])
        client.expect(PINGRESP)
        at_once(client, [CUT[cut:]])
        for _ in range(64):
            client.expect(PINGRESP)
    assert client.stream.pongs == [b"0123"] * len(range(1 + half, len(CUT), 2))


@cases("reset", fin=False, reset=True)
def test_a17_a_connection_may_end_at_every_byte_of_a_frame(door, reset):
    for cut in range(1, len(CUT)):
        client = door.connect()
        at_once(client, [CUT[:cut]])
        client.stream.close(reset)
    door.connect().ping()


@cases("seed", **numbered("", range(1, 5)))
def test_a17_random_frames_carry_what_was_put_in(door, seed, topic):
    """Messages in fragments of any size, empty ones too, with pings and pongs between them."""
    choose = random.Random(seed)
    client = door.connect()
    client.subscribe(topic)
    payloads = [choose.randbytes(choose.choice([0, 1, 100, 5000])) for _ in range(50)]
    data = b"".join(packets.publish(V5, topic, payload) for payload in payloads)
    frames, pings, begun = [], [], False
    while data or begun:
        size, last = choose.choice([0, 1, 5, 125, 126, 4000]), choose.random() < 0.5
        if choose.random() < 0.3:
            pings.append(b"%d" % len(pings))
            frames += [frame(PING, pings[-1]), frame(PONG, b"")]
        frames.append(frame(CONTINUATION if begun else BINARY, data[:size], fin=last, mask=choose.randbytes(4)))
        data, begun = data[size:], not last
    at_once(client, frames)
    for payload in payloads:
        client.expect_publish(topic, payload)
    client.ping()
    assert client.stream.pongs == pings
