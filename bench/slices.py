# SPDX-License-Identifier: LGPL-2.1-or-later
"""Control groups with weights, as systemd makes them of slices on a host: within
Slices(NAME=WEIGHT, …) as slices, slices.put(NAME, PID). A weight is of processors, and
100 is what processes outside have. (Control groups of either version; man 7 cgroups.)
"""
import os
from pathlib import Path

V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


class Slices:
    def __init__(self, **weights):
        self.top = V1 if V1.exists() else V2
        self.weights = weights

    def folder(self, name):
        return self.top / f"virt-glance-bench-{name}"

    def __enter__(self):
        if self.top == V2:
            (V2 / "cgroup.subtree_control").write_text("+cpu")
        for name, weight in self.weights.items():
            self.folder(name).mkdir(exist_ok=True)
            if self.top == V1:
                (self.folder(name) / "cpu.shares").write_text(str(1024 * weight // 100))
            else:
                (self.folder(name) / "cpu.weight").write_text(str(weight))
        return self

    def put(self, name, pid):
        (self.folder(name) / "cgroup.procs").write_text(str(pid))

    def __exit__(self, *_):
        for name in self.weights:
            for pid in (self.folder(name) / "cgroup.procs").read_text().split():
                try:
                    (self.top / "cgroup.procs").write_text(pid)
                except ProcessLookupError:
                    pass
            os.rmdir(self.folder(name))
