/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What disk/rbd does, on a real Ceph cluster: the cloud's, by its
 * VG_TEST_CEPH_… variables. Images are made and looked at by Ceph's and QEMU's
 * own tools. */
#include "integration/rbd-ops.h"

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  ops_conf = g_getenv ("VG_TEST_CEPH_CONF");
  if (ops_conf == NULL) {
    g_printerr ("rbd-ops needs a cloud's VG_TEST_CEPH_CONF\n");
    return 77;
  }
  g_setenv ("CEPH_CONF", ops_conf, TRUE);
  ops_work = g_dir_make_tmp ("vg-rbd-XXXXXX", NULL);
  ops_add_connect ();
  ops_add_snapshots ();
  ops_add_clones ();
  ops_add_streams ();
  status = g_test_run ();
  OPS_RUN ("rm -r \"$PWD\"");
  g_free (ops_work);
  return status;
}
