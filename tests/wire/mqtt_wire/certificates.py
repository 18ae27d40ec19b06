"""Certificates for the tests: an authority in a folder, and what it has signed; by openssl's program.

Keys are elliptic curves: they are made in no time.
"""

import functools
import pathlib
import subprocess
import tempfile

CONFIG = """
[req]
distinguished_name = none
[none]
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
default_md = sha256
default_crl_days = 30
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = optional
organizationName = optional
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
"""


class Authority:
    def __init__(self, folder, name="test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "ca.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder))
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000\n")
        (self.folder / "crlnumber").write_text("01\n")
        self.key = self.folder / "ca.key"
        self.certificate = self.folder / "ca.crt"
        self._openssl("req", "-x509", *self._new_key(self.key), "-out", self.certificate,
                      "-days", "3650", "-subj", f"/CN={name}", "-extensions", "authority",
                      "-config", self.config)

    def issue(self, name, subject=None, alternative=None, days=365, dates=None):
        """(certificate, key) of a server or a client; `dates`: (from, to) as YYYYMMDDHHMMSSZ."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extra = ["-addext", f"subjectAltName={alternative}"] if alternative else []
        self._openssl("req", "-new", *self._new_key(key), "-out", request, "-utf8",
                      "-subj", subject or f"/CN={name}", "-config", self.config, *extra)
        when = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", str(days)]
        self._openssl("ca", "-batch", "-notext", "-config", self.config, "-keyfile", self.key,
                      "-cert", self.certificate, "-in", request, "-out", certificate, *when)
        return certificate, key

    def revoke(self, certificate):
        self._openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.certificate,
                      "-revoke", certificate)

    def revocations(self, dates=None):
        """A fresh list, always the same file; `dates`: (from, to) as YYYYMMDDHHMMSSZ."""
        listed = self.folder / "ca.crl"
        when = ["-crl_lastupdate", dates[0], "-crl_nextupdate", dates[1]] if dates else []
        self._openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.certificate,
                      "-gencrl", "-out", listed, *when)
        return listed

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                              errors="replace", check=False)
        assert done.returncode == 0, done.stderr


@functools.cache
def shared_server():
    """(authority, certificate, key) for all brokers of this run that only need to speak TLS."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lmqtt-certificates-"))
    authority = Authority(folder)
    certificate, key = authority.issue("localhost", alternative="DNS:localhost,IP:127.0.0.1")
    return authority, certificate, key
