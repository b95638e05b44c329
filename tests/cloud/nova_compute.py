#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""nova-compute, as one of several on a host: to Nova, its hypervisor is the one
that its configuration names, for libvirt gives both the same name."""
import sys

import nova.cmd.compute  # Before all else, for eventlet.
from nova.conf import CONF
from nova.virt.libvirt.host import Host

Host.get_hostname = lambda self: CONF.host
sys.exit(nova.cmd.compute.main())
