"""Raw MQTT for the wire tests: an encoder, a strict decoder, a socket client, a started broker.

Nothing here is shared with the broker under test; all of it is written from the standards.
"""
