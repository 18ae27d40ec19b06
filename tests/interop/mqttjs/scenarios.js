// What programs do with MQTT.js, the same in Node and in a browser. A scenario gets a door, that is how to reach the
// broker, and returns what it saw; the tests in Python judge it. Every client is ended, whatever happens.
'use strict';

(function (global) {
  const patience = 30000;
  const bytes = (values) => Uint8Array.from(values);

  // A promise that fails when the event does not come, or an error does.
  function once(emitter, event) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${event} in time`)), patience);
      emitter.once(event, (...values) => { clearTimeout(timer); resolve(values); });
      if (event !== 'error') emitter.once('error', (error) => { clearTimeout(timer); reject(error); });
    });
  }

  class Door {
    constructor(mqtt, { url, version, options = {}, topic }, makeSocket) {
      this.mqtt = mqtt;
      this.url = url;
      this.topic = topic;
      this.version = version;
      this.makeSocket = makeSocket;
      this.options = { protocolVersion: version, reconnectPeriod: 0, connectTimeout: patience, ...options };
      if (version === 3) this.options.protocolId = 'MQIsdp';
      this.clients = [];
      this.names = 0;
    }

    // A client that was not yet greeted; what it receives is kept from the first message on.
    begin(options = {}) {
      const client = this.mqtt.connect(this.url, { clientId: this.name(), ...this.options, ...options });
      client.got = [];
      client.wanted = [];
      client.on('message', (topic, payload, packet) => {
        const { qos, retain, properties } = packet;
        client.got.push({ topic, payload: payload.toString(), qos, retain, properties });
        client.wanted.forEach((check) => check());
      });
      this.clients.push(client);
      return client;
    }

    async open(options) {
      const client = this.begin(options);
      const [connack] = await once(client, 'connect');
      client.sessionPresent = connack.sessionPresent;
      return client;
    }

    // Why the client is not let in: a code of MQTT, or what its socket says.
    async refusal({ protocols, ...options }) {
      let why = { message: 'closed' };
      const createWebsocket = (url, usual) => {
        const socket = this.makeSocket(url, protocols || usual);
        socket.addEventListener('error', (event) => { why = { message: event.message || 'WebSocket error' }; });
        return socket;
      };
      const client = this.begin({ ...options, createWebsocket });
      client.on('error', (error) => { why = { code: error.code, message: error.message }; });
      return new Promise((resolve) => {
        client.once('connect', () => resolve({ message: 'connected' }));
        client.once('close', () => resolve(why));
      });
    }

    name() {
      this.names += 1;
      return `${this.topic.replace('/', '-')}-${this.names}`;
    }

    // Parameters that a session needs to outlive its connection.
    lasting(clientId) {
      const expiry = this.version === 5 ? { properties: { sessionExpiryInterval: 600 } } : {};
      return { clientId, clean: false, ...expiry };
    }

    end() {
      this.clients.forEach((client) => { client.on('error', () => {}); client.end(true); });
    }
  }

  // The first `count` messages.
  function received(client, count) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${client.got.length} of ${count} messages`)), patience);
      const check = () => {
        if (client.got.length < count) return;
        clearTimeout(timer);
        resolve(client.got.slice(0, count));
      };
      client.wanted.push(check);
      check();
    });
  }

  const scenarios = {
    // 20 messages from one client to another.
    async qos(door, { qos }) {
      const reader = await door.open();
      const granted = await reader.subscribeAsync(door.topic, { qos });
      const writer = await door.open();
      for (let number = 0; number < 20; number += 1) await writer.publishAsync(door.topic, `${number}`, { qos });
      return { granted: granted[0].qos, got: await received(reader, 20) };
    },

    // A thousand that do not wait for each other.
    async pipelined(door, { qos }) {
      const client = await door.open();
      await client.subscribeAsync(door.topic, { qos });
      const sent = [];
      for (let number = 0; number < 1000; number += 1) sent.push(client.publishAsync(door.topic, `${number}`, { qos }));
      await Promise.all(sent);
      return (await received(client, 1000)).map((message) => message.payload);
    },

    async retained(door) {
      const writer = await door.open();
      await writer.publishAsync(door.topic, 'kept', { qos: 1, retain: true });
      const reader = await door.open();
      await reader.subscribeAsync(door.topic, { qos: 1 });
      return received(reader, 1);
    },

    async will(door) {
      const reader = await door.open();
      await reader.subscribeAsync(door.topic, { qos: 1 });
      const mortal = await door.open({ will: { topic: door.topic, payload: 'gone', qos: 1 } });
      mortal.stream.destroy();
      return received(reader, 1);
    },

    // No will of a client that says goodbye.
    async goodbye(door) {
      const reader = await door.open();
      await reader.subscribeAsync(door.topic, { qos: 1 });
      const polite = await door.open({ will: { topic: door.topic, payload: 'gone', qos: 1 } });
      await polite.endAsync();
      await reader.publishAsync(door.topic, 'the next', { qos: 1 });
      return received(reader, 1);
    },

    // A session collects what comes while its client is away.
    async resume(door, { qos }) {
      const options = door.lasting(door.name());
      const first = await door.open(options);
      await first.subscribeAsync(door.topic, { qos });
      await first.endAsync();
      const writer = await door.open();
      for (let number = 0; number < 10; number += 1) await writer.publishAsync(door.topic, `${number}`, { qos });
      const again = await door.open(options);
      return { present: [first.sessionPresent, again.sessionPresent], got: await received(again, 10) };
    },

    // MQTT.js connects by itself when the connection breaks, and goes on with what it had begun.
    async reconnect(door) {
      const client = await door.open({ ...door.lasting(door.name()), reconnectPeriod: 50, resubscribe: false });
      await client.subscribeAsync(door.topic, { qos: 2 });
      client.stream.destroy();
      await once(client, 'close');
      const sent = client.publishAsync(door.topic, 'said while it was away', { qos: 2 });
      const [connack] = await once(client, 'connect');
      await sent;
      return { present: connack.sessionPresent, got: await received(client, 1) };
    },

    async large(door, { qos, size }) {
      const client = await door.open();
      await client.subscribeAsync(door.topic, { qos });
      const payload = '0123456789abcdef'.repeat(size / 16);
      await client.publishAsync(door.topic, payload, { qos });
      const [message] = await received(client, 1);
      return { size: message.payload.length, same: message.payload === payload };
    },

    async properties(door) {
      const client = await door.open();
      await client.subscribeAsync(door.topic, { qos: 1, properties: { subscriptionIdentifier: 7 } });
      const properties = {
        contentType: 'text/plain', responseTopic: 'answers', correlationData: bytes([0, 1, 255]),
        payloadFormatIndicator: true, messageExpiryInterval: 60, userProperties: { one: ['1', 'again'], zwei: 'zwölf' },
      };
      await client.publishAsync(door.topic, 'é', { qos: 1, properties });
      const [message] = await received(client, 1);
      const correlationData = Array.from(message.properties.correlationData);
      return { ...message, properties: { ...message.properties, correlationData } };
    },

    async unsubscribe(door) {
      const client = await door.open();
      await client.subscribeAsync([door.topic, `${door.topic}/more`], { qos: 1 });
      await client.unsubscribeAsync(door.topic);
      await client.publishAsync(door.topic, 'unwanted', { qos: 1 });
      await client.publishAsync(`${door.topic}/more`, 'wanted', { qos: 1 });
      return received(client, 1);
    },

    async refusal(door, parameters) {
      return door.refusal(parameters);
    },

    // More at once than the broker has said it takes: MQTT.js does not look at the server's Receive Maximum.
    async flood(door) {
      const client = await door.open();
      const told = once(client, 'disconnect');
      for (let number = 0; number < 200; number += 1) client.publish(door.topic, `${number}`, { qos: 2 });
      return (await told)[0].reasonCode;
    },

    // Which sub-protocol the broker has chosen.
    async protocol(door) {
      let socket;
      const createWebsocket = (url, protocols) => { socket = door.makeSocket(url, protocols); return socket; };
      await door.open({ createWebsocket });
      return { protocol: socket.protocol, extensions: socket.extensions };
    },
  };

  // {value} or {error} of the task {scenario, url, version, options, topic, parameters}.
  async function run(mqtt, task, makeSocket) {
    const door = new Door(mqtt, task, makeSocket);
    try {
      return { value: await scenarios[task.scenario](door, task.parameters || {}) };
    } catch (error) {
      return { error: `${error.stack || error}` };
    } finally {
      door.end();
    }
  }

  if (typeof module === 'object') module.exports = { run };
  else global.lmqttScenarios = { run };
})(typeof window === 'undefined' ? globalThis : window);
