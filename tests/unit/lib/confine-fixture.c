/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk in a folder, and programs that are confined to what they may see. */
#include "lib/confine-fixture.h"

#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/qemu.h"
#include "util/child.h"

void
confine_set_user (ConfineFixture *fix, const char *label)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fix->confine, vg_confine_free);
  fix->confine = vg_confine_new (fix->config, NULL, label, &error);
  g_assert_no_error (error);
}

static void
set_up (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->dir = workdir_new ();
  fix->config = qemu_config ();
  fix->files = g_ptr_array_new ();
  fix->disk = workdir_file (fix->dir, "disk", "blocks");
  g_assert_cmpint (g_chmod (fix->disk, 0600), ==, 0);
  confine_set_user (fix, NULL);
}

static void
tear_down (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_confine_free (fix->confine);
  vg_config_free (fix->config);
  g_ptr_array_unref (fix->files);
  g_free (fix->disk);
  workdir_remove (fix->dir);
}

gboolean
confine_skip_unless_confined (const ConfineFixture *fix)
{
  if (fix->confine->bwrap != NULL)
    return FALSE;
  g_test_skip ("namespaces can't be made here");
  return TRUE;
}

gboolean
confine_skip_unless_root (void)
{
  if (geteuid () == 0)
    return FALSE;
  g_test_skip ("only root can act as another user");
  return TRUE;
}

void
confine_admit (ConfineFixture *fix, const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_confine_admit (fix->confine, path, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_ptr_array_add (fix->files, (char *) path);
}

GSubprocess *
confine_spawn (const ConfineFixture *fix, VgConfinedProgram *program,
               GError **error, const char *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  GSubprocess *process;
  int fd;

  do
    g_ptr_array_add (argv, (char *) *words);
  while (*words++ != NULL);
  program->launcher = launcher;
  program->argv = argv;
  program->files = fix->files;
  for (guint i = 0; i < program->n_keys; i++) {
    fd = memfd_create ("key", MFD_CLOEXEC);
    g_assert_cmpint (write (fd, "secret", 6), ==, 6);
    g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
    g_subprocess_launcher_take_fd (launcher, fd, (gint) (VG_CONFINED_KEYS + i));
  }
  process = vg_confined_spawn (fix->confine, program, error);
  program->launcher = NULL;
  program->argv = NULL;
  return process;
}

char *
confine_run_as (const ConfineFixture *fix, VgConfinedProgram program,
                char **messages, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      confine_spawn (fix, &program, &error, words);
  g_autofree char *out = NULL;

  g_assert_no_error (error);
  g_assert_true (vg_child_communicate (process, NULL, &out, messages, &error));
  g_assert_no_error (error);
  return g_subprocess_get_successful (process) ? g_steal_pointer (&out) : NULL;
}

int
confine_await_process (const char *text)
{
  gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  int pid;

  while ((pid = qemu_find_process (text)) == 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (2000);
  }
  return pid;
}

void
confine_fixture_add (const char *path,
                     void (*test) (ConfineFixture *, gconstpointer))
{
  g_test_add (path, ConfineFixture, NULL, set_up, test, tear_down);
}
