"""`manage.py portrait CODE`: the published portrait of a territory, as text, JSON, PDF or DOCX."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from territories.foundations.formats import affiche
from territories.foundations.rendering.document import Document
from territories.geography.models import Millesime, Territory
from territories.observatory.models import Dataset
from territories.observatory.portrait import Portrait, draft_portrait, kind_label, load_portrait
from territories.observatory.portrait_json import portrait_json
from territories.observatory.statistics.indicators import KEY_FIGURES, unit_of
from territories.observatory.statistics.tables import TABLE_TITLES
from territories.observatory.territory_codes import UnknownTerritory, read_code


class Command(BaseCommand):
    help = "Affiche le portrait d’un territoire, ou l’écrit en JSON, PDF ou DOCX."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "code",
            help="code d’une commune, d’un EPCI, d’un département, d’une région, F, adresse d’un Pays, ou DEP-44, REG-52",
        )
        parser.add_argument("--json", action="store_true", help="écrit le portrait en JSON (docs/portrait-json.md)")
        parser.add_argument(
            "--internal", action="store_true", help="calcule depuis le jeu de données actif, sans passer par la publication"
        )
        parser.add_argument(
            "--compare", action="append", default=None, metavar="CODE", help="territoire de comparaison\u00a0; à répéter"
        )
        parser.add_argument("--pdf", type=Path, metavar="FICHIER", help="écrit l’état des lieux en PDF")
        parser.add_argument("--docx", type=Path, metavar="FICHIER", help="écrit l’état des lieux en DOCX")

    def handle(self, *args: Any, **options: Any) -> None:
        millesime = Millesime.objects.filter(is_current=True).first()
        if millesime is None:
            raise CommandError("Aucune géographie n’est chargée\u00a0: lancez d’abord le chargement de la géographie.")
        territory = self._territory(options["code"], millesime)
        compare = options["compare"]
        others = None if compare is None else [self._territory(code, millesime) for code in compare]
        portrait = self._portrait(territory, others, internal=options["internal"])
        if options["pdf"] or options["docx"]:
            self._write_documents(portrait, pdf=options["pdf"], docx=options["docx"])
        if options["json"]:
            self.stdout.write(json.dumps(portrait_json(portrait), ensure_ascii=False, indent=2))
        elif not (options["pdf"] or options["docx"]):
            self.stdout.write("\n".join(_lines(portrait)))

    def _territory(self, code: str, millesime: Millesime) -> Territory:
        try:
            reading = read_code(code, millesime)
        except UnknownTerritory as unknown:
            raise CommandError(str(unknown)) from unknown
        for remark in reading.remarks:
            self.stderr.write(remark)
        return reading.territory

    def _portrait(self, territory: Territory, others: list[Territory] | None, *, internal: bool) -> Portrait:
        if not internal:
            return load_portrait(territory, compare=others)
        dataset = Dataset.objects.active()
        if dataset is None:
            raise CommandError("Aucun jeu de données actif\u00a0: chargez d’abord les fichiers Sirene.")
        return draft_portrait(territory, dataset, compare=others)

    def _write_documents(self, portrait: Portrait, *, pdf: Path | None, docx: Path | None) -> None:
        # The writers load the layout engine: only those who ask for a document pay for it.
        from territories.foundations.rendering.docx import render_docx
        from territories.foundations.rendering.pdf import render_pdf
        from territories.observatory.content import portrait_document

        if not portrait.has_figures:
            raise CommandError(portrait.empty_reason)
        document = portrait_document(portrait)
        for target, write in ((pdf, render_pdf), (docx, render_docx)):
            if target is not None:
                _write_whole(document, target, write)
                self.stderr.write(f"{target} écrit.")


def _write_whole(document: Document, target: Path, write: Callable[[Document, Path], object]) -> None:
    """Write beside the target, then take its place: a failed layout leaves no half file and keeps the former one."""
    if not target.parent.is_dir():
        raise CommandError(f"Le dossier {target.parent} n’existe pas\u00a0: créez-le ou choisissez un autre chemin.")
    try:
        with TemporaryDirectory(dir=target.parent) as folder:
            whole = Path(folder) / target.name
            write(document, whole)
            whole.replace(target)
    except OSError as error:
        raise CommandError(f"Impossible d’écrire {target}\u00a0: {error.strerror}.") from error


def _lines(portrait: Portrait) -> list[str]:
    """The portrait as text for a terminal."""
    territory = portrait.territory
    lines = [f"{territory.name} — {kind_label(territory)} {territory.code}", ""]
    if not portrait.has_figures:
        return [*lines, portrait.empty_reason]
    if portrait.is_draft:
        lines += ["ÉBAUCHE INTERNE : chiffres non publiés.", ""]
    if portrait.coverage_note:
        lines += [portrait.coverage_note, ""]
    key_figures = portrait.tables["key_figures"]
    for code in KEY_FIGURES:
        row = key_figures.row(code)
        if row is not None:
            figure = row["value"]
            lines.append(f"{row.label}\u00a0: {affiche(figure.value, figure.status, unit_of(code))}")
    for key in portrait.tables:
        lines += ["", TABLE_TITLES[key], portrait.sentence(key)]
    return [*lines, "", *portrait.sources]
