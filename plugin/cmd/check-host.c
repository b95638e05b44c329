/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host: directories, the hypervisor, and what confines QEMU and the
 * programs that open disks. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/check.h"
#include "disk/confined.h"
#include "host/description.h"
#include "host/watch.h"
#include "instant/scratch-space.h"
#include "util/child.h"
#include "util/directory.h"
#include "util/look.h"
#include "util/text.h"

#define APPARMOR_DIRECTORY "/etc/apparmor.d"
#define MIN_LIBVIRT 7002000
#define HELPER_LIMIT_MS 20000

/* Directories */

/* Changes, as the user, into the directory; of a child process. */
static void
enter_as (const char *path, gconstpointer data, gpointer answer)
{
  const VgProbeUser *user = data;

  *(int *) answer =
      syscall (SYS_setgroups, user->n_groups, user->groups) == 0
              && syscall (SYS_setresgid, user->gid, user->gid, user->gid) == 0
              && syscall (SYS_setresuid, user->uid, user->uid, user->uid) == 0
              && chdir (path) == 0
          ? 0
          : errno;
}

/* The nearest directory that exists. */
static char *
find_existing (const char *path)
{
  char *found = g_strdup (path);

  while (!g_file_test (found, G_FILE_TEST_EXISTS) && strcmp (found, "/") != 0) {
    char *parent = g_path_get_dirname (found);

    g_free (found);
    found = parent;
  }
  return found;
}

/* QEMU's user has to get at the files of a job below it. */
static gboolean
check_entrance (VgChecks *checks, const char *path, const VgConfine *confine)
{
  g_autofree char *existing = NULL;
  g_autoptr (GError) error = NULL;
  int refusal = 0;

  if (confine == NULL || !confine->user.change)
    return TRUE;
  existing = find_existing (path);
  if (!vg_look_ask (enter_as, &confine->user, (const char *const[]){ existing },
                    1, &refusal, sizeof refusal, checks->cancellable, &error)) {
    vg_checks_fail (checks, path, error, NULL);
    return FALSE;
  }
  if (refusal == 0)
    return TRUE;
  vg_checks_add (checks, VG_CHECK_PROBLEM, path,
                 "give the directories on the way the mode 0711",
                 "QEMU's user %s can't enter %s: %s", confine->name, existing,
                 g_strerror (refusal));
  return FALSE;
}

static void
check_directory (VgChecks *checks, const char *path, const char *option,
                 gboolean tells, const VgConfine *confine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *doubt = NULL;

  if (!vg_directory_try (path, tells ? NULL : &doubt, &error)) {
    vg_directory_blame (option, &error);
    vg_checks_fail (checks, path, error, NULL);
  } else if (check_entrance (checks, path, confine)) {
    vg_checks_add (checks, VG_CHECK_OK, path, NULL, "%s",
                   g_file_test (path, G_FILE_TEST_IS_DIR) ? "it can be used"
                                                          : "it can be made");
  }
}

static void
check_space (VgChecks *checks)
{
  const VgConfig *config = checks->config;
  g_autofree char *path = find_existing (config->snapshots_directory);
  g_autofree char *reserve = vg_text_format_size (config->scratch_reserve);
  g_autoptr (GError) error = NULL;

  vg_checks_begin (checks, "scratch space");
  if (!vg_scratch_space_check (path, config->scratch_reserve,
                               checks->cancellable, &error))
    vg_checks_fail (checks, path, error, NULL);
  else
    vg_checks_add (checks, VG_CHECK_OK, path, NULL,
                   "at least %s (scratch_reserve) is free", reserve);
}

/* The rights of the first domain's programs, or of none's. */
static VgConfine *
make_confine (VgChecks *checks, VgGuest **guest, GError **error)
{
  *guest = NULL;
  if (checks->uuids != NULL && checks->uuids[0] != NULL)
    *guest = vg_guest_find (checks->host, checks->uuids[0], NULL);
  return vg_confine_new (checks->config, *guest, NULL, error);
}

static void
connect_libvirt (VgChecks *checks, GError **error)
{
  if (checks->host == NULL)
    checks->host = vg_host_open (checks->uri, error);
  if (checks->host != NULL && checks->uuids == NULL)
    checks->uuids = vg_host_list_domains (checks->host, error);
}

void
vg_check_directories (VgChecks *checks)
{
  const VgConfig *config = checks->config;
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (VgConfine) confine = NULL;

  vg_checks_begin (checks, "directories");
  /* The other checks report these failures. */
  connect_libvirt (checks, NULL);
  if (checks->host != NULL)
    confine = make_confine (checks, &guest, NULL);
  check_directory (checks, config->state_path, VG_DIRECTORY_STATE_OPTION, TRUE,
                   NULL);
  check_directory (checks, config->runtime_path, VG_DIRECTORY_RUNTIME_OPTION,
                   TRUE, confine);
  check_directory (checks, config->snapshots_directory,
                   VG_DIRECTORY_SCRATCH_OPTION, FALSE, confine);
  check_space (checks);
}

/* The hypervisor */

static gboolean
has_line (const char *path, const char *text)
{
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &content, NULL, NULL))
    return FALSE;
  lines = g_strsplit (content, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *begin = g_strchug (*line);

    /* "#include" is no comment. */
    if ((*begin != '#' || g_str_has_prefix (begin, "#include"))
        && strstr (begin, text) != NULL)
      return TRUE;
  }
  return FALSE;
}

