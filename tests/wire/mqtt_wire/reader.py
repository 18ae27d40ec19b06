"""A bounded cursor over the bytes of one packet, and the rules all strings and integers obey."""

from .tables import NON_ZERO, PROPERTIES


class Malformed(AssertionError):
    """The bytes break the standard."""


def require(condition, why):
    if not condition:
        raise Malformed(why)


class Properties:
    """Decoded properties in their order."""

    def __init__(self, items=()):
        self.items = list(items)

    def all(self, name):
        return [value for key, value in self.items if key == name]

    def get(self, name, default=None):
        found = self.all(name)
        return found[0] if found else default

    def __contains__(self, name):
        return bool(self.all(name))

    def __getitem__(self, name):
        return self.all(name)[0]

    def __len__(self):
        return len(self.items)

    def __repr__(self):
        return repr(self.items)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        require(count <= self.left(), f"{count} bytes wanted, {self.left()} left")
        piece = self.data[self.at:self.at + count]
        self.at += count
        return bytes(piece)

    def byte(self):
        return self.take(1)[0]

    def u16(self):
        return int.from_bytes(self.take(2), "big")

    def u32(self):
        return int.from_bytes(self.take(4), "big")

    def varint(self):
        """[MQTT-1.5.5-1] at most four bytes, and no more than needed."""
        value = 0
        for position in range(4):
            digit = self.byte()
            value |= (digit & 0x7F) << 7 * position
            if not digit & 0x80:
                require(position == 0 or digit != 0, "variable byte integer longer than needed")
                return value
        raise Malformed("variable byte integer of more than four bytes")

    def binary(self):
        return self.take(self.u16())

    def string(self):
        """[MQTT-1.5.4-1] [MQTT-1.5.4-2]"""
        raw = self.binary()
        try:
            value = raw.decode("utf-8")  # refuses surrogates, overlong forms and > U+10FFFF
        except UnicodeDecodeError as error:
            raise Malformed(f"ill-formed UTF-8 {raw!r}") from error
        require("\0" not in value, "U+0000 in a string")
        return value

    def properties(self, packet, who_forbids=()):
        """A property block: known, allowed in this packet, once, with a legal value."""
        block = Reader(self.take(self.varint()))
        found = Properties()
        while block.left():
            identifier = block.varint()
            require(identifier in PROPERTIES, f"unknown property {identifier:#x}")
            name, kind, packets, repeatable = PROPERTIES[identifier]
            require(packet in packets, f"property {name} is not allowed here")
            require(name not in who_forbids, f"property {name} is not allowed in this direction")
            require(repeatable or name not in found, f"property {name} twice")
            value = block.value(kind)
            if kind == "byte":
                require(value in (0, 1), f"property {name} is {value}")
            if name in NON_ZERO:
                require(value != 0, f"property {name} is 0")
            found.items.append((name, value))
        return found

    def value(self, kind):
        if kind == "byte":
            return self.byte()
        if kind == "u16":
            return self.u16()
        if kind == "u32":
            return self.u32()
        if kind == "varint":
            return self.varint()
        if kind == "binary":
            return self.binary()
        if kind == "pair":
            return (self.string(), self.string())
        return self.string()

    def end(self):
        require(self.left() == 0, f"{self.left()} surplus bytes")


def split_frame(data):
    """(first byte, body, bytes used) of the first whole packet in `data`, or None if it is not
    all there yet."""
    value = 0
    for position in range(4):
        if len(data) < position + 2:
            return None
        digit = data[position + 1]
        value |= (digit & 0x7F) << 7 * position
        if not digit & 0x80:
            require(position == 0 or digit != 0, "Remaining Length longer than needed")
            used = position + 2 + value
            if len(data) < used:
                return None
            return data[0], bytes(data[position + 2:used]), used
    raise Malformed("Remaining Length of more than four bytes")
