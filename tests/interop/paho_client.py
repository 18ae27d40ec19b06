"""paho-mqtt as a test uses it: what its callbacks say waits in queues."""

import queue
import socket
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE = 30.0
CLEAN_OF_V3 = (mqtt.MQTTv31, mqtt.MQTTv311)


def properties(packet_type, **values):
    """Properties of "PUBLISH", "CONNECT", ... by paho's names for them."""
    made = Properties(getattr(PacketTypes, packet_type))
    for name, value in values.items():
        setattr(made, name, value)
    return made


class PahoClient:
    def __init__(self, port, version=mqtt.MQTTv5, client_id="", clean=True, will=None, expiry=0):
        self.port, self.version, self.clean, self.expiry = port, version, clean, expiry
        options = {"clean_session": clean} if version in CLEAN_OF_V3 else {}
        self.client = mqtt.Client(client_id, protocol=version, reconnect_on_failure=False, **options)
        self.client.max_inflight_messages_set(50)
        self.messages, self.grants, self.greetings = queue.Queue(), queue.Queue(), queue.Queue()
        self.ended = threading.Event()
        self.client.on_connect = self._connected
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_subscribe = lambda _client, _data, _mid, granted, *_: self.grants.put(granted)
        self.client.on_message = lambda _client, _data, message: self.messages.put(message)
        if will is not None:
            self.client.will_set(**will)

    def _connected(self, _client, _data, flags, reason, *_):
        self.greetings.put((flags["session present"], getattr(reason, "value", reason)))

    def connect(self):
        """Connected, or the test fails; whether the broker had a session."""
        options = {}
        if self.version == mqtt.MQTTv5:
            options = {"clean_start": self.clean,
                       "properties": properties("CONNECT", SessionExpiryInterval=self.expiry)}
        self.ended.clear()
        self.client.connect("127.0.0.1", self.port, keepalive=60, **options)
        self.client.loop_start()
        present, reason = self.greetings.get(timeout=PATIENCE)
        assert reason == 0
        return bool(present)

    def subscribe(self, topic_filter, qos=0):
        """Subscribed; the QoS granted."""
        result, _ = self.client.subscribe(topic_filter, qos)
        assert result == mqtt.MQTT_ERR_SUCCESS
        return [getattr(code, "value", code) for code in self.grants.get(timeout=PATIENCE)][0]

    def publish(self, topic, payload, qos=0, retain=False, **values):
        """Published, and acknowledged as its QoS says."""
        options = {"properties": properties("PUBLISH", **values)} if values else {}
        sent = self.client.publish(topic, payload, qos, retain, **options)
        sent.wait_for_publish(PATIENCE)
        assert sent.is_published()

    def next(self, within=PATIENCE):
        try:
            return self.messages.get(timeout=within)
        except queue.Empty:
            raise AssertionError("nothing came") from None

    def disconnect(self):
        self.client.disconnect()
        assert self.ended.wait(PATIENCE)
        self.client.loop_stop()

    def cut(self):
        """The connection breaks: no DISCONNECT."""
        self.client.socket().shutdown(socket.SHUT_RDWR)
        assert self.ended.wait(PATIENCE)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
