# SPDX-License-Identifier: LGPL-2.1-or-later
"""Running guests."""
import os


def find_guest(name):
    """The process of the guest with that name; None if there is none."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if f"guest={name},".encode() in file.read():
                    return int(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return None
