# SPDX-License-Identifier: LGPL-2.1-or-later
"""What cases.sh measured, digested: digest(FILE), which may be the results of several
runs, one behind the other.

"ratio" is made within a round, whose contenders ran one right after the other,
and the median of these is shown; "best" is between the fastest of each.
"""
import json
from statistics import median

COLUMNS = ("seconds", "cpu", "rss", "temporary", "sent", "read")
# Cases whose contenders are ways or guests, and the one that the others are compared with.
CONTESTS = (
    ("ways", "way", "limit"),
    ("compressed", "way", "limit"),
    ("system", "way", "limit"),
    ("incompressible", "way", "limit"),
    ("slow", "way", "slow-limit"),
    ("zeroes", "guest", "file"),
    ("many", "way", "1-at-once"),
    ("restore", "way", "download"),
    ("light", "way", "requests"),
    ("sizes-off", "guest", "16GiB"),
    ("sizes-running", "guest", "16GiB"),
    ("ceph-after", "guest", "300"),
    ("ceph-before", "way", "by-hand"),
    ("ceph-stream", "way", "export"),
    ("proxies", "way", "glance"),
)


def middle(rows, field):
    return median(row[field] for row in rows)


def ratio(rows, others):
    """The median over the rounds of rows' seconds through others'."""
    base = {row["round"]: row["seconds"] for row in others}
    return median(row["seconds"] / base[row["round"]] for row in rows)


def least(rows):
    return min(row["seconds"] for row in rows)


def summary(rows, others):
    answer = {field: middle(rows, field) for field in COLUMNS}
    answer["rss"] = max(row["rss"] for row in rows)
    answer["temporary"] = max(row["temporary"] for row in rows)
    frozen = [row["frozen"] for row in rows if row.get("frozen") is not None]
    if frozen:
        answer["frozen"] = median(frozen)
    answer["ratio"] = ratio(rows, others)
    answer["best"] = least(rows) / least(others)
    answer["rounds"] = sorted(row["seconds"] for row in rows)
    return answer


def grouped(lines, case, field):
    """The case's lines by that field, in the order of their first appearance."""
    groups = {}
    for line in lines:
        if line["case"] == case:
            groups.setdefault(line[field], []).append(line)
    return groups


def impact(rows):
    """A guest's writes a second during the command, as a share of those around it."""
    shares = [2 * row["during"] / (row["before"] + row["after"]) for row in rows]
    return {"kept": median(shares), "least": min(shares), "most": max(shares),
            "alone": median((row["before"] + row["after"]) / 2 for row in rows),
            "seconds": middle(rows, "seconds")}


def many(name, groups):
    """How much N jobs at once bring to Glance in a second, to what one does alone."""
    n, row = int(name.split("-")[0]), groups[name]
    return {"seconds": row["seconds"], "throughput": n / row["ratio"],
            "mib_a_second": row["sent"] / row["seconds"] / (1 << 20), "rss": row["rss"]}


def digest(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    machines = [line["machine"] for line in lines if line["case"] == "machine"]
    answer = {"machine": machines[0]}
    machines[0]["command"] = "\n".join(machine["command"] for machine in machines)
    loads = [line["load"] for line in lines if "load" in line]
    if loads:
        answer["machine"]["load"] = f"{min(loads)} to {max(loads)}"
    for case, field, base in CONTESTS:
        groups = grouped(lines, case, field)
        if groups:
            answer[case] = {
                name: summary(rows, groups[base]) for name, rows in groups.items()
            }
    for writer in "light", "heavy":
        groups = grouped(lines, f"impact-{writer}", "way")
        if groups:
            answer[f"impact-{writer}"] = {
                name: impact(rows) for name, rows in groups.items()}
    if "many" in answer:
        answer["many"] = {name.split("-")[0]: many(name, answer["many"])
                          for name in answer["many"]}
    for line in lines:
        if line["case"] == "inspect":
            answer["inspect"] = {"ms": median(line["seconds"]) * 1000,
                                 "least_ms": min(line["seconds"]) * 1000}
        if line["case"] == "answers":
            answer["answers"] = {"ms": line["answer"] * 1000,
                                 "glance_ms": line["glance"] * 1000,
                                 "cpu_ms": line["cpu"] * 1000}
        if line["case"] == "instructions":
            answer["instructions"] = {
                name: line[name] for name in ("inspect", "virsh", "hook", "xmllint")}
        if line["case"] == "hook":
            without, with_hook = median(line["without"]), median(line["with"])
            answer["hook"] = {"ms": median(line["calls"]) * 1000,
                              "least_ms": min(line["calls"]) * 1000,
                              "without_ms": without * 1000,
                              "with_ms": with_hook * 1000,
                              "share": (with_hook - without) / with_hook}
    return answer