gboolean
vg_check_find_apparmor_rule (const char *directory, const char *runtime_path)
{
  static const char *const files[] = { "abstractions/libvirt-qemu",
                                       "local/abstractions/libvirt-qemu" };
  g_autofree char *rule = g_strconcat (runtime_path, "/", NULL);
  g_autofree char *ours =
      g_build_filename (directory, "abstractions/virt-glance", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (directory, files[i], NULL);

    if (has_line (path, rule)
        || (has_line (path, "abstractions/virt-glance")
            && has_line (ours, rule)))
      return TRUE;
  }
  return FALSE;
}

static void
check_apparmor (VgChecks *checks, gboolean confines)
{
  const char *path = checks->config->runtime_path;

  vg_checks_begin (checks, "AppArmor");
  if (!confines)
    vg_checks_add (checks, VG_CHECK_OK, NULL, NULL,
                   "it does not confine QEMU on this host");
  else if (vg_check_find_apparmor_rule (APPARMOR_DIRECTORY, path))
    vg_checks_add (checks, VG_CHECK_OK, NULL, NULL,
                   "QEMU has a rule for its sockets below %s", path);
  else
    vg_checks_add (
        checks, VG_CHECK_PROBLEM, NULL,
        "add the rule that README.md has under AppArmor to " APPARMOR_DIRECTORY
        "/local/abstractions/libvirt-qemu",
        "QEMU may not make sockets below %s (runtime_path), by which running "
        "guests' disks are read",
        path);
}

static void
check_versions (VgChecks *checks, const VgHostDescription *found)
{
  g_autofree char *libvirt = vg_host_version_to_string (found->libvirt);
  g_autofree char *hypervisor = vg_host_version_to_string (found->hypervisor);
  const char *uri = vg_host_get_uri (checks->host);

  if (found->libvirt < MIN_LIBVIRT)
    vg_checks_add (checks, VG_CHECK_PROBLEM, uri, "upgrade libvirt",
                   "libvirt %s is older than 7.2, so running guests can't be "
                   "snapshotted",
                   libvirt);
  else if (strcmp (found->driver, "QEMU") != 0)
    vg_checks_add (checks, VG_CHECK_WARNING, uri,
                   "is -c (LIBVIRT_DEFAULT_URI) right?",
                   "libvirt's driver is %s, not QEMU: only guests that are "
                   "shut off can be snapshotted",
                   found->driver);
  else
    vg_checks_add (checks, VG_CHECK_OK, uri, NULL, "libvirt %s, QEMU %s",
                   libvirt, hypervisor);
}

void
vg_check_hypervisor (VgChecks *checks)
{
  g_autoptr (GError) error = NULL;
  g_auto (VgHostDescription) found = { 0 };

  vg_checks_begin (checks, "hypervisor");
  connect_libvirt (checks, &error);
  if (checks->host == NULL || !vg_host_describe (checks->host, &found, &error))
    vg_checks_fail (checks, checks->uri, error, NULL);
  else if (checks->uuids == NULL)
    vg_checks_fail (checks, checks->uri, error, NULL);
  else {
    check_versions (checks, &found);
    check_apparmor (checks, found.apparmor);
  }
}

/* The programs that open disks */

static gboolean
try_program (VgChecks *checks, const VgConfine *confine, const char *name,
             GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  VgConfinedProgram program = { .launcher = launcher,
                                .argv = argv,
                                .files = files };
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *messages = NULL;

  g_ptr_array_add (argv, g_strdup (name));
  g_ptr_array_add (argv, g_strdup ("--version"));
  g_ptr_array_add (argv, NULL);
  process = vg_confined_spawn (confine, &program, error);
  if (process == NULL
      || !vg_child_communicate_within (process, HELPER_LIMIT_MS,
                                       checks->cancellable, NULL, &messages,
                                       error))
    return FALSE;
  if (g_subprocess_get_if_exited (process)
      && g_subprocess_get_exit_status (process) == 0)
    return TRUE;
  if (!vg_confined_explain (name, messages, error))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s fails: %s", name,
                 messages);
  return FALSE;
}

void
vg_check_confinement (VgChecks *checks)
{
  static const char *const programs[] = { "qemu-img", "qemu-nbd" };
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfine) confine = NULL;

  vg_checks_begin (checks, "confinement");
  confine = make_confine (checks, &guest, &error);
  for (gsize i = 0; confine != NULL && i < G_N_ELEMENTS (programs); i++) {
    g_autoptr (GError) why = NULL;

    if (!try_program (checks, confine, programs[i], &why))
      vg_checks_fail (checks, programs[i], why,
                      why->domain == G_SPAWN_ERROR
                          ? "install it (Debian: qemu-utils)"
                          : "install bubblewrap and util-linux, or see "
                            "confine_helpers in virt-glance.conf(5)");
    else if (!confine->enabled)
      vg_checks_add (checks, VG_CHECK_WARNING, programs[i],
                     "set confine_helpers = true",
                     "it reads guests' disks with all rights that virt-glance "
                     "has");
    else
      vg_checks_add (checks, VG_CHECK_OK, programs[i], NULL,
                     confine->bwrap != NULL ? "it runs confined as %s"
                                            : "it runs as %s, who may not "
                                              "confine it further",
                     confine->name != NULL ? confine->name : "ourselves");
  }
  if (confine == NULL)
    vg_checks_fail (checks, NULL, error, NULL);
}
