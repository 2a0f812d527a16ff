"""Print the picture of the pipeline in README.md as Mermaid text, from dbt's manifest.

Boxes are the folders of models/ and, inside them, their rooms. An arrow says that a
model at its end reads one at its start: between folders, and between the rooms of one
folder. Run `.venv/bin/dbt parse` first, then `.venv/bin/python docs/pipeline.py`.
With `--counts` it prints how many models and arrows between models there are, and the
models of one of the longest paths.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

FOLDERS = ("staging", "journeys", "features", "attribution", "marts")
# Folders whose subfolders are rooms. Those of staging are input shapes: one is read.
WITH_ROOMS = ("journeys", "attribution", "marts")
MANIFEST = Path(__file__).parents[1] / "target" / "manifest.json"

Arrows = set[tuple[str, str]]


def places(nodes: dict[str, dict]) -> dict[str, tuple[str, str]]:
    """Find each model's folder and, where the folder has rooms, its room."""
    found = {}
    for key, node in nodes.items():
        if node["resource_type"] == "model":
            folder, *inside = Path(node["path"]).parent.parts
            room = inside[0] if inside and folder in WITH_ROOMS else ""
            found[key] = (folder, room)
    return found


def arrows(nodes: dict[str, dict]) -> tuple[Arrows, dict[str, Arrows]]:
    """List the arrows between folders, and those between the rooms of each folder."""
    place = places(nodes)
    between: Arrows = set()
    inside: dict[str, Arrows] = defaultdict(set)
    for key, (folder, room) in place.items():
        for parent in nodes[key]["depends_on"]["nodes"]:
            if parent not in place:
                continue
            source, source_room = place[parent]
            if source != folder:
                between.add((source, folder))
            elif source_room != room:
                inside[folder].add((source_room, room))
    return between, inside


def lines(pairs: Arrows, prefix: str = "") -> list[str]:
    """Write arrows, one line for each end; those that go both ways are one."""
    found = defaultdict(set)
    for source, end in pairs:
        if (end, source) not in pairs:
            found["-->", end].add(source)
        elif source < end:
            found["<-->", end].add(source)
    text = []
    for (arrow, end), sources in sorted(found.items()):
        starts = " & ".join(prefix + source for source in sorted(sources))
        text.append(f"{starts} {arrow} {prefix}{end}")
    return text


def picture(nodes: dict[str, dict]) -> str:
    """Put the whole picture together."""
    between, inside = arrows(nodes)
    text = ["flowchart LR"]
    for folder in FOLDERS:
        rooms = sorted(
            {room for home, room in places(nodes).values() if home == folder}
        )
        if rooms == [""]:
            continue
        text.append(f"  subgraph {folder}")
        text.append("    " + " & ".join(f"{folder}_{room}[{room}]" for room in rooms))
        text += [f"    {line}" for line in lines(inside[folder], f"{folder}_")]
        text.append("  end")
    return "\n".join([*text, *(f"  {line}" for line in lines(between))])


def counts(nodes: dict[str, dict]) -> str:
    """Count models and arrows between models, and follow one of the longest paths."""
    parents = {
        key: [parent for parent in nodes[key]["depends_on"]["nodes"] if parent in place]
        for place in [places(nodes)]
        for key in place
    }
    longest: dict[str, list[str]] = {}

    def path_to(key: str) -> list[str]:
        if key not in longest:
            before = max(
                (path_to(parent) for parent in parents[key]), key=len, default=[]
            )
            longest[key] = [*before, nodes[key]["name"]]
        return longest[key]

    path = max((path_to(key) for key in parents), key=len)
    return (
        f"{len(parents)} models, {sum(map(len, parents.values()))} arrows, "
        f"longest path {len(path)} models:\n{' > '.join(path)}"
    )


if __name__ == "__main__":
    if not MANIFEST.exists():
        sys.exit(f"There is no {MANIFEST}. Run .venv/bin/dbt parse first.")
    write = counts if "--counts" in sys.argv[1:] else picture
    print(write(json.loads(MANIFEST.read_text())["nodes"]))
