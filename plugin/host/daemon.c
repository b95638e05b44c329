/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's daemons, by their sockets. libvirtd and, for modular daemons,
 * virtproxyd have libvirt-sock; virtqemud has one of its own. A socket may be
 * systemd's, which starts the daemon. */
#include "host/daemon.h"

static gboolean
has_socket (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
is_modular (const char *directory)
{
  return has_socket (directory, "virtqemud-sock");
}

const char *
vg_daemon_get_name (const char *directory)
{
  if (is_modular (directory))
    return "virtqemud";
  return has_socket (directory, "libvirt-sock") ? "libvirtd"
                                                : "libvirtd (or virtqemud)";
}

const char *
vg_daemon_get_fallback (const char *directory)
{
  return is_modular (directory) ? "qemu:///system" : NULL;
}
