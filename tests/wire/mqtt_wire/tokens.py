"""Tokens (JWT), as an identity provider makes them."""

import base64
import hmac
import json
import time

SECRET = b"a secret of at least thirty-two bytes"


def token(claims, secret=SECRET, algorithm="HS256", kind="JWT"):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    signed = part(json.dumps({"alg": algorithm, "typ": kind}).encode()) + b"." + \
        part(json.dumps(claims).encode())
    if algorithm == "none":
        return (signed + b".").decode()
    return (signed + b"." + part(hmac.new(secret, signed, "sha256").digest())).decode()


def token_of(length, user):
    """A good one of exactly so many bytes. Base64 has no text of every length, so the header is made
    longer, too."""
    claims = {"sub": user, "exp": int(time.time()) + 600, "x": ""}
    for more in range(4):
        kind = "JWT" + "+" * more
        size = (length - len(token(claims, kind=kind))) * 3 // 4
        for filling in range(max(0, size - 2), size + 3):
            made = token({**claims, "x": "x" * filling}, kind=kind)
            if len(made) == length:
                return made
    raise AssertionError(f"no token of {length} bytes")
