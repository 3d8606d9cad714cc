"""Runs the web server and the worker of one machine as one program: starts both, restarts the one that dies, stops both.

Standard library only. A second copy on the same data refuses to start. If this program itself is killed, the kernel stops
its children: nothing stays behind.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("CRESS_VAR") or ROOT / "var").resolve()
STOP_SECONDS = 20
FIRST_WAIT, LONGEST_WAIT, STEADY_SECONDS = 1.0, 30.0, 60.0
CELERY_OPTIONS = ["--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
# Only matters where tasks are pickled, which ours never are.
ROOT_WARNING = "You're running the worker with superuser privileges"
_PR_SET_PDEATHSIG = 1


def say(sentence: str) -> None:
    print(sentence, flush=True)


def die_with_parent() -> None:
    """In the child, before it becomes the program: the kernel sends it SIGTERM when the supervisor is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One program kept alive."""

    label: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = FIRST_WAIT
    start_again_at: float = 0.0

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "CRESS_WELCOME"}
        self.started_at = time.monotonic()
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops each child once.
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=environment, start_new_session=True, preexec_fn=die_with_parent, stdin=subprocess.DEVNULL
        )

    def look(self) -> None:
        """Starts the program again, later and later, when it has died."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            # What it had started would stay, and there would soon be two beats.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process = None
            if now - self.started_at > STEADY_SECONDS:
                self.wait = FIRST_WAIT
            say(f"{self.label} s’est arrêté (code {code}) ; nouveau départ dans {self.wait:.0f} s.".replace(" ;", "\u00a0;"))
            self.start_again_at = now + self.wait
            self.wait = min(LONGEST_WAIT, self.wait * 2)
        elif self.process is None and now >= self.start_again_at:
            self.start()

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                if number == signal.SIGKILL:
                    # The whole session: the processes of a program that does not answer any more would stay.
                    os.killpg(self.process.pid, number)
                else:
                    self.process.send_signal(number)
            except ProcessLookupError:
                return


def children() -> list[Child]:
    python = sys.executable
    return [
        Child("Le serveur web", [python, "-m", "gunicorn", "-c", str(ROOT / "script/gunicorn.conf.py")]),
        Child(
            "Le porteur des travaux",
            [
                python,
                "-W",
                f"ignore:{ROOT_WARNING}",
                "-m",
                "celery",
                "-q",
                "-A",
                "cress",
                "worker",
                "-B",
                "--pidfile=",
                *CELERY_OPTIONS,
            ],
        ),
    ]


def only_copy() -> Any:
    """Keeps a lock on the data as long as the program lives; leaves when another copy holds it."""
    VAR.mkdir(parents=True, exist_ok=True)
    lock = (VAR / "server.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        sys.exit(f"Erreur\u00a0: l’application tourne déjà avec les données de {VAR}. Arrêtez-la d’abord (Ctrl-C).")
    return lock


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def welcome_once_it_answers(port: int, stopping: threading.Event) -> None:
    address = f"http://127.0.0.1:{port}/sante/"
    while not stopping.wait(0.3):
        try:
            with urllib.request.urlopen(address, timeout=5):
                break
        except urllib.error.HTTPError:
            break
        except OSError:
            continue
    else:
        return
    accounts = os.environ.get("CRESS_WELCOME", "").rstrip()
    if accounts:
        say(f"\n{accounts}")
    say(f"\nL’application répond à l’adresse http://localhost:{port}/  (Ctrl-C pour arrêter)\n")


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    lock = only_copy()
    if not port_is_free(port):
        sys.exit(f"Erreur\u00a0: le port {port} est déjà pris. Choisissez-en un autre\u00a0: PORT={port + 80} script/server")

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())

    running = children()
    for child in running:
        child.start()
    threading.Thread(target=welcome_once_it_answers, args=(port, stopping), daemon=True).start()
    while not stopping.wait(0.5):
        for child in running:
            child.look()

    say("Arrêt…")
    for child in running:
        child.signal(signal.SIGTERM)
    limit = time.monotonic() + STOP_SECONDS
    while time.monotonic() < limit and any(child.process and child.process.poll() is None for child in running):
        time.sleep(0.1)
    for child in running:
        # A job in hand is not waited for beyond this: its row brings it back at the next start.
        child.signal(signal.SIGKILL)
    lock.close()
    say("Arrêté.")


if __name__ == "__main__":
    main()
