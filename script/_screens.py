"""Photographs the whole application for somebody to look at: see script/screens.

The list of pages comes from the URLconf (`cress.home.walk`). Faults that a program can see (an error of the console, a
page wider than the screen, an answer that is not 200) are printed at the end; the rest is for eyes.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import ConsoleMessage, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "screens"
WIDTHS = (1280, 360)
CHROMIUM = "/usr/bin/chromium"
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# Territories whose documents are laid out and photographed: an ordinary one, one partly covered, the widest.
DOCUMENTS = ("244400552", "243500741", "region:52")
PDF_DOTS_PER_INCH = 60
# The same address shows each person something else.
PERSONAL = frozenset({"home:dashboard", "foundations:jobs", "access:profile"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int) -> subprocess.Popen[bytes]:
    """Prepares the demonstration of CRESS_VAR and serves its pages, without a worker: photographs start no work."""
    environment = {**os.environ, "CRESS_SITE_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}
    subprocess.run([sys.executable, "script/prepare.py"], cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "cress.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sante/", timeout=5).close()
        except OSError:
            if server.poll() is not None:
                raise SystemExit("Le serveur ne démarre pas : voir le message ci-dessus.") from None
            time.sleep(0.5)
        else:
            return server
    server.terminate()
    raise SystemExit("Le serveur ne répond pas après une minute.")


def listener(said: list[str]) -> Callable[[ConsoleMessage], None]:
    """Writes down the errors of the console."""

    def told(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    return told


def photograph_pages(base: str) -> list[str]:
    """Every page of every kind of account at each width; returns the faults met."""
    from django.conf import settings
    from django.test import Client

    from cress.home.walk import addresses, pages_of
    from territories.access.models import User

    faults: list[str] = []
    print(f"Sans exemple (fichiers, actions, liens personnels) : {', '.join(addresses()[1])}")
    photographed: set[str] = set()
    people: list[User | None] = [None, *User.objects.filter(is_active=True).order_by("role", "email")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        for user in people:
            name = "public" if user is None else user.role or user.email.partition("@")[0]
            pages = [page for page in pages_of(user) if page.address not in photographed or page.view in PERSONAL]
            photographed |= {page.address for page in pages}
            for width in WIDTHS:
                context = browser.new_context(viewport={"width": width, "height": 900}, base_url=base, locale="fr-FR")
                if user is not None:
                    client = Client()
                    client.force_login(user)
                    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
                    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])
                window = context.new_page()
                said: list[str] = []
                window.on("console", listener(said))
                folder = SCREENS / f"{width}" / name
                folder.mkdir(parents=True, exist_ok=True)
                for page in pages:
                    response = window.goto(page.address)
                    if response is None or response.status != 200:
                        faults.append(f"{page.address} répond {response.status if response else 'rien'}")
                    if window.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                        faults.append(f"{page.address} déborde à {width} px")
                    faults += [f"{page.address} : {text}" for text in said]
                    said.clear()
                    window.screenshot(path=folder / f"{page.label}.png", full_page=True)
                context.close()
            print(f"{name} : {len(pages)} pages", flush=True)
        browser.close()
    return faults


def photograph_documents() -> list[str]:
    """Every page of the PDF of some territories."""
    from django.core.management import CommandError, call_command

    faults = []
    folder = SCREENS / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    for code in DOCUMENTS:
        name = code.replace(":", "-")
        try:
            call_command("portrait", code, "--pdf", str(folder / f"{name}.pdf"))
        except CommandError as error:
            faults.append(f"PDF de {code} : {error}")
            continue
        command = ["pdftoppm", "-r", str(PDF_DOTS_PER_INCH), "-png", str(folder / f"{name}.pdf"), str(folder / name)]
        subprocess.run(command, check=True)
        print(f"PDF {code} : {len(list(folder.glob(f'{name}-*.png')))} pages", flush=True)
    return faults


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")
    shutil.rmtree(SCREENS, ignore_errors=True)
    server = None
    if len(sys.argv) > 1:
        base = sys.argv[1].rstrip("/")
    else:
        port = free_port()
        server = start_server(port)
        base = f"http://127.0.0.1:{port}"
    try:
        import django

        django.setup()
        # Playwright’s synchronous calls run a loop in this thread; Django would otherwise refuse the database beside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        faults = photograph_pages(base) + photograph_documents()
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=30)
    for fault in faults:
        print(f"À voir : {fault}")
    print(f"Images dans {SCREENS.relative_to(ROOT)}/")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
