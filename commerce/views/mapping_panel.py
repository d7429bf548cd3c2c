"""The mapping editor with its live preview: one panel, on two pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from commerce.mapping.fields import Resource
from commerce.mapping.mappings import ResourceMapping
from commerce.mapping.outcomes import (
    FieldOutcome,
    StoreKey,
    field_outcomes,
    offered_paths,
    problems,
    store_keys,
    told,
)
from commerce.mapping.preview import preview
from commerce.mapping_entry import FIELDS, JSON_ERROR, MappingEntry, line_name
from commerce.services.samples import Sample, Samples, read_sample, sample_text

PANEL = "commerce/_mapping_panel.html"
OUTCOME = "commerce/_mapping_outcome.html"
LABEL = 60  # characters of a record's name in the list of records


@dataclass(frozen=True)
class Line:
    """One field: its input and what it becomes."""

    outcome: FieldOutcome
    input_name: str
    text: str
    error: str


class Section:
    """One resource of the panel: its records, and what the mapping makes of them."""

    def __init__(
        self,
        resource: Resource,
        sample: Sample,
        entry: MappingEntry,
        *,
        wanted: str,
        addresses: Mapping[str, str],
    ) -> None:
        self.resource = resource
        self.sample = sample
        self.entry = entry
        self.mapping: ResourceMapping = entry.parsed.for_resource(resource)
        self.made = preview(sample.records, resource, entry.parsed, **addresses)
        count = len(sample.records)
        self.chosen = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
        self.chosen = min(self.chosen, max(count - 1, 0))

    @property
    def label(self) -> str:
        return self.resource.value.capitalize()

    @property
    def stored(self) -> int:
        return sum(not record["skipped"] for record in self.made["records"])

    @property
    def skipped(self) -> int:
        return len(self.made["records"]) - self.stored

    @property
    def problems(self) -> dict[str, int]:
        return problems(self.made)

    @property
    def suggestions(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.made["suggestions"]
        return found

    @property
    def all_suggestions(self) -> str:
        """Every suggestion, as the button that takes them all sends it."""
        return "\n".join(
            f"{self.resource}.{one['field']}={one['key']}" for one in self.suggestions
        )

    @cached_property
    def lines(self) -> list[Line]:
        outcomes = field_outcomes(
            self.made, self.resource, self.mapping, min(self.chosen, 999)
        )
        part = self.entry.split[self.resource]
        errors = self.entry.errors
        return [
            Line(
                outcome,
                line_name(self.resource, name := outcome.row.name),
                part.get(name, ""),
                errors.get(f"{self.resource}.{name}") or errors.get(name, ""),
            )
            for outcome in outcomes
        ]

    @property
    def keys(self) -> list[StoreKey]:
        return store_keys(self.sample.records, self.made, self.mapping, self.chosen)

    @property
    def paths(self) -> list[str]:
        return offered_paths(self.sample.records)

    @property
    def choices(self) -> list[tuple[int, str]]:
        """The records to look at, by what they would be called."""
        labels = []
        for place, record in enumerate(self.made["records"]):
            values = record["values"]
            name = values.get("name") or values.get("order_number") or values.get("id")
            skipped = " (skipped)" if record["skipped"] else ""
            label = told(name)[:LABEL] or "without a name"
            labels.append((place, f"{place + 1}. {label}{skipped}"))
        return labels

    @property
    def raw(self) -> Any:
        return self.sample.records[self.chosen] if self.sample.records else None

    @property
    def carried(self) -> str:
        """The records as the page carries them; stored ones need not travel."""
        return sample_text(self.sample) if self.sample.is_fetched else ""


def carried_samples(data: QueryDict) -> Samples:
    """The records a page carried along; empty where it carried none."""
    samples = {}
    for resource in Resource:
        if sample := read_sample(data.get(f"records-{resource}", "")):
            samples[resource.value] = sample
    return samples


def shown_mode(data: QueryDict) -> QueryDict:
    """The form with the mode its lines or text were entered in.

    With scripts, choosing the other form comes here before it is shown.
    """
    shown = data.get("mapping_shown")
    if not shown or shown == data.get("mapping_mode"):
        return data
    data = data.copy()
    data["mapping_mode"] = shown
    return data


def with_text(data: QueryDict, entry: MappingEntry) -> QueryDict:
    """The Connect form's data with the mapping as one text, however it was entered."""
    data = data.copy()
    data["field_mappings"] = entry.text
    return data


def panel_context(
    data: Mapping[str, str],
    entry: MappingEntry,
    samples: Samples,
    *,
    form_id: str,
    preview_url: str,
    base_url: str,
    storefront_url: str,
) -> dict[str, Any]:
    addresses = {"base_url": base_url, "storefront_url": storefront_url}
    sections = [
        Section(
            resource,
            samples.get(resource.value) or Sample(),
            entry,
            wanted=data.get(f"record-{resource}", ""),
            addresses=addresses,
        )
        for resource in Resource
    ]
    shown = {line.outcome.row.name for section in sections for line in section.lines}
    return {
        "entry": entry,
        "sections": sections,
        "form_id": form_id,
        "preview_url": preview_url,
        "is_fetched": any(section.sample.is_fetched for section in sections),
        "json_error": entry.errors.get(JSON_ERROR, ""),
        "other_errors": {
            where: sentence
            for where, sentence in entry.errors.items()
            if where != JSON_ERROR
            and (entry.mode != FIELDS or where.rpartition(".")[2] not in shown)
        },
    }


def answer_htmx(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What changed while somebody types, or the whole panel when its form changes."""
    entry: MappingEntry = context["entry"]
    is_typing = request.GET.get("part") == "outcome"
    if is_typing and request.POST.get("mapping_mode") == request.POST.get(
        "mapping_shown"
    ):
        return render(request, OUTCOME, context | {"oob": True})
    entry.as_mode(request.POST.get("mapping_mode", ""))
    response = render(request, PANEL, context)
    if is_typing:
        response["HX-Retarget"] = "#mapping-panel"
        response["HX-Reswap"] = "outerHTML"
    return response
