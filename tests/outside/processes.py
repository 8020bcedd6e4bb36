"""What the checks have in common: waiting for events, free ports, folders, processes that surely end."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


class Late(AssertionError):
    """What was waited for did not happen in time."""


def until(what, look, limit=60.0, pause=0.05):
    """Waits until `look()` gives something true and returns that. Looks again and again: for what tells nobody when it happens."""
    end = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Late(f"{what}: not in {limit:.0f} s")
        time.sleep(pause)


def free_port():
    """A port that was free a moment ago, for programs that cannot tell which one they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def folder():
    """A temporary folder that other users may pass through, not look into: PostgreSQL and Dovecot do not run as root."""
    # Who is asked to end leaves all blocks, and so ends what was started in them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A short name: the path of a socket has little room.
    path = Path(tempfile.mkdtemp(prefix="veche-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def unprivileged():
    """Whom a server runs as that must not be root: this user, or `nobody` if this is root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


class Process:
    """A program that was started here. It is ended by its own id when the block is left, whatever happens in it."""

    def __init__(self, command, log, *, env=None, user=None, stdin=subprocess.DEVNULL):
        as_user = {}
        if user is not None and os.getuid() == 0:
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.log = Path(log)
        self._lines = []
        self._said = threading.Condition()
        with open(log, "ab") as errors:
            self.popen = subprocess.Popen(
                [str(part) for part in command], stdin=stdin, stdout=subprocess.PIPE, stderr=errors, env=env, **as_user
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        # Read to the end: a program must not find its standard output closed.
        for line in self.popen.stdout:
            with self._said:
                self._lines.append(line.decode(errors="replace").rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    @property
    def pid(self):
        return self.popen.pid

    def runs(self):
        return self.popen.poll() is None

    def says(self, beginning, limit=60.0):
        """The rest of the first line of the standard output that begins so."""

        def found():
            return next((line for line in self._lines if line.strip().startswith(beginning)), None)

        end = time.monotonic() + limit
        with self._said:
            while (line := found()) is None:
                if not self._reader.is_alive() or not self.runs():
                    raise AssertionError(f"the program ended ({self.popen.poll()}):\n{self.last_words()}")
                left = end - time.monotonic()
                if left <= 0:
                    raise Late(f"no line {beginning!r} in {limit:.0f} s:\n{self.last_words()}")
                # Wakes up now and then to see whether the program is still there.
                self._said.wait(min(left, 0.5))
        return line.strip()[len(beginning) :]

    def last_words(self, lines=30):
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def kill(self):
        """As if the power had gone."""
        if self.runs():
            self.popen.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self, limit=20.0):
        """Asks it to end; its exit status."""
        if self.runs():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(limit)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.popen.args[:3]} does not end in {limit:.0f} s when asked to") from None
        return self._gone()

    def _gone(self):
        status = self.popen.wait()
        self._reader.join(5)
        if not self._reader.is_alive():
            self.popen.stdout.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()


class Report:
    """Named checks, and what became of them. A check that fails does not hide the next one."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failures = []

    @contextlib.contextmanager
    def check(self, what):
        begun = time.monotonic()
        try:
            yield
        except Exception as error:  # noqa: BLE001 whatever it is, it is the check's failure
            self.failures.append(what)
            print(f"FAILED {what}: {type(error).__name__}: {error}", flush=True)
            if os.environ.get("VECHE_TRACE"):
                import traceback

                traceback.print_exc()
        else:
            self.passed += 1
            print(f"ok     {what} ({time.monotonic() - begun:.1f} s)", flush=True)

    def finish(self):
        """The exit status."""
        print(f"{self.name}: {self.passed} passed, {len(self.failures)} failed", flush=True)
        return 1 if self.failures or not self.passed else 0


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what + ': ' if what else ''}{actual!r} instead of {expected!r}")


def has(text, part, what=""):
    if part not in text:
        raise AssertionError(f"{what + ': ' if what else ''}no {part!r} in {text[:2000]!r}")


def hasnt(text, part, what=""):
    if part in text:
        raise AssertionError(f"{what + ': ' if what else ''}{part!r} in {text[:2000]!r}")
