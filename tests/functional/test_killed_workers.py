"""`kill -9` of a real worker at five random points of an import and of a document: one result, that of an undisturbed run.

The points change at each run; a failing run is played again with the seed that it prints: `CRESS_KILL_SEED=… pytest …`.
Three attempts that get no further make a job fail: it is then relaunched, as a person would do on its page. That is what
happens to the document, which is one stage; the import goes on from its last stage.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from territories.foundations.jobs.sweeping import INTERRUPTED
from territories.observatory.sirene.write import BATCH
from tests.worker_processes import Machine

pytestmark = pytest.mark.processes
PROGRAM = ("-m", "tests.functional.long_works")
KILLS = 5
IMPORT, DOCUMENT = "observatory.import_sirene", "observatory.document"


@dataclass(frozen=True)
class Seen:
    """A job as its row shows it, and how many rows its vintage has."""

    state: str
    attempt: int
    limit: int
    message: str
    stages: frozenset[str]
    rows: int
    error: str


@dataclass(frozen=True)
class Point:
    """Where to kill: `delay` seconds after the attempt was first seen to have reached what `name` says."""

    name: str
    reached: Callable[[Seen], bool]
    delay: float


@dataclass
class Scene:
    """A machine with an active vintage and a release, and the marks of the runs that nothing disturbed."""

    machine: Machine
    files: Path
    undisturbed: dict[str, Any]
    random: random.Random
    layouts: set[Path] = field(default_factory=set)

    def say(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.machine.run(*PROGRAM, *arguments, seconds=120))

    def look(self, kind: str) -> Seen:
        """The job of that kind. Whatever happens to it, the vintage that people read is whole."""
        statement = JOB_OF_IMPORT if kind == IMPORT else JOB_OF_DOCUMENT
        state, attempt, limit, message, stages, error, first, second = self.machine.query(statement)[0]
        self.check_active()
        stages = json.loads(stages) if isinstance(stages, str) else stages
        return Seen(state, attempt, limit, message, frozenset(stages), first + second, error)

    def check_active(self) -> None:
        whole = (self.undisturbed["establishments"], self.undisturbed["observations"])
        assert self.machine.query(ROWS_OF_ACTIVE) == [whole], "le jeu de données actif n’est pas entier"

    def new_layout(self, name: str = ".") -> bool:
        """Whether the folder of a layout that was not there at the last kill holds that file."""
        return any((folder / name).exists() for folder in self.folders() - self.layouts)

    def folders(self) -> set[Path]:
        return set(self.machine.temporary.glob("mise-en-page-*"))


ROWS_OF_ACTIVE = """
SELECT (SELECT COUNT(*) FROM observatory_establishment e WHERE e.dataset_id = d.id),
       (SELECT COUNT(*) FROM observatory_observation o WHERE o.dataset_id = d.id)
FROM observatory_dataset d WHERE d.state = 'active'
"""
JOB_OF_IMPORT = """
SELECT j.state, j.attempt, j.attempt_limit, j.message, j.checkpoints, j.error,
       (SELECT COUNT(*) FROM observatory_establishment e JOIN observatory_dataset d ON d.id = e.dataset_id WHERE d.job_id = j.id),
       (SELECT COUNT(*) FROM observatory_observation o JOIN observatory_dataset d ON d.id = o.dataset_id WHERE d.job_id = j.id)
FROM foundations_job j WHERE j.kind = 'observatory.import_sirene' ORDER BY j.created_at DESC LIMIT 1
"""
JOB_OF_DOCUMENT = """
SELECT j.state, j.attempt, j.attempt_limit, j.message, j.checkpoints, j.error, 0, 0
FROM foundations_job j WHERE j.kind = 'observatory.document' ORDER BY j.created_at DESC LIMIT 1
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    machine = Machine(tmp_path_factory.mktemp("machine"), database="cress_kill_test", lease=2)
    try:
        files = machine.folder / "sirene"
        seed = int(os.environ.get("CRESS_KILL_SEED") or random.SystemRandom().randrange(10**6))
        made = Scene(machine, files, {}, random.Random(seed))
        made.undisturbed = made.say("prepare", str(files))
        seconds = {what: round(length, 1) for what, length in made.undisturbed["seconds"].items()}
        print(f"\nCRESS_KILL_SEED={seed} ; sans coupure : {seconds} s")
        yield made
    finally:
        machine.close()


def points_of_import(scene: Scene) -> list[Point]:
    """Three points while the files are read, two in the midst of writing, each further than the one before."""
    draw = scene.random
    total = scene.undisturbed["establishments"] + scene.undisturbed["observations"]

    def stage(name: str) -> Point:
        reached = {"claim": lambda seen: True}.get(name, lambda seen: name in seen.stages)
        return Point(name, reached, draw.uniform(0.0, 0.4))

    def writing(rows: int) -> Point:
        # Before « open », the rows would be those of a life before.
        def reached(seen: Seen) -> bool:
            return "open" in seen.stages and seen.rows >= rows

        return Point(f"{rows} lignes sur {total}", reached, draw.uniform(0.0, 0.03))

    stages = ("claim", "inspect", "units", "establishments")
    reading = sorted(draw.sample(range(len(stages)), 3))
    # The second leaves enough to write for the blow to fall before the end.
    rows = (draw.randint(1, BATCH), draw.randint(BATCH + 1, 2 * BATCH))
    return [*(stage(stages[position]) for position in reading), *(writing(count) for count in rows)]


