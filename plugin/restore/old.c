/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By names, not by journals: these are forgotten after some time. */
#include "restore/old.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/swap.h"
#include "host/guest.h"
#include "host/watch.h"
#include "job/error.h"
#include "job/record.h"
#include "job/recover.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "restore/kind-rbd.h"
#include "restore/old-rbd.h"

#define ID_LENGTH 8 /* of a job */

VgOldDisks *
vg_old_disks_new (void)
{
  VgOldDisks *old = g_new0 (VgOldDisks, 1);

  old->paths = g_ptr_array_new_with_free_func (g_free);
  return old;
}

void
vg_old_disks_free (VgOldDisks *old)
{
  if (old == NULL)
    return;
  g_free (old->domain);
  g_free (old->uuid);
  g_ptr_array_unref (old->paths);
  g_free (old);
}

/* Without links, if there is such a file. */
static char *
make_real (const char *path)
{
  char *real = realpath (path, NULL);

  return real != NULL ? real : g_strdup (path);
}

/* NULL: it is neither a file nor in Ceph. */
static char *
get_path (const VgSource *source, VgGuest *guest)
{
  g_autofree char *path = NULL;

  if (vg_source_is_rbd (source))
    return vg_disk_kind_get_rbd (source);
  if (source->type == VG_SOURCE_FILE)
    return make_real (source->path);
  if (source->type == VG_SOURCE_VOLUME)
    path = vg_guest_get_volume_path (guest, source->pool, source->volume, NULL);
  return path != NULL ? make_real (path) : NULL;
}

/* Files that domains use */

static void
add_used (GHashTable *used, VgGuest *guest, const VgDomain *domain)
{
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];

    for (const VgSource *source = disk->source; source != NULL;
         source = source->backing) {
      char *path = get_path (source, guest);

      if (path != NULL)
        g_hash_table_add (used, path);
    }
  }
}

/* The paths of all layers that definitions, or running domains, name. A domain
 * that is gone by now uses nothing. */
static GHashTable *
find_used (VgHost *host, GError **error)
{
  g_autoptr (GHashTable) used =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) uuids = vg_host_list_domains (host, error);

  if (uuids == NULL)
    return NULL;
  for (char **uuid = uuids; *uuid != NULL; uuid++) {
    g_autoptr (GError) why = NULL;
    g_autoptr (VgGuest) guest = vg_guest_find (host, *uuid, &why);
    g_autoptr (VgDomain) domain =
        guest != NULL ? vg_guest_read (guest, &why) : NULL;

    if (domain != NULL) {
      add_used (used, guest, domain);
    } else if (!g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  }
  return g_steal_pointer (&used);
}

/* Old disks */

typedef struct {
  char *path;
  const VgSource *rbd; /* of the disk, if it is an RBD image; borrowed */
} Old;

typedef struct {
  VgDomain *domain;
  GPtrArray *list; /* of Old, sorted */
  VgCeph *ceph;    /* borrowed */
} Found;

static void
free_old (gpointer data)
{
  Old *old = data;

  g_free (old->path);
  g_free (old);
}

static void
clear_found (Found *found)
{
  g_clear_pointer (&found->list, g_ptr_array_unref);
  g_clear_pointer (&found->domain, vg_domain_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, clear_found)

/* Takes path. */
static void
add (Found *found, char *path, const VgSource *rbd)
{
  Old *old = g_new0 (Old, 1);

  old->path = path;
  old->rbd = rbd;
  g_ptr_array_add (found->list, old);
}

static gboolean
is_old_name (const char *name, const char *disk_name)
{
  g_autofree char *start = g_strconcat (disk_name, VG_SWAP_OLD, NULL);
  const char *id = name + strlen (start);

  return g_str_has_prefix (name, start) && strlen (id) == ID_LENGTH
         && strspn (id, "0123456789abcdef") == ID_LENGTH;
}

static void
add_files (Found *found, const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *disk_name = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_old_name (name, disk_name))
      add (found, g_build_filename (directory, name, NULL), NULL);
}

static gboolean
add_images (Found *found, const VgSource *source, GError **error)
{
  g_auto (GStrv) paths = vg_old_rbd_find (source, found->ceph, error);

  for (char **path = paths; path != NULL && *path != NULL; path++)
    add (found, g_strdup (*path), source);
  return paths != NULL;
}

static int
compare_old (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const Old *const *) a)->path,
                 (*(const Old *const *) b)->path);
}

