"""What README.md tells a reader to type, word for word."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from mosquitto_programs import PATIENCE
from mqtt_wire.broker import CONTROL, PROGRAM, Broker

pytestmark = pytest.mark.skipif(bool(CONTROL), reason="the pages of lmqttd")

PAGE = (pathlib.Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


class Reader:
    """A shell in the broker's folder, in which the programs have the broker's port as their default, and
    `lmqttd` and `pidof` know of this broker alone."""

    def __init__(self, broker):
        self.broker = broker
        programs, settings = broker.folder / "bin", broker.folder / "settings"
        programs.mkdir()
        settings.mkdir()
        (programs / "lmqttd").symlink_to(PROGRAM.resolve())
        (programs / "pidof").write_text(f"#!/bin/sh\n[ \"$*\" = lmqttd ] && echo {broker.process.pid}\n")
        (programs / "pidof").chmod(0o755)
        for name in ("mosquitto_pub", "mosquitto_sub"):
            (settings / name).write_text(f"-p {broker.port}\n")
        self.environment = {**os.environ, "XDG_CONFIG_HOME": str(settings),
                            "PATH": f"{programs}:{os.environ['PATH']}"}
        self.shells = []

    def type(self, commands):
        """What they print, but for complaints; what they leave running runs on."""
        said = self.broker.folder / "said"
        with open(said, "w", encoding="utf-8") as output:
            shell = subprocess.Popen(["bash", "-e"], stdin=subprocess.PIPE, stdout=output, text=True,
                                     stderr=subprocess.DEVNULL, cwd=self.broker.folder,
                                     env=self.environment, start_new_session=True)
            self.shells.append(shell)
            shell.communicate(commands, timeout=PATIENCE)
        assert shell.returncode == 0, said.read_text(encoding="utf-8")
        return said.read_text(encoding="utf-8")

    def leave(self):
        for shell in self.shells:
            try:
                os.killpg(shell.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # nothing was left running
            shell.wait()


@pytest.fixture
def reader(tmp_path):
    broker = Broker(tmp_path, persistence={"type": "sqlite", "path": "lmqtt.db"})
    broker.config_file = tmp_path / "lmqttd.toml"
    made = Reader(broker.start())
    yield made
    made.leave()
    if broker.alive():
        broker.process.kill()
    broker.process.wait()


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs sqlite3")
def test_pull_the_plug(reader):
    """Five commands, which end in rows, and the client again."""
    section = re.search(r"^## Pull the plug\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL).group(1)
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL).group(1)
    lines = block.splitlines(keepends=True)
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    assert len(commands) == 5 and commands[-1].startswith("sqlite3 -readonly")
    assert reader.type("".join(commands)) == "".join(lines[5:])
    assert reader.broker.wait() == -signal.SIGKILL
    client = re.search(r"`(mosquitto_sub [^`]*)`", section).group(1)
    assert reader.type(client) == "do not forget this\nnor this\n"
