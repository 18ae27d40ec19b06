"""The disk of a broker, as far as syncs go: they are counted, slow, or held up (syncs.c)."""

import contextlib
import os
import pathlib
import subprocess
import time

SOURCE = pathlib.Path(__file__).with_suffix(".c")


class Syncs:
    """Of the brokers that are started within `preloaded`. One folder for each."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.library = self.folder / "syncs.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(self.library),
                        str(SOURCE)], check=True)

    @contextlib.contextmanager
    def preloaded(self, ms=None):
        """A sanitizer wants to come first, and need not."""
        wanted = {"LD_PRELOAD": str(self.library), "SYNCS_FOLDER": str(self.folder),
                  "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if ms is not None:
            wanted["SYNCS_MS"] = str(ms)
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def count(self):
        """Of write-ahead logs, so far."""
        file = self.folder / "count"
        return file.stat().st_size if file.exists() else 0

    @contextlib.contextmanager
    def held_up(self):
        """The next sync, until the end; wait_until_held() knows that it has begun."""
        hold = self.folder / "hold"
        (self.folder / "held").unlink(missing_ok=True)
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()

    def wait_until_held(self, within=20):
        deadline = time.monotonic() + within
        while not (self.folder / "held").exists():
            assert time.monotonic() < deadline, "nothing is synced"
            time.sleep(0.001)
