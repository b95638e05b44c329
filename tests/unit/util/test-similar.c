/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words with one mistake or two, and words that are others. */
#include "util/similar.h"

static void
test_find (void)
{
  static const char *const words[] = { "snapshot", "backup", "stores",
                                       "a-word-that-is-longer-than-any-command",
                                       "jobs" };
  static const struct {
    const char *wrong, *meant;
  } cases[] = {
    { "snapshto", "snapshot" },
    { "snpshot", "snapshot" },
    { "snaapshot", "snapshot" },
    { "snapxhot", "snapshot" },
    { "napshto", "snapshot" },
    { "store", "stores" },
    { "job", "jobs" },
    { "backups", "backup" },
    { "snapshot", "snapshot" },
    { "xx", NULL },
    { "list", NULL },
    { "", NULL },
    { "delete", NULL },
    { "a-word-that-is-longer-than-any-command", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (
        vg_similar_find (cases[i].wrong, words, G_N_ELEMENTS (words)), ==,
        cases[i].meant);
  g_assert_null (vg_similar_find ("snapshot", words, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/similar/find", test_find);
  return g_test_run ();
}
