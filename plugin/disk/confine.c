/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users, and files that are admitted. */
#include "disk/confine.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/look.h"
#include "util/account.h"

#define MAX_GROUPS 1024

static void
free_file (gpointer data)
{
  VgConfineFile *file = data;

  g_free (file->path);
  g_free (file->real);
  g_free (file);
}

void
vg_confine_free (VgConfine *confine)
{
  if (confine == NULL)
    return;
  g_ptr_array_unref (confine->files);
  g_free (confine->groups);
  g_free (confine->bwrap);
  g_free (confine->name);
  g_free (confine);
}

/* Whether an ordinary user can make namespaces here. */
static gboolean
try_bwrap (const char *bwrap)
{
  const char *const argv[] = { bwrap,
                               "--unshare-user",
                               "--unshare-pid",
                               "--unshare-net",
                               "--ro-bind",
                               "/",
                               "/",
                               "/bin/true",
                               NULL };
  int status;

  return g_spawn_sync (NULL, (char **) argv, NULL,
                       G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, NULL, NULL, &status, NULL)
         && status == 0;
}

static void
find_bwrap (VgConfine *confine)
{
  confine->bwrap = g_find_program_in_path ("bwrap");
  if (!confine->is_root && confine->bwrap != NULL
      && !try_bwrap (confine->bwrap))
    g_clear_pointer (&confine->bwrap, g_free);
}

/* Users */

static gboolean
has_group (const VgConfine *confine, int n)
{
  for (int i = 0; i < n; i++)
    if (confine->groups[i] == confine->user.gid)
      return TRUE;
  return FALSE;
}

/* The groups that libvirt gives to QEMU: those of the user, and that of the
 * label. */
static void
set_groups (VgConfine *confine)
{
  gid_t own;
  g_autofree char *name = vg_account_get_user (confine->user.uid, &own);
  int n = MAX_GROUPS - 1;

  confine->groups = g_new (gid_t, MAX_GROUPS);
  if (name == NULL || getgrouplist (name, own, confine->groups, &n) < 0)
    n = 0;
  if (!has_group (confine, n))
    confine->groups[n++] = confine->user.gid;
  confine->user.groups = confine->groups;
  confine->user.n_groups = (gsize) n;
}

static gboolean
set_label (VgConfine *confine, const char *label, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (label, ":", 2);
  g_autoptr (GError) why = NULL;

  if (g_strv_length (parts) == 2
      && vg_account_find (VG_ACCOUNT_USER, parts[0], &confine->user.uid, &why)
      && vg_account_find (VG_ACCOUNT_GROUP, parts[1], &confine->user.gid, &why))
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE,
               "libvirt says that QEMU runs as '%s': %s", label,
               why != NULL ? why->message : "that is no user and group");
  return FALSE;
}

static VgConfine *
new_as (const VgConfig *config, VgGuest *guest, const char *label,
        GError **error)
{
  g_autoptr (VgConfine) confine = g_new0 (VgConfine, 1);

  confine->enabled = config->confine_helpers;
  confine->is_root = geteuid () == 0;
  confine->guest = guest;
  confine->files = g_ptr_array_new_with_free_func (free_file);
  confine->user.change = confine->is_root;
  confine->user.uid = geteuid ();
  confine->user.gid = getegid ();
  if (confine->is_root && label != NULL && !set_label (confine, label, error))
    return NULL;
  set_groups (confine);
  if (confine->enabled)
    find_bwrap (confine);
  confine->name = vg_account_describe_user (confine->user.uid);
  return g_steal_pointer (&confine);
}

VgConfine *
vg_confine_new (const VgConfig *config, VgGuest *guest, const char *label,
                GError **error)
{
  g_autofree char *common = NULL;

  if (guest != NULL && label == NULL && geteuid () == 0
      && !vg_guest_get_base_label (guest, &common, error))
    return NULL;
  return new_as (config, guest, label != NULL ? label : common, error);
}

/* Files */

static const char *
name_type (mode_t mode)
{
  if (S_ISFIFO (mode))
    return "a FIFO (named pipe)";
  if (S_ISSOCK (mode))
    return "a socket";
  if (S_ISCHR (mode))
    return "a character device";
  return S_ISDIR (mode) ? "a directory" : "no file";
}

/* For a message: "the header of A names the backing file B", or "B". */
static char *
name_file (const char *path, const char *header)
{
  if (header == NULL)
    return g_strdup (path);
  return g_strdup_printf ("the header of %s names the backing file %s", header,
                          path);
}

static gboolean
throw_type (const char *path, const char *header, mode_t mode, GError **error)
{
  g_autofree char *what = name_file (path, header);

  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "%s%s is %s, and only regular files and block devices are read",
               what, header != NULL ? ", which" : "", name_type (mode));
  return FALSE;
}

