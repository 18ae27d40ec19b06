"""The C client of Eclipse Paho (libpaho-mqtt3c) against a started lmqttd."""

import pathlib
import shutil
import subprocess

import pytest
from mosquitto_programs import PATIENCE

SOURCE = pathlib.Path(__file__).resolve().parent / "paho_c" / "scenarios.c"
pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or not pathlib.Path("/usr/include/MQTTClient.h").exists(),
    reason="no libpaho-mqtt-dev: scripts/setup test installs it")


@pytest.fixture(scope="module")
def paho_c(tmp_path_factory):
    program = tmp_path_factory.mktemp("paho_c") / "paho_c"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE,
                    "-lpaho-mqtt3c"], check=True)
    return program


@pytest.mark.parametrize("version", ("3.1", "3.1.1", "5.0"))
@pytest.mark.parametrize("scenario", ("every_qos", "retained", "will", "session_kept"))
def test_paho_c(paho_c, broker, topic, version, scenario):
    done = subprocess.run([paho_c, f"tcp://127.0.0.1:{broker.port}", version, topic, scenario], capture_output=True,
                          text=True, timeout=5 * PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
