/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a job. */
#include "util/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/remove-tree.h"
#include "util/safe-path.h"

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
               "the directory %s can't be %s: %s", path, what,
               g_strerror (saved));
  return FALSE;
}

char *
vg_directory_runtime (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->runtime_path, job_id, NULL);
}

char *
vg_directory_scratch (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->snapshots_directory, job_id, NULL);
}

static gboolean
throw_reason (GError **error, const char *path, const char *what, GError *why)
{
  g_propagate_prefixed_error (error, why,
                              "the directory %s can't be %s: ", path, what);
  return FALSE;
}

static gboolean
throw_doubt (GError **error, const char *path, const char *doubt)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
               "the directory %s can't be trusted: %s; make it, and the "
               "directories above it, writable only by root and by the user "
               "who runs virt-glance",
               path, doubt);
  return FALSE;
}

/* The end of vg_directory_ensure(): takes found and why. */
static gboolean
finish_ensure (const char *path, gboolean ok, char *found, char **doubt,
               GError *why, GError **error)
{
  g_autofree char *owned = found;

  if (!ok)
    return throw_reason (error, path, "made", why);
  if (doubt == NULL && found != NULL)
    return throw_doubt (error, path, found);
  if (doubt != NULL)
    *doubt = g_steal_pointer (&owned);
  return TRUE;
}

gboolean
vg_directory_ensure (const char *path, guint mode, char **doubt, GError **error)
{
  char *found = NULL;
  GError *why = NULL;
  int fd = vg_safe_path_open (path, mode, &found, &why);

  if (fd >= 0)
    close (fd);
  return finish_ensure (path, fd >= 0, found, doubt, why, error);
}

gboolean
vg_directory_try (const char *path, char **doubt, GError **error)
{
  char *found = NULL;
  GError *why = NULL;
  gboolean ok = vg_safe_path_try (path, &found, &why);

  return finish_ensure (path, ok, found, doubt, why, error);
}

gboolean
vg_directory_check (const char *path, GError **error)
{
  g_autofree char *doubt = NULL;
  g_autoptr (GError) why = NULL;
  int fd = vg_safe_path_open (path, 0, &doubt, &why);

  if (fd >= 0)
    close (fd);
  if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_LOOP))
    return throw_doubt (error, path, why->message);
  return doubt == NULL || throw_doubt (error, path, doubt);
}

/* The directory that contains path. */
static int
open_parent (const char *path, guint mode, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *doubt = NULL;

  return vg_safe_path_open (parent, mode, &doubt, error);
}

/* Opens a new directory. Somebody may have put another one in its place. */
static int
make_new (int parent, const char *name)
{
  struct stat st;
  int fd;

  if (mkdirat (parent, name, 0700) < 0)
    return -1;
  fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0
      || (fstat (fd, &st) == 0 && st.st_uid == geteuid ()
          && fchmod (fd, 0700) == 0))
    return fd;
  close (fd);
  errno = EPERM;
  return -1;
}

gboolean
vg_directory_make (const char *path, const char *dac_label, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  GError *why = NULL;
  int parent = open_parent (path, VG_SAFE_PATH_PASS, &why);
  gboolean ok = TRUE;
  guint uid, gid;
  int fd;

  if (parent < 0)
    return throw_reason (error, path, "made", why);
  fd = make_new (parent, name);
  if (fd < 0)
    ok = throw_errno (error, path, "made");
  else if (geteuid () == 0 && dac_label != NULL
           && sscanf (dac_label, "+%u:+%u", &uid, &gid) == 2
           && fchown (fd, uid, gid) < 0)
    ok = throw_errno (error, path, "given to the hypervisor's user");
  if (fd >= 0)
    close (fd);
  close (parent);
  return ok;
}

gboolean
vg_directory_blame (const char *option, GError **error)
{
  if (error != NULL && *error != NULL) {
    gboolean denied =
        g_error_matches (*error, G_FILE_ERROR, G_FILE_ERROR_ACCES);
    g_autofree char *message = (*error)->message;

    (*error)->message =
        g_strdup_printf ("%s; %scheck %s", message,
                         denied ? "run this as root, or " : "", option);
  }
  return FALSE;
}

gboolean
vg_directory_remove (const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  GError *why = NULL;
  int parent = open_parent (path, 0, &why);
  gboolean ok;

  if (parent < 0
      && (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)
          || g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))) {
    g_error_free (why);
    return TRUE;
  }
  if (parent < 0)
    return throw_reason (error, path, "deleted", why);
  ok = vg_remove_tree (parent, name, &why);
  close (parent);
  return ok || throw_reason (error, path, "deleted", why);
}