/* What it reads as is the host's own state, with its secrets, and none of a
 * guest's data; root's files there would pass as vouched for. */
static gboolean
throw_kernels (const char *path, const char *header, const char *name,
               GError **error)
{
  g_autofree char *what = name_file (path, header);

  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "%s%s is in %s, whose files are made up by the kernel, and are "
               "nobody's disk",
               what, header != NULL ? ", which" : "", name);
  return FALSE;
}

/* By either name: a pool's volumes have the one that the pool gives them. */
static gboolean
is_volume (const VgConfine *confine, const char *path, const char *real)
{
  return confine->guest != NULL
         && (vg_guest_is_volume (confine->guest, path)
             || (!g_str_equal (path, real)
                 && vg_guest_is_volume (confine->guest, real)));
}

static gboolean
throw_refused (const VgConfine *confine, const char *path, const char *header,
               gboolean vouched, GError **error)
{
  g_autofree char *what = name_file (path, header);

  if (vouched)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s%s QEMU's user %s may not read; as root it is read only if "
                 "all directories on its path belong to root and nobody else "
                 "may write to them; let that user read it, or move it",
                 what, header != NULL ? ", which" : "", confine->name);
  else
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s, which QEMU's user %s may not read; if it belongs to the "
                 "disk, name it in a <backingStore> of the domain's XML, keep "
                 "it in a storage pool, or let that user read it",
                 what, confine->name);
  return FALSE;
}

/* Whether the user may read it, or we may for him. */
static gboolean
check_rights (const VgConfine *confine, const char *path, const char *header,
              const VgProbe *probe, GError **error)
{
  gboolean vouched;

  if (probe->refusal == 0)
    return TRUE;
  if (!confine->is_root
      || (probe->refusal != EACCES && probe->refusal != EPERM)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", path, g_strerror (probe->refusal));
    return FALSE;
  }
  vouched = header == NULL || is_volume (confine, path, probe->real);
  return (vouched && probe->guarded)
         || throw_refused (confine, path, header, vouched, error);
}

const VgConfineFile *
vg_confine_find (const VgConfine *confine, const char *path)
{
  for (guint i = 0; i < confine->files->len; i++) {
    const VgConfineFile *file = confine->files->pdata[i];

    if (g_str_equal (file->path, path))
      return file;
  }
  return NULL;
}

/* It may have been admitted before. */
static void
forget_file (VgConfine *confine, const char *path)
{
  const VgConfineFile *file = vg_confine_find (confine, path);

  if (file != NULL)
    g_ptr_array_remove (confine->files, (gpointer) file);
}

static void
add_file (VgConfine *confine, const char *path, const VgProbe *probe)
{
  VgConfineFile *file = g_new0 (VgConfineFile, 1);

  file->path = g_strdup (path);
  file->real = g_strdup (probe->real);
  file->device = probe->device;
  file->inode = probe->inode;
  file->is_device = S_ISBLK (probe->mode);
  file->privileged = probe->refusal != 0;
  g_ptr_array_add (confine->files, file);
}

gboolean
vg_confine_admit (VgConfine *confine, const char *path, const char *header,
                  GCancellable *cancellable, GError **error)
{
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);
  g_autoptr (GError) why = NULL;
  const char *kernels;

  forget_file (confine, path);
  if (!vg_probe_file (path, &confine->user, probe, cancellable, &why))
    return vg_disk_throw_look (error, g_steal_pointer (&why));
  if (probe->error != 0) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", path, g_strerror (probe->error));
    return FALSE;
  }
  kernels = vg_probe_name_kernels (probe);
  if (kernels != NULL)
    return throw_kernels (path, header, kernels, error);
  if (!S_ISREG (probe->mode) && !S_ISBLK (probe->mode))
    return throw_type (path, header, probe->mode, error);
  if (!check_rights (confine, path, header, probe, error))
    return FALSE;
  add_file (confine, path, probe);
  return TRUE;
}

gboolean
vg_confine_admit_own (VgConfine *confine, const char *path, int fd,
                      gboolean writable, GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  VgConfineFile *file;
  struct stat own;

  if (real == NULL || fstat (fd, &own) != 0) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", path, g_strerror (errno));
    return FALSE;
  }
  forget_file (confine, path);
  file = g_new0 (VgConfineFile, 1);
  file->path = g_strdup (path);
  file->real = g_strdup (real);
  file->device = own.st_dev;
  file->inode = own.st_ino;
  file->writable = writable;
  g_ptr_array_add (confine->files, file);
  return TRUE;
}