static gboolean
find_old (Found *found, VgGuest *guest, GError **error)
{
  found->list = g_ptr_array_new_with_free_func (free_old);
  found->domain = vg_guest_read (guest, error);
  if (found->domain == NULL)
    return FALSE;
  for (guint i = 0; i < found->domain->disks->len; i++) {
    const VgDomainDisk *disk = found->domain->disks->pdata[i];
    g_autofree char *path = get_path (disk->source, guest);

    if (path == NULL || disk->device != VG_DEVICE_DISK)
      continue;
    if (!vg_source_is_rbd (disk->source))
      add_files (found, path);
    else if (!add_images (found, disk->source, error))
      return FALSE;
  }
  g_ptr_array_sort (found->list, compare_old);
  return TRUE;
}

/* *why: it must stay; or NULL. */
static gboolean
check_old (const Found *found, const Old *old, GHashTable *used,
           const char **why, GError **error)
{
  *why = NULL;
  if (g_hash_table_contains (used, old->path))
    *why = "a domain of this host uses it";
  else if (old->rbd != NULL)
    return vg_old_rbd_check (old->rbd, old->path, found->ceph, why, error);
  return TRUE;
}

static gboolean
remove_old (const Found *found, const Old *old, GError **error)
{
  if (old->rbd != NULL)
    return vg_old_rbd_remove (old->rbd, old->path, found->ceph, error);
  if (unlink (old->path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno),
               "%s can't be deleted: %s", old->path, g_strerror (errno));
  return FALSE;
}

static gboolean
discard (VgOldDisks *old, const Found *found, GHashTable *used,
         gboolean is_trial, const VgReport *report, GError **error)
{
  for (guint i = 0; i < found->list->len; i++) {
    const Old *one = found->list->pdata[i];
    const char *why;

    if (!check_old (found, one, used, &why, error))
      return FALSE;
    if (why != NULL) {
      vg_report_warning (report, "%s stays: %s", one->path, why);
      continue;
    }
    if (!is_trial && !remove_old (found, one, error))
      return FALSE;
    g_ptr_array_add (old->paths, g_strdup (one->path));
  }
  return TRUE;
}

/* Of which domain such a job is isn't known. */
static gboolean
check_readable (const VgConfig *config, const VgOldDisks *old, GError **error)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) journals =
      vg_journal_list (config->state_path, &unread);

  (void) journals;
  if (unread->len == 0)
    return TRUE;
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
               "the old disks of domain %s stay, because a job's journal can't "
               "be read, and the job may still need them: %s",
               old->domain,
               ((const VgUnreadJournal *) unread->pdata[0])->why->message);
  return FALSE;
}

/* A dead restore may still need the old disks. */
static gboolean
check_recovered (const VgConfig *config, const VgOldDisks *old, GError **error)
{
  g_autofree char *left = NULL;

  if (!check_readable (config, old, error))
    return FALSE;
  left = vg_recover_find (config, old->uuid);
  if (left == NULL)
    return TRUE;
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
               "the old disks of domain %s stay, because job %s isn't undone "
               "yet; run 'virt-glance recover %s'",
               old->domain, left, left);
  return FALSE;
}

static VgLock *
lock_domain (const VgConfig *config, const VgOldDisks *old, GError **error)
{
  g_autoptr (VgJournal) never_written =
      vg_job_new_journal (config, old->domain, old->uuid, NULL, NULL);
  VgLock *lock =
      vg_lock_take (config->state_path, old->uuid, never_written->id, error);

  if (lock == NULL)
    g_prefix_error (error, "domain %s: ", old->domain);
  return lock;
}

gboolean
vg_old_disks_discard (const char *name, gboolean is_trial,
                      const VgConfig *config, VgHost *host,
                      const VgReport *report, VgOldDisks *old, GError **error)
{
  g_autoptr (VgGuest) guest = vg_guest_find (host, name, error);
  g_autoptr (VgLock) lock = NULL;
  g_autoptr (GHashTable) used = NULL;
  g_autoptr (VgCeph) ceph = vg_ceph_new (config, host);
  g_auto (Found) found = { .ceph = ceph };

  if (guest == NULL)
    return FALSE;
  old->domain = g_strdup (vg_guest_get_name (guest));
  old->uuid = g_strdup (vg_guest_get_uuid (guest));
  if (!is_trial)
    vg_recover_domain (config, old->uuid, report);
  lock = lock_domain (config, old, error);
  if (lock == NULL || !check_recovered (config, old, error))
    return FALSE;
  if (!find_old (&found, guest, error))
    return FALSE;
  used = find_used (host, error);
  return used != NULL && discard (old, &found, used, is_trial, report, error);
}
