"""The place where hostile files are loaded: no network, every folder but one read-only. Linux only.

A cage is made of the kernel's namespaces (unshare(2), mount(2)); where they are refused, `shut` says so and the
caller decides. It never relaxes: a process that is in stays in.
"""

import ctypes
import os
from pathlib import Path

# <sched.h> and <sys/mount.h>
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18


def shut(writable: Path) -> bool:
    """Takes the network and all writing outside `writable` from this process and its children. False when refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    place = str(writable).encode()
    steps = [
        (b"none", b"/", MS_REC | MS_PRIVATE),
        (place, place, MS_BIND | MS_REC),
        (b"/dev/shm", b"/dev/shm", MS_BIND),
        (b"none", b"/", MS_REMOUNT | MS_BIND | MS_RDONLY),
    ]
    for what, where, flags in steps:
        if libc.mount(what, where, None, flags, None) != 0:
            return False
    return True
