"""MQTT.js where people run it: in Node, and in a browser. Both take a task, {scenario, url, ...}, run that scenario of
mqttjs/scenarios.js, and give back what it saw.

scripts/setup installs MQTT.js in build/mqttjs (test) and chromium (full); MQTTJS names another folder.
"""

import base64
import hashlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import threading

import pytest
from mqtt_wire.broker import ROOT

HERE = pathlib.Path(__file__).resolve().parent / "mqttjs"
MODULES = pathlib.Path(os.environ.get("MQTTJS", ROOT / "build" / "mqttjs")) / "node_modules"
PATIENCE = 120.0  # longer than that of the scenarios: they say better what is missing


def _what_is_missing(program, level):
    if not (MODULES / "mqtt").is_dir():
        return f"no MQTT.js in {MODULES}: scripts/setup test installs it"
    if shutil.which(program) is None:
        return f"no {program}: scripts/setup {level} installs it"
    return None


def _value(result):
    assert "error" not in result, result["error"]
    return result["value"]


class Node:
    """A process for each task."""

    missing = _what_is_missing("node", "test")

    def __init__(self, authority):
        self.authority = authority

    def run(self, **task):
        task.setdefault("authority", str(self.authority.certificate))
        done = subprocess.run(["node", str(HERE / "node.js"), json.dumps(task)], capture_output=True, text=True,
                              timeout=PATIENCE, check=False, env={**os.environ, "NODE_PATH": str(MODULES)})
        assert done.returncode == 0, done.stderr
        return _value(json.loads(done.stdout))

    def close(self):
        pass


class Origin:
    """A web server, and so an origin, whose page runs the tasks it is given."""

    FILES = {"/": (HERE / "page.html", "text/html"),
             "/scenarios.js": (HERE / "scenarios.js", "text/javascript"),
             "/mqtt.min.js": (MODULES / "mqtt" / "dist" / "mqtt.min.js", "text/javascript")}

    def __init__(self, log):
        self.log = log
        self.tasks, self.results = queue.Queue(), queue.Queue()
        origin = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/task":
                    task = origin.tasks.get()
                    self.say(json.dumps(task).encode() if task else b"", "application/json", 200 if task else 410)
                elif self.path.split("?")[0] in origin.FILES:
                    path, kind = origin.FILES[self.path.split("?")[0]]
                    self.say(path.read_bytes(), kind)
                else:
                    self.say(b"", "text/plain", 404)

            def do_POST(self):
                origin.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.say(b"", "text/plain")

            def say(self, body, kind, status=200):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.name = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, **task):
        self.tasks.put(task)
        try:
            return _value(self.results.get(timeout=PATIENCE))
        except queue.Empty:
            raise AssertionError(f"the page does not answer:\n{self.log()}") from None

    def close(self):
        self.tasks.put(None)
        self.server.shutdown()
        self.server.server_close()


def _key_hash(certificate):
    """Of the public key, as Chromium wants it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], capture_output=True, check=True)
    plain = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, capture_output=True,
                           check=True)
    return base64.b64encode(hashlib.sha256(plain.stdout).digest()).decode()


class Chromium:
    """One process with a page of one origin and, in it, one of another; it reaches nothing but this machine."""

    missing = _what_is_missing("chromium", "full")

    def __init__(self, certificate, folder):
        log_file = folder / "chromium.txt"
        self.origins = [Origin(lambda: log_file.read_text(errors="replace")[-4000:]) for _ in range(2)]
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--disable-extensions",
                   "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
                   "--disable-renderer-backgrounding", f"--user-data-dir={folder / 'profile'}",
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                   f"--ignore-certificate-errors-spki-list={_key_hash(certificate)}",
                   f"{self.origins[0].name}/?other={self.origins[1].name}"]
        with open(log_file, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def run(self, origin=0, **task):
        return self.origins[origin].run(**task)

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # the session that was begun for it
        self.process.wait()
        for origin in self.origins:
            origin.close()


def skip_without(runtime):
    if runtime.missing:
        pytest.skip(runtime.missing)
