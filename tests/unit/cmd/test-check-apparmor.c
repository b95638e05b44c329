/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether AppArmor's files have a rule for QEMU's sockets. */
#include "cmd/check.h"
#include "lib/workdir.h"

static const struct {
  const char *qemu, *local, *ours;
  gboolean found;
} cases[] = {
  { "/dev/net/tun rw,\n", "", "", FALSE },
  { "  /run/virt-glance/*/nbd.sock rw,\n", "", "", TRUE },
  { "x\n", "/run/virt-glance/** rw,\n", "", TRUE },
  { "x\n", "# /run/virt-glance/*/nbd.sock rw,\n", "", FALSE },
  { "x\n", "/run/virt-glance2/*/nbd.sock rw,\n", "", FALSE },
  { "x\n", "#include <abstractions/virt-glance>\n",
    "/run/virt-glance/*/nbd.sock rw,\n", TRUE },
  { "x\n", "include if exists <abstractions/virt-glance>\n", "# none\n",
    FALSE },
  { "x\n", "", "/run/virt-glance/*/nbd.sock rw,\n", FALSE },
};

static void
test_rule (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Workdir) dir = workdir_new ();
    g_autofree char *folder = workdir_path (dir, "abstractions");
    g_autofree char *local = workdir_path (dir, "local/abstractions");
    g_autofree char *a = NULL, *b = NULL, *c = NULL;

    g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (local, 0755), ==, 0);
    a = workdir_file (dir, "abstractions/libvirt-qemu", cases[i].qemu);
    b = workdir_file (dir, "local/abstractions/libvirt-qemu", cases[i].local);
    c = workdir_file (dir, "abstractions/virt-glance", cases[i].ours);
    g_test_message ("%" G_GSIZE_FORMAT, i);
    g_assert_true (vg_check_find_apparmor_rule (dir, "/run/virt-glance")
                   == cases[i].found);
  }
}

static void
test_no_files (void)
{
  g_assert_false (vg_check_find_apparmor_rule ("/nonexistent", "/run/x"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/apparmor-rule", test_rule);
  g_test_add_func ("/check/apparmor-no-files", test_no_files);
  return g_test_run ();
}
