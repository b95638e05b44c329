# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virt-glance must reach: targets(ANSWER) of what results.digest() returns."""
MIB = 1 << 20


def peak(a):
    """Bytes: the most memory that virt-glance needed in any case."""
    rows = [a[case][way] for case in a for way in ("virt-glance", "zstd", "slow-zstd")
            if case in DATA and way in a[case]]
    rows += [row for case in ("many", "sizes-off", "sizes-running", "zeroes")
             for row in a.get(case, {}).values()]
    return max(row["rss"] for row in rows) if rows else a["nothing was measured"]


def read(a):
    """What was read from a disk, to the data on it."""
    return a["ways"]["virt-glance"]["read"] / a["ways"]["limit"]["sent"]


DATA = ("ways", "compressed", "system", "incompressible", "slow", "light")
# What, how much it is, and at most how much it must be.
MOST = (
    ("plain, to the limit", lambda a: a["ways"]["virt-glance"]["ratio"], 1.02, ""),
    ("zstd, data of 2:1, to the limit", lambda a: a["compressed"]["zstd"]["ratio"], 0.60, ""),
    ("zstd, system files, to the limit", lambda a: a["system"]["zstd"]["ratio"], 0.50, ""),
    ("zstd, 100 MiB a second, to the limit", lambda a: a["slow"]["slow-zstd"]["ratio"], 0.55, ""),
    ("zstd, incompressible, to the limit", lambda a: a["incompressible"]["zstd"]["ratio"], 1.05, ""),
    ("zstd, to two passes",
     lambda a: a["compressed"]["zstd"]["ratio"] / a["compressed"]["two-passes"]["ratio"], 0.75, ""),
    ("a device with zeroes, to a file", lambda a: a["zeroes"]["device"]["ratio"], 1.3, ""),
    ("read from the disk, to its data", read, 1.05, ""),
    ("peak memory", lambda a: peak(a) / MIB, 64, " MiB"),
    ("freeze to thaw", lambda a: a["ways"]["virt-glance"]["frozen"], 100, " ms"),
    ("a light snapshot, to its requests", lambda a: a["light"]["virt-glance"]["ratio"], 1.3, ""),
    ("restore to a file, to curl and qemu-img", lambda a: a["restore"]["restore"]["ratio"], 1.1, ""),
    ("16 TiB to 16 GiB, shut off", lambda a: a["sizes-off"]["16TiB"]["ratio"], 1.10, ""),
    ("16 TiB to 16 GiB, running", lambda a: a["sizes-running"]["16TiB"]["ratio"], 1.10, ""),
    ("flatten after: 3000 MiB to 300 MiB", lambda a: a["ceph-after"]["3000"]["ratio"], 1.20, ""),
    ("flatten after: to export and upload",
     lambda a: a["ceph-after"]["3000"]["seconds"] / a["ceph-stream"]["export"]["seconds"], 0.10, ""),
    ("flatten before: to rbd by hand", lambda a: a["ceph-before"]["clone"]["ratio"], 1.10, ""),
    ("to a file store: to export and upload", lambda a: a["ceph-stream"]["stream"]["ratio"], 1.10, ""),
    ("haproxy: to Glance itself", lambda a: a["proxies"]["haproxy"]["ratio"], 1.05, ""),
    ("haproxy: memory", lambda a: a["proxies"]["haproxy"]["rss"] / MIB, 64, " MiB"),
    ("haproxy: temporary files", lambda a: a["proxies"]["haproxy"]["temporary"] / MIB, 1, " MiB"),
    ("nginx: to Glance itself", lambda a: a["proxies"]["nginx"]["ratio"], 1.05, ""),
    ("nginx: memory", lambda a: a["proxies"]["nginx"]["rss"] / MIB, 64, " MiB"),
    ("nginx: temporary files", lambda a: a["proxies"]["nginx"]["temporary"] / MIB, 1, " MiB"),
    ("the chooser beside Glance", lambda a: a["answers"]["ms"] - a["answers"]["glance_ms"], 5, " ms"),
    ("the chooser's CPU", lambda a: a["answers"]["cpu_ms"], 5, " ms"),
    ("inspect --xml", lambda a: a["inspect"]["ms"], 10, " ms"),
    ("inspect --xml to virsh, in instructions",
     lambda a: a["instructions"]["inspect"] / a["instructions"]["virsh"], 0.15, ""),
    ("the hook to xmllint, in instructions",
     lambda a: a["instructions"]["hook"] / a["instructions"]["xmllint"], 1.8, ""),
    ("the hook", lambda a: a["hook"]["ms"], 10, " ms"),
)
# The same, with at least how much.
LEAST = (
    ("a light writer's own rate", lambda a: a["impact-light"]["virt-glance"]["kept"], 0.95, ""),
    ("a heavy writer's own rate", lambda a: a["impact-heavy"]["virt-glance"]["kept"], 0.80, ""),
    ("four at once, throughput to one alone", lambda a: a["many"]["4"]["throughput"], 0.95, ""),
)


def measured(a, table):
    for what, value, limit, unit in table:
        try:
            yield what, value(a), limit, unit
        except KeyError:  # not measured
            pass


def targets(answer):
    """(what, is, must be, unit, whether it is reached) of each that was measured. With
    "at most " or "at least " in front of what it must be."""
    for what, value, limit, unit in measured(answer, MOST):
        yield what, value, f"at most {limit:.3g}{unit}", unit, value <= limit
    for what, value, limit, unit in measured(answer, LEAST):
        yield what, value, f"at least {limit:.3g}{unit}", unit, value >= limit
