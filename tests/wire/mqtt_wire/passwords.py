"""Lines of a password file, as mosquitto_passwd 2.0 writes them."""

import base64
import hashlib


def line_of(user, password):
    """PBKDF2-HMAC-SHA512 of 101 rounds: it costs nothing to check."""
    salt = hashlib.sha256(user.encode()).digest()[:12]
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101, 64)
    return f"{user}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}\n"
