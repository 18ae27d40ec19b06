// Runs one scenario in Node: the task is the argument, as JSON, and the result is what is printed.
// NODE_PATH names the folder that MQTT.js was installed in.
'use strict';

const fs = require('fs');
const mqtt = require('mqtt');
const WebSocket = require('ws');
const { run } = require('./scenarios.js');

const task = JSON.parse(process.argv[2]);
const ca = task.authority ? fs.readFileSync(task.authority) : undefined;
task.options = { ...task.options, ca };
run(mqtt, task, (url, protocols) => new WebSocket(url, protocols, { ca })).then((result) => {
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
});