def points_of_document(scene: Scene) -> list[Point]:
    """While figures are read, while charts are drawn, while pages are laid out; two of them twice, in any order."""
    draw = scene.random

    def point(name: str) -> Point:
        match name:
            case "claim":
                return Point(name, lambda seen: True, draw.uniform(0.0, 0.5))
            case "drawing":
                return Point(name, lambda seen: scene.new_layout(), draw.uniform(0.0, 0.8))
        return Point(name, lambda seen: scene.new_layout("document.html"), draw.uniform(0.0, 0.8))

    names = ["claim", "drawing", "layout", *draw.sample(["claim", "drawing", "layout"], 2)]
    draw.shuffle(names)
    return [point(name) for name in names]


def survive(scene: Scene, kind: str, number: str, points: Sequence[Point]) -> None:
    """Kills the worker at each point, in the middle of an attempt, then lets the last one finish the job."""
    machine = scene.machine
    assert len(points) == KILLS
    scene.layouts = scene.folders()
    worker = machine.start_worker()
    attempt = 0
    for kills, point in enumerate(points, start=1):
        attempt += 1

        def reached(kills: int = kills, attempt: int = attempt, point: Point = point) -> bool:
            seen = scene.look(kind)
            assert seen.state in ("queued", "running"), f"fini avant la coupure {kills} : {seen}"
            return seen.state == "running" and seen.attempt == attempt and point.reached(seen)

        machine.wait_for(reached, 60, f"tentative {attempt}, point « {point.name} »", pause=0.01)
        time.sleep(point.delay)
        machine.kill(worker)
        # Before anybody may begin again: a relaunched job is carried at once, and its folder must be told from the old ones.
        scene.layouts = scene.folders()
        seen = scene.look(kind)
        print(
            f"{kind} : coupure {kills}, {point.delay:.2f} s après « {point.name} » ; {seen.state}, "
            f"{seen.message!r}, étapes {sorted(seen.stages)}, {seen.rows} lignes"
        )
        assert (seen.state, seen.attempt) == ("running", attempt), "la coupure n’est pas tombée au milieu du travail"
        worker = machine.start_worker()
        if attempt == seen.limit:
            machine.wait_for(lambda: scene.look(kind).state == "failed", 60, "personne ne dit l’échec")
            failed = scene.look(kind)
            assert failed.error == INTERRUPTED
            # Giving up counts as one attempt: whoever would wake up later finds the job taken.
            attempt = failed.attempt
            assert scene.say("relaunch", number)["job"] == number
    machine.wait_for(lambda: scene.look(kind).state == "done", 90, "le travail ne se termine pas")
    # Two sweeps later, a late call would have been answered.
    time.sleep(2)
    assert scene.look(kind).attempt == attempt + 1
    machine.kill(worker)


def test_an_import_killed_five_times_gives_the_vintage_of_an_undisturbed_one(scene: Scene) -> None:
    number = scene.say("import", str(scene.files))["job"]
    began = time.monotonic()
    survive(scene, IMPORT, number, points_of_import(scene))
    left = scene.say("remains")
    print(f"Cinq coupures d’un chargement : {time.monotonic() - began:.0f} s")
    assert left["active_job"] == number
    assert left["digest"] == scene.undisturbed["digest"]
    # The one that was active before, and the new one: nothing of the two lives before.
    assert [state for _, state in left["datasets"]] == ["superseded", "active"]
    assert left["datasets"][0][0] == scene.undisturbed["dataset"]
    rows = scene.machine.query("SELECT COUNT(*) FROM observatory_establishment")[0][0]
    assert rows == 2 * scene.undisturbed["establishments"]
    told = scene.machine.query("SELECT COUNT(*) FROM foundations_journalentry WHERE event = 'dataset_imported'")
    assert told == [(2,)]
    assert (left["work"], left["stored"], left["files"]) == ([], [], [])


def test_a_document_killed_five_times_is_made_once_with_the_same_bytes(scene: Scene) -> None:
    number = scene.say("document")["job"]
    began = time.monotonic()
    survive(scene, DOCUMENT, number, points_of_document(scene))
    left = scene.say("remains")
    print(f"Cinq coupures d’un document : {time.monotonic() - began:.0f} s")
    assert [sha256 for sha256, _ in left["stored"]] == [scene.undisturbed["document"]]
    assert left["work"] == []
    if not settings.S3_BUCKET:
        assert left["files"] == [path for _, path in left["stored"]]
    # The layouts of the killed workers, in sessions of their own, have ended by themselves.
    scene.machine.wait_for(lambda: scene.machine.programs() == [], 30, "une mise en page continue")
    # Asked again, the same document is the one that is already there.
    assert scene.say("document")["job"] == number
