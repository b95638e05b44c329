/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clone is not compared with Glance's hash: nothing of it is read, and Ceph
 * has its own checksums. Only the snapshot that Glance itself makes, of the
 * image with Glance's id, is cloned, whatever a location says: an image's owner
 * may have added that. */
#include "restore/rbd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/swap.h"
#include "restore/new-disk.h"
#include "util/directory.h"

/* Glance's name for the snapshot of an RBD image. */
#define GLANCE_SNAPSHOT "snap"

#define PART ((gsize) 1 << 20) /* bytes that are copied at once */

typedef struct {
  const VgJob *job;
  VgGuestDisk *disk;
  const VgRbd *rbd;
  VgCluster *cluster;
  const char *name; /* of the new image */
  VgRbdWriter *writer;
} Make;

/* Where it is */

static char *
find_pool (const VgStores *stores, const VgImageRecord *image, const char *fsid)
{
  const char *only[] = { NULL, NULL };
  const char *const *ids =
      image->stores != NULL ? (const char *const *) image->stores : only;

  do {
    const VgStore *store = vg_stores_find (stores, *ids);

    if (store != NULL && store->fsid != NULL && store->pool != NULL
        && g_ascii_strcasecmp (store->fsid, fsid) == 0)
      return g_strdup (store->pool);
  } while (*ids != NULL && *++ids != NULL);
  return NULL;
}

gboolean
vg_rbd_image_find_parent (const VgGuestLook *look, const VgGuestDisk *disk,
                          const char *fsid, char **parent, GError **error)
{
  const VgImageRecord *image = disk->image;
  GPtrArray *known = look->config->rbd_stores;
  g_autoptr (VgStores) stores = NULL;
  g_autofree char *pool = NULL;

  *parent = NULL;
  if (g_strcmp0 (image->disk_format, "raw") != 0)
    return TRUE;
  stores = vg_glance_get_stores (look->peers.glance, look->cancellable, error);
  if (stores == NULL)
    return FALSE;
  vg_stores_learn_from_image (stores, image);
  for (guint i = 0; i < known->len; i++) {
    const VgConfigStore *store = known->pdata[i];

    if (!vg_stores_learn (stores, store->name, store->fsid, store->pool))
      g_debug ("section [store:%s] contradicts Glance", store->name);
  }
  pool = find_pool (stores, image, fsid);
  if (pool != NULL)
    *parent = g_strdup_printf ("%s/%s@%s", pool, image->id, GLANCE_SNAPSHOT);
  return TRUE;
}

/* A clone */

/* May run in a thread of Ceph that the reporting thread waits for. */
static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  const VgReport *report = ((const Make *) data)->job->report;

  if (report->progress != NULL)
    report->progress (done, total, report->data);
}

/* Clones of format 1 need a protected snapshot, as Glance's is. */
static gboolean
make_clone (const Make *make, GError **error)
{
  const VgGuestDisk *disk = make->disk;
  const char *at = strrchr (disk->parent, '@');
  g_autofree char *image =
      g_strndup (disk->parent, (gsize) (at - disk->parent));
  VgRbdCloning cloning = { .resumable = make->job->config->flatten_after };

  vg_report_phase (make->job->report, "Cloning disk %s from RBD image %s",
                   disk->target, image);
  return make->rbd->get_clone_format (make->cluster, &cloning.format, error)
         && make->rbd->clone (make->cluster, image, at + 1, make->name,
                              &cloning, error);
}

static gboolean
check_clone (const Make *make, GError **error)
{
  VgGuestDisk *disk = make->disk;
  g_auto (VgRbdInfo) info = { 0 };

  if (!make->rbd->read_info (make->cluster, make->name, &info, error))
    return FALSE;
  disk->capacity = info.size;
  if (info.size == disk->image->size)
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
               "image %s has %" G_GUINT64_FORMAT
               " bytes in Glance, and %s has %" G_GUINT64_FORMAT,
               disk->image->id, disk->image->size, disk->parent, info.size);
  return FALSE;
}

static gboolean
finish_clone (Make *make, GError **error)
{
  if (!check_clone (make, error))
    return FALSE;
  make->disk->flatten_after = make->job->config->flatten_after;
  if (make->disk->flatten_after)
    return TRUE;
  vg_report_phase (make->job->report, "Flattening the clone of disk %s",
                   make->disk->target);
  return make->rbd->flatten (make->cluster, make->name, on_progress, make,
                             make->job->cancellable, error);
}

/* Parts of the clone may be there. */
static gboolean
give_up_clone (Make *make, const GError *why, GError **error)
{
  vg_report_warning (make->job->report,
                     "disk %s of domain %s is not cloned but downloaded: %s",
                     make->disk->target, make->job->journal->domain,
                     why->message);
  g_clear_pointer (&make->disk->parent, g_free);
  return make->rbd->swap_remove_made (make->cluster, make->name, error);
}

