#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file system by FUSE: mirror_files.py FOLDER MOUNTPOINT shows FOLDER at
MOUNTPOINT. While this process is stopped, nobody is answered, as by NFS whose server
is away. It ends when it is unmounted.
"""
import errno
import os
import sys

import fusepy


class MirrorFiles(fusepy.Operations):
    def __init__(self, folder):
        self.folder = folder

    def real(self, path):
        return self.folder + path

    def access(self, path, mode):
        if not os.access(self.real(path), mode):
            raise fusepy.FuseOSError(errno.EACCES)
        return 0

    def getattr(self, path, fh=None):
        facts = os.lstat(self.real(path))
        return {key: getattr(facts, key) for key in (
            "st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink",
            "st_size", "st_uid", "st_blocks")}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.real(path))]

    def statfs(self, path):
        facts = os.statvfs(self.real(path))
        return {key: getattr(facts, key) for key in (
            "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree",
            "f_files", "f_frsize", "f_namemax")}

    def open(self, path, flags):
        return os.open(self.real(path), flags)

    def create(self, path, mode, fi=None):
        return os.open(self.real(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def release(self, path, fh):
        os.close(fh)
        return 0

    def fsync(self, path, datasync, fh):
        os.fsync(fh)
        return 0

    def truncate(self, path, length, fh=None):
        os.truncate(self.real(path), length)

    def unlink(self, path):
        os.unlink(self.real(path))

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def rename(self, old, new):
        os.rename(self.real(old), self.real(new))

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        os.utime(self.real(path), times)


def main():
    folder, mountpoint = sys.argv[1:]
    fusepy.FUSE(MirrorFiles(folder), mountpoint, foreground=True,
                allow_other=True, default_permissions=True)


main()
