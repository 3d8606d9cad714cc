"""The pieces of our pages: figures, tables, charts, frise, notices… `{% load components %}` in any template.

They stand on the ground floor so that every room may use them. Each has a template in templates/components/ and is
shown on the page « Composants ». Tables, charts, maps and figures are those of `rendering.document`: the page and the
PDF show the same things. Nothing here reads the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from territories.foundations.formats import date_fr, nombre, pourcent
from territories.foundations.rendering import typography
from territories.foundations.rendering.document import Cell, Column, Table
from territories.foundations.vocabulary import EssFamily, Phase, Regard, Status

register = template.Library()

STATUS_OF_SYMBOL = {status.symbol: status for status in Status if status.symbol}


# --- Numbers and texts ------------------------------------------------------------------------------------------------


@register.filter
def number(value: typography.Numeric | None, decimals: int = 0) -> SafeString | str:
    """« 12 345 »; a `Value` without number becomes its sign with its meaning as a title. None is « nd »."""
    return _figure(_value(value), decimals=decimals)


@register.filter
def percent(value: typography.Numeric | None, decimals: int = 1) -> SafeString | str:
    """« 12,3 % » of a value already out of a hundred."""
    return _figure(_value(value), decimals=decimals, unit="%")


@register.filter
def day(value: date | datetime) -> str:
    """« 1er novembre 2026 »: Django’s own format writes « 1 novembre »."""
    return date_fr(timezone.localtime(value).date() if isinstance(value, datetime) else value)


def _value(value: typography.Numeric | None) -> typography.Value:
    return typography.Value(None, Status.UNAVAILABLE) if value is None else typography.as_value(value)


def _figure(value: typography.Value, *, decimals: int, unit: str = "") -> SafeString | str:
    text = typography.figure(value, decimals=decimals, unit=unit)
    return text if value.number is not None else status_sign(value.status)


def status_sign(status: Status) -> SafeString:
    """« s », « nd »… with its meaning for the mouse and for screen readers."""
    return format_html('<abbr class="status" title="{}">{}</abbr>', status.label, status.symbol)


@register.filter
def or_sign(text: str) -> SafeString | str:
    """A printed figure as it is, or, when it is the sign of a status, the sign with its meaning."""
    return status_sign(STATUS_OF_SYMBOL[text]) if text in STATUS_OF_SYMBOL else text


# --- Figures ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/figure.html")
def figure(value: str, label: str, detail: str = "", source: str = "", main: bool = False) -> dict[str, Any]:
    """A key figure. `value` is already printed (« 1 234 », « 12,3 % ») or a sign (« s », « nd », « n.s. », « /// »)."""
    return {"value": value, "label": label, "detail": detail, "source": source, "main": main, "absent": value in STATUS_OF_SYMBOL}


@register.inclusion_tag("components/figure_row.html")
def figure_row(figures: Iterable[Any], source: str = "", small: bool = False, main: bool = True) -> dict[str, Any]:
    """Key figures side by side (`document.Figure`), the first one brought out; `source` is said once under them."""
    items = list(figures)
    rows = [
        {
            "value": item.value_text,
            "label": item.label,
            "detail": item.detail,
            "source": item.source,
            "main": main and rank == 0,
            "absent": item.value_text in STATUS_OF_SYMBOL,
        }
        for rank, item in enumerate(items)
    ]
    return {"figures": rows, "source": source, "small": small, "in_threes": len(rows) % 3 == 0}


# --- Tables -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/table.html")
def data_table(
    table: Table,
    downloads: Sequence[tuple[str, str]] = (),
    caption: bool = True,
    links: Mapping[str, str] | None = None,
    sheets: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """A `document.Table`: caption, scopes, numeric columns, statuses with their legend, source, download links.

    `downloads` and `sheets` (definition sheets) are (label, address); `links` are addresses by text of the first cell of a
    row.
    """
    return {
        "caption": table.caption,
        "show_caption": caption,
        "head": _head(table.columns),
        "body": _body(table, links or {}),
        "legend": " ".join(table.legend_lines()),
        "notes": table.notes,
        "source": table.source,
        "downloads": downloads,
        "sheets": sheets,
    }


def _head(columns: Sequence[Column]) -> SafeString:
    return format_html_join("", "<th scope='col'{}>{}</th>", ((_number_class(column), column.label) for column in columns))


def _number_class(column: Column) -> SafeString:
    return SafeString(" class='is-number'" if column.kind != "text" else "")


def _body(table: Table, links: Mapping[str, str]) -> SafeString:
    return SafeString("".join(_row(table, index, row, links) for index, row in enumerate(table.rows)))


def _row(table: Table, index: int, row: Sequence[Cell], links: Mapping[str, str]) -> str:
    is_total = index >= len(table.rows) - table.totals
    classes = " ".join(name for name, holds in (("is-emphasis", index in table.emphasis), ("is-total", is_total)) if holds)
    cells = [f"<tr class='{classes}'>" if classes else "<tr>"]
    for position, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
        text = conditional_escape(or_sign(table.text_of(cell, column)) if not isinstance(cell, str) else cell)
        if position == 0:
            if isinstance(cell, str) and cell in links:
                text = format_html('<a href="{}">{}</a>', links[cell], cell)
            cells.append(f"<th scope='row'>{text}</th>")
        elif column.kind == "text":
            cells.append(f"<td>{text}</td>")
        else:
            cells.append(f"<td class='is-number'>{text}</td>")
    cells.append("</tr>")
    return "".join(cells)


# --- Charts and maps --------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/chart.html")
def chart(
    drawing: Any,
    svg: str,
    downloads: Sequence[tuple[str, str]] = (),
    table_downloads: Sequence[tuple[str, str]] = (),
    level: int = 3,
    links: Mapping[str, str] | None = None,
    same_title: str = "",
    sheets: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """A `document.Chart` or `document.Map` with its drawing (SVG made by us, inline): title, sentence, drawing, twin table,
    notes, source, downloads, definition sheets.

    `level` is the level of its title; a title that only repeats `same_title` is not shown twice.
    """
    return {
        "drawing": drawing,
        "svg": SafeString(svg),
        "downloads": downloads,
        "table_downloads": table_downloads,
        "heading": f"h{level}",
        "links": links or {},
        "repeated": drawing.title == same_title,
        "sheets": sheets,
    }


# --- Phases, familles, regards ----------------------------------------------------------------------------------------

RESULTS: dict[Phase, str] = {
    Phase.CHARACTERISATION: (
        "Un état des lieux chiffré et vécu, où se croisent les regards des structures de l’ESS, des entreprises classiques "
        "et des acteurs institutionnels."
    ),
    Phase.PROSPECTIVE: "Un diagnostic partagé, une vision prospective et un plan d’actions construits ensemble.",
    Phase.FORMALISATION: "Des résultats diffusés et utilisés par les acteurs locaux et supra-locaux.",
    Phase.CONSOLIDATION: (
        "Les actions mises en œuvre\u00a0; un collectif d’acteurs qui se structure\u00a0: club, plateforme, PTCE, SCIC…"
    ),
}


@register.inclusion_tag("components/frise.html")
def frise(current: int = 0, done: Sequence[int] = (), compact: bool = False, results: bool = False) -> dict[str, Any]:
    """The frise of the four phases. `current` and `done` are numbers of phases; `results` adds what each must produce."""
    phases = [
        {
            "number": phase.number,
            "title": phase.title,
            "months": phase.months,
            "optional": phase.is_optional,
            "current": phase.number == current,
            "done": phase.number in done,
            "result": RESULTS[phase] if results else "",
        }
        for phase in Phase
    ]
    return {"phases": phases, "compact": compact}


@register.simple_tag
def famille(key: str, text: str = "") -> SafeString:
    """The mark and name of a famille of the ESS (keys of `EssFamily`); nothing for an empty key."""
    if not key:
        return SafeString("")
    return format_html('<span class="famille famille-{}">{}</span>', key, text or EssFamily(key).label)


@register.simple_tag
def regard(key: str, text: str = "") -> SafeString:
    """The mark and name of a regard (keys of `Regard`)."""
    return format_html('<span class="famille famille-regard-{}">{}</span>', key, text or Regard(key).label)


# --- Words around them ------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/notice.html")
def notice(text: str, kind: str = "info", title: str = "") -> dict[str, Any]:
    """A notice: kind info, success, warning or danger."""
    return {"text": text, "kind": kind, "title": title}


@register.inclusion_tag("components/empty.html")
def empty_state(title: str, text: str, url: str = "", action: str = "") -> dict[str, Any]:
    """Nothing here yet: says why and what to do next, with one link to do it."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/errors_summary.html")
def errors_summary(form: Any) -> dict[str, Any]:
    """The errors of a form, each a link to its field; nothing when there is none."""
    errors = [
        {"field": form[name].id_for_label, "label": form[name].label, "message": message}
        for name, messages in form.errors.items()
        if name in form.fields
        for message in messages
    ]
    return {"errors": errors, "general": list(form.non_field_errors()) if form.is_bound else []}


@register.simple_tag
def state(label: str, kind: str = "") -> SafeString:
    """A short state in a rounded outline; kind success, warning, danger, current or nothing."""
    return format_html('<span class="state {}">{}</span>', f"state-{kind}" if kind else "", label)


JOB_STATE_KINDS = {"running": "current", "done": "success", "failed": "danger"}


@register.simple_tag
def job_state(key: str, label: str) -> SafeString:
    """The state of a job, in the colour of its key."""
    return state(label, JOB_STATE_KINDS.get(key, ""))


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: Any, noun: str = "résultat", plural: str = "") -> dict[str, Any]:
    """The pages of a Django `Page`, keeping the other GET parameters."""
    request = context["request"]

    def address(target: int) -> str:
        query = request.GET.copy()
        query["page"] = str(target)
        return f"?{query.urlencode()}"

    total = page.paginator.count
    links = [
        {"number": item, "url": address(item) if isinstance(item, int) else "", "current": item == page.number}
        for item in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    ]
    return {
        "page": page,
        "links": links if page.paginator.num_pages > 1 else [],
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
        "total": nombre(total),
        "noun": noun if total < 2 else (plural or f"{noun}s"),
    }


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[tuple[str, str]], current: str, label: str) -> dict[str, Any]:
    """Tabs that are links: (label, address) each; `current` is the address of the open one."""
    return {"items": [{"label": text, "url": url, "current": url == current} for text, url in items], "label": label}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[tuple[str, str]], current: int) -> dict[str, Any]:
    """Steps of a task: (title, text) each; those before `current` (from 1) are done."""
    return {
        "steps": [
            {"title": title, "text": text, "done": rank < current, "current": rank == current}
            for rank, (title, text) in enumerate(items, start=1)
        ]
    }


@register.inclusion_tag("components/sheet.html")
def sheet(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A sheet of facts: (term, value) each; empty values are left out."""
    return {"items": [(term, value) for term, value in items if value not in ("", None)]}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str, message: str = "", state: str = "") -> dict[str, Any]:
    """Progress of a long work; a total of 0 means that its length is not known yet."""
    share = min(100.0, 100 * done / total) if total else 0.0
    return {
        "done": done,
        "total": total,
        "share": pourcent(share / 100, 0) if total else "",
        "label": label,
        "message": message,
        "state": state,
    }