/* From Glance */

static gboolean
write_data (gpointer data, guint64 offset, const char *bytes, gsize n,
            GError **error)
{
  const Make *make = data;

  return make->rbd->writer_write (make->writer, offset, bytes, n, error);
}

static gboolean
restart_data (gpointer data, GError **error)
{
  const Make *make = data;

  return make->rbd->writer_restart (make->writer, error);
}

static gboolean
fill (Make *make, guint64 size, gboolean (*get) (Make *make, GError **error),
      GError **error)
{
  gboolean ok;

  make->writer = make->rbd->writer_new (make->cluster, make->name, size, error);
  if (make->writer == NULL)
    return FALSE;
  make->disk->capacity = size;
  ok = get (make, error) && make->rbd->writer_finish (make->writer, error);
  make->rbd->writer_free (g_steal_pointer (&make->writer));
  return ok;
}

static gboolean
download (Make *make, GError **error)
{
  const VgSink sink = { write_data, restart_data, make };

  return vg_fetch_to_sink (&make->disk->fetch, make->job->peers.glance,
                           make->job->report, &sink, make->job->cancellable,
                           error);
}

/* From a file */

typedef struct {
  Make *make;
  int fd;
  guint64 size;
  const char *path;
} Copy;

static gboolean
throw_read (const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "%s can't be read: %s", path, g_strerror (number));
  return FALSE;
}

static gboolean
copy_data (const Copy *copy, guint64 start, guint64 end, char *buffer,
           GError **error)
{
  const VgReport *report = copy->make->job->report;

  while (start < end) {
    ssize_t n =
        pread (copy->fd, buffer, MIN (PART, end - start), (off_t) start);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      errno = n < 0 ? errno : EIO;
      return throw_read (copy->path, error);
    }
    if (g_cancellable_set_error_if_cancelled (copy->make->job->cancellable,
                                              error)
        || !write_data (copy->make, start, buffer, (gsize) n, error))
      return FALSE;
    start += (guint64) n;
    if (report->progress != NULL)
      report->progress (start, copy->size, report->data);
  }
  return TRUE;
}

static gboolean
copy_all (const Copy *copy, GError **error)
{
  g_autofree char *buffer = g_malloc (PART);
  off_t at = 0;

  while ((guint64) at < copy->size) {
    off_t data = lseek (copy->fd, at, SEEK_DATA);
    off_t end = data >= 0 ? lseek (copy->fd, data, SEEK_HOLE) : -1;

    if (data < 0 && errno == ENXIO)
      break;
    if (data < 0 || end < 0)
      return throw_read (copy->path, error);
    if (!copy_data (copy, (guint64) data, (guint64) end, buffer, error))
      return FALSE;
    at = end;
  }
  return TRUE;
}

static char *
get_scratch (const Make *make)
{
  g_autofree char *folder =
      vg_directory_scratch (make->job->config, make->job->journal->id);

  return g_build_filename (folder, make->disk->target, NULL);
}

static gboolean
copy_file (Make *make, GError **error)
{
  g_autofree char *place = get_scratch (make);
  g_autofree char *path = vg_swap_get_new (place, make->job->journal->id);
  Copy copy = { .make = make, .path = path, .size = make->disk->capacity };
  gboolean ok;

  copy.fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (copy.fd < 0)
    return throw_read (path, error);
  vg_report_phase (make->job->report, "Writing RBD image %s", make->name);
  ok = copy_all (&copy, error);
  close (copy.fd);
  return ok;
}

/* qemu-img converts files, so the data are in one first. */
static gboolean
convert (Make *make, GError **error)
{
  g_autofree char *place = get_scratch (make);
  const VgNewDisk file = { .image = make->disk->image,
                           .target = make->disk->target,
                           .path = place,
                           .format = "raw",
                           .uid = -1,
                           .gid = -1,
                           .mode = 0600 };
  guint64 size;

  return vg_new_disk_make_scratch (make->job, error)
         && vg_new_disk_write (make->job, &file, &size, error)
         && fill (make, size, copy_file, error);
}

gboolean
vg_rbd_image_make (const VgJob *job, VgGuestDisk *disk, VgCluster *cluster,
                   const char *name, GError **error)
{
  Make make = { .job = job, .disk = disk, .cluster = cluster, .name = name };
  g_autoptr (GError) why = NULL;

  make.rbd = vg_rbd_load (error);
  if (make.rbd == NULL)
    return FALSE;
  if (disk->parent != NULL) {
    if (make_clone (&make, &why))
      return finish_clone (&make, error);
    if (!vg_rbd_is_refusal (why)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    if (!give_up_clone (&make, why, error))
      return FALSE;
  }
  return disk->fetch.to != NULL
             ? convert (&make, error)
             : fill (&make, disk->image->size, download, error);
}
