"""mosquitto_pub, mosquitto_sub and mosquitto_rr as a test uses them."""

import queue
import subprocess
import threading

PATIENCE = 30.0

# Topic, QoS, RETAIN and payload of what mosquitto_sub receives; no payload of these tests has a '|' in it.
FORMAT = "%t|%q|%r|%p"


class Subscriber:
    """A running mosquitto_sub that has been granted its subscriptions."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.received = queue.Queue()
        self.granted = threading.Event()
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("message "):
                self.received.put(line.removeprefix("message ").rstrip("\n"))
            elif line.startswith("Subscribed "):
                self.granted.set()

    def await_grant(self):
        assert self.granted.wait(PATIENCE), "no SUBACK:\n" + "".join(self.lines)
        return self

    def next(self, within=PATIENCE):
        """The next message, in the format asked for."""
        try:
            return self.received.get(timeout=within)
        except queue.Empty:
            raise AssertionError("nothing came:\n" + "".join(self.lines[-20:])) from None

    def kill(self):
        """Ends without DISCONNECT."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Running:
    """A program that ends by itself, once something else has happened."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def result(self):
        said, complaints = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, complaints.decode()
        return said

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Programs:
    def __init__(self, port):
        self.port = port
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.started:
            each.close()

    def _command(self, program, version, options):
        return [f"/usr/bin/{program}", "-p", str(self.port), "-V", version, *map(str, options)]

    def run(self, program, version, *options, data=None):
        """Runs it to its end, which has to be a good one; its standard output."""
        done = subprocess.run(self._command(program, version, options), input=data, capture_output=True,
                              timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"{program} ended with {done.returncode}: {done.stderr.decode()}"
        return done.stdout

    def publish(self, version, *options, data=None):
        self.run("mosquitto_pub", version, *options, data=data)

    def subscribe(self, version, *options, how=FORMAT):
        command = self._command("mosquitto_sub", version, ["-d", "-F", "message " + how, *options])
        subscriber = Subscriber(["/usr/bin/stdbuf", "-oL", *command])  # or it keeps what it has to say until its end
        self.started.append(subscriber)
        return subscriber.await_grant()

    def start(self, program, version, *options):
        self.started.append(Running(self._command(program, version, options)))
        return self.started[-1]
