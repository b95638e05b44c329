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

/* NULL: it is no file. */
static char *
get_path (const VgSource *source, VgGuest *guest)
{
  g_autofree char *path = NULL;

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

/* Old files */

static gboolean
is_old_name (const char *name, const char *disk_name)
{
  g_autofree char *start = g_strconcat (disk_name, VG_SWAP_OLD, NULL);
  const char *id = name + strlen (start);

  return g_str_has_prefix (name, start) && strlen (id) == ID_LENGTH
         && strspn (id, "0123456789abcdef") == ID_LENGTH;
}

static void
add_old (GPtrArray *found, const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *disk_name = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_old_name (name, disk_name))
      g_ptr_array_add (found, g_build_filename (directory, name, NULL));
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
find_old (VgGuest *guest, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VgDomain) domain = vg_guest_read (guest, error);

  if (domain == NULL)
    return NULL;
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    g_autofree char *path = get_path (disk->source, guest);

    if (path != NULL && disk->device == VG_DEVICE_DISK)
      add_old (found, path);
  }
  g_ptr_array_sort (found, compare_paths);
  return g_steal_pointer (&found);
}

static gboolean
discard (VgOldDisks *old, const GPtrArray *found, GHashTable *used,
         gboolean is_trial, const VgReport *report, GError **error)
{
  for (guint i = 0; i < found->len; i++) {
    const char *path = found->pdata[i];

    if (g_hash_table_contains (used, path)) {
      vg_report_warning (report, "%s stays: a domain of this host uses it",
                         path);
      continue;
    }
    if (!is_trial && unlink (path) != 0 && errno != ENOENT) {
      g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno),
                   "%s can't be deleted: %s", path, g_strerror (errno));
      return FALSE;
    }
    g_ptr_array_add (old->paths, g_strdup (path));
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
  g_autoptr (GPtrArray) found = NULL;

  if (guest == NULL)
    return FALSE;
  old->domain = g_strdup (vg_guest_get_name (guest));
  old->uuid = g_strdup (vg_guest_get_uuid (guest));
  if (!is_trial)
    vg_recover_domain (config, old->uuid, report);
  lock = lock_domain (config, old, error);
  if (lock == NULL || !check_recovered (config, old, error))
    return FALSE;
  found = find_old (guest, error);
  used = found != NULL ? find_used (host, error) : NULL;
  return used != NULL && discard (old, found, used, is_trial, report, error);
}
