/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a domain counts as calm, on a clock of the test's own. */
#include "job/give-way.h"

#define S G_USEC_PER_SEC

/* A look each second, from 1000 s on: '.' is calm, 'x' disturbed. */
static VgCalmVerdict
watch (const char *looks, guint *n)
{
  VgCalmVerdict verdict = VG_CALM_WAIT;
  VgCalm calm;

  vg_calm_begin (&calm, 1000 * S);
  for (*n = 0; verdict == VG_CALM_WAIT && looks[*n] != '\0'; (*n)++)
    verdict = vg_calm_look (&calm, (1000 + *n) * S, looks[*n] == 'x');
  return verdict;
}

static void
test_calm (void)
{
  static const struct {
    const char *looks;
    VgCalmVerdict verdict;
    guint n; /* the look that decides, or all of them */
  } cases[] = {
    { "", VG_CALM_WAIT, 0 },
    { ".", VG_CALM_WAIT, 1 },
    { "..........", VG_CALM_WAIT, 10 },
    { ".............", VG_CALM_REACHED, 11 },
    { "xxx...........", VG_CALM_REACHED, 14 },
    /* A pause between two steps of somebody is none. */
    { ".........x.........", VG_CALM_WAIT, 19 },
    { ".........x...........", VG_CALM_REACHED, 21 },
    { "..........x", VG_CALM_WAIT, 11 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint n;

    g_assert_cmpint (watch (cases[i].looks, &n), ==, cases[i].verdict);
    g_assert_cmpuint (n, ==, cases[i].n);
  }
}

/* Five minutes: disturbed to the last, or never calm for long enough. */
static void
test_limit (void)
{
  g_autofree char *busy = g_strnfill (400, 'x');
  g_autofree char *restless = g_strnfill (400, '.');
  g_autofree char *late = g_strnfill (295, 'x');
  g_autofree char *just = g_strnfill (290, 'x');
  g_autofree char *too_late = g_strconcat (late, "..........", NULL);
  g_autofree char *in_time = g_strconcat (just, "...........", NULL);
  guint n;

  g_assert_cmpint (watch (busy, &n), ==, VG_CALM_TOO_LATE);
  g_assert_cmpuint (n, ==, 301);
  for (guint i = 0; i < 400; i += 8)
    restless[i] = 'x';
  g_assert_cmpint (watch (restless, &n), ==, VG_CALM_TOO_LATE);
  g_assert_cmpuint (n, ==, 301);
  g_assert_cmpint (watch (too_late, &n), ==, VG_CALM_TOO_LATE);
  g_assert_cmpint (watch (in_time, &n), ==, VG_CALM_REACHED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/give-way/calm", test_calm);
  g_test_add_func ("/give-way/limit", test_limit);
  return g_test_run ();
}
