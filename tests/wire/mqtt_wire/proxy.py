"""Headers of the PROXY protocol: of a client at 203.0.113.9, port 49153, unless they say otherwise."""

import socket

PEER, PEER_6 = "203.0.113.9", "2001:db8::9"
V1 = b"PROXY TCP4 203.0.113.9 198.51.100.1 49153 1883\r\n"
V1_6 = b"PROXY TCP6 2001:db8::9 2001:db8::1 49153 1883\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PORTS = (49153).to_bytes(2, "big") + (1883).to_bytes(2, "big")
ADDRESSES = socket.inet_aton(PEER) + socket.inet_aton("198.51.100.1") + PORTS
ADDRESSES_6 = (socket.inet_pton(socket.AF_INET6, PEER_6) +
               socket.inet_pton(socket.AF_INET6, "2001:db8::1") + PORTS)


def v2(command, family, rest=b""):
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


V2 = v2(0x21, 0x11, ADDRESSES)
V2_6 = v2(0x21, 0x21, ADDRESSES_6)
LOCAL = v2(0x20, 0x00)
UNSPEC = v2(0x21, 0x00)
