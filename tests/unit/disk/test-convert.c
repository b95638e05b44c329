/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a qemu-img that was taken over finds: two files, of which it may write
 * to one, and no rights. */
#include "disk/convert.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/confine-fixture.h"
#include "lib/workdir.h"

/* "info" answers as qemu-img does; "convert" tells what it can do, in the file
 * that it is to make. */
#define PROGRAM                                                                \
  "#!/bin/sh\n"                                                                \
  "[ \"$1\" = convert ] || exec echo '{ \"virtual-size\": 4096 }'\n"           \
  "printf '    (50.00/100%%%%)\\r'\n"                                          \
  "{ id -u; grep -c . %1$s 2>/dev/null || echo hidden\n"                       \
  "  (echo x >>\"$7\") 2>/dev/null && echo written || echo read-only\n"        \
  "} >\"$8\"\n"

typedef struct {
  char *dir;
  char *path;
  char *old_search;
  VgConfig *config;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *secret = NULL, *program = NULL, *script = NULL,
                  *search = NULL;

  f->dir = workdir_new ();
  f->path = workdir_path (f->dir, "disk");
  f->config = vg_config_new ();
  f->config->confine_helpers = TRUE;
  f->old_search = g_strdup (g_getenv ("PATH"));
  secret = workdir_file (f->dir, "secret", "x\n");
  script = g_strdup_printf (PROGRAM, secret);
  program = workdir_file (f->dir, "qemu-img", script);
  g_assert_cmpint (chmod (program, 0755), ==, 0);
  g_assert_cmpint (chmod (f->dir, 0755), ==, 0);
  search = g_strconcat (f->dir, ":", f->old_search, NULL);
  g_setenv ("PATH", search, TRUE);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_setenv ("PATH", f->old_search, TRUE);
  g_free (f->old_search);
  g_free (f->path);
  vg_config_free (f->config);
  workdir_remove (f->dir);
}

static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  g_assert_cmpuint (total, ==, 4096);
  *(guint64 *) data = done;
}

/* Whether namespaces can be made here. */
static gboolean
can_confine (const Fixture *f)
{
  g_autoptr (VgConfine) confine = vg_confine_new (f->config, NULL, NULL, NULL);

  return confine != NULL && confine->bwrap != NULL;
}

static char *
convert (Fixture *f, guint64 *done)
{
  g_autoptr (VgNewFile) from = vg_new_file_open (f->path, NULL);
  g_autoptr (VgNewFile) to = vg_new_file_open (f->path, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  struct stat made;
  VgConversion what = { .from = from,
                        .from_format = "raw",
                        .to = to,
                        .to_format = "qcow2",
                        .progress = on_progress,
                        .progress_data = done };
  gboolean ok = vg_convert (f->config, &what, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (fstat (vg_new_file_get_fd (to), &made), ==, 0);
  g_assert_cmpuint (made.st_uid, ==, geteuid ());
  g_assert_true (vg_new_file_finish (to, FALSE, &error));
  g_assert_true (g_file_get_contents (f->path, &text, NULL, &error));
  return g_steal_pointer (&text);
}

static void
test_confined (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = NULL, *expected = NULL;
  guint64 done = 0;

  if (!can_confine (f)) {
    g_test_skip ("namespaces can't be made here");
    return;
  }
  text = convert (f, &done);
  expected = g_strdup_printf ("%u\nhidden\nread-only\n",
                              geteuid () == 0 ? 65534 : geteuid ());
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpuint (done, ==, 2048);
}

/* As somebody chose in the configuration. */
static void
test_as_we_are (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = NULL;
  guint64 done = 0;

  f->config->confine_helpers = FALSE;
  text = convert (f, &done);
  g_assert_true (g_str_has_suffix (text, "\n1\nwritten\n"));
  g_assert_cmpuint (done, ==, 2048);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/convert/confined", Fixture, NULL, set_up, test_confined,
              tear_down);
  g_test_add ("/convert/as-we-are", Fixture, NULL, set_up, test_as_we_are,
              tear_down);
  return g_test_run ();
}
