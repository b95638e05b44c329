# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads domain XML by ElementTree and prints what domain-dump prints.

usage: domain-corpus.py list FOLDER   the files whose outermost element is
                                      <domain>, or that are not well-formed
       domain-corpus.py FILE...       the reading
"""
import os
import sys
import xml.etree.ElementTree as ET

PATHS = {'file': 'file', 'block': 'dev', 'dir': 'dir', 'vhostuser': 'path',
         'vhostvdpa': 'dev'}


def parse(path):
    try:
        return ET.parse(path).getroot()
    except ET.ParseError:
        return None


def list_files(folder):
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(base, name)
            if name.endswith('.xml') and (
                    parse(path) is None or parse(path).tag == 'domain'):
                print(path)


def describe(kind, source):
    """How people call what <source> names."""
    if source is None:
        return 'no medium'
    if kind in PATHS:
        return source.get(PATHS[kind]) or 'no medium'
    if kind == 'network':
        return '%s:%s' % (source.get('protocol'), source.get('name', ''))
    if kind == 'volume':
        return '%s/%s' % (source.get('pool'), source.get('volume'))
    return kind


def layer(label, element, form):
    kind = element.get('type', 'file')
    name = '-' if form is None else form.get('type') or '-'
    return '%s %s %s %s' % (label, kind, name,
                            describe(kind, element.find('source')))


def disk_lines(disk):
    flags = [flag for flag in ('readonly', 'shareable', 'transient')
             if disk.find(flag) is not None]
    if (disk.find('encryption') is not None
            or disk.find('source/encryption') is not None):
        flags.append('encrypted')
    yield ' '.join(['disk', disk.find('target').get('dev'),
                    disk.get('device', 'disk')] + flags)
    yield layer('source', disk, disk.find('driver'))
    below = disk.find('backingStore')
    while below is not None and below.get('type'):
        yield layer('backing', below, below.find('format'))
        below = below.find('backingStore')
    if below is not None:
        yield 'end'


def boot_order(disk):
    boot = disk.find('boot')
    return float('inf') if boot is None else int(boot.get('order'))


def lines(root):
    if root is None:
        yield 'error'
        return
    disks = root.findall('devices/disk')
    if any(d.find('target') is None or not d.find('target').get('dev')
           for d in disks):
        yield 'error'
        return
    yield 'name ' + root.findtext('name')
    for disk in disks:
        yield from disk_lines(disk)
    hard = [d for d in disks if d.get('device', 'disk') in ('disk', 'lun')]
    first = min(hard, key=boot_order, default=None)
    yield 'root ' + ('-' if first is None else first.find('target').get('dev'))


def main(args):
    if args[0] == 'list':
        list_files(args[1])
        return
    for path in args:
        print('file', path)
        for line in lines(parse(path)):
            print(line)


main(sys.argv[1:])
