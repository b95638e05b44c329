/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the files are chosen and journalled beforehand: of a process
 * that is killed, no other file is left. */
#include "restore/new-disk.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/convert.h"
#include "disk/swap.h"
#include "util/directory.h"

/* Of the image as Glance has it, while it is converted. */
#define IMAGE ".image"

typedef struct {
  const VgNewDisk *disk;
  char *path;  /* of the new file */
  char *image; /* of the image before it is converted */
} Names;

static void
clear_names (Names *names)
{
  g_free (names->path);
  g_free (names->image);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Names, clear_names)

static VgNewFile *
open_file (gboolean is_last, gpointer data, GError **error)
{
  const Names *names = data;
  const char *path = is_last ? names->path : names->image;
  g_autofree char *name = g_path_get_basename (path);

  return vg_new_file_open_as (names->disk->path, name, error);
}

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "the new file of %s %s: %s", path, what, g_strerror (number));
  return FALSE;
}

/* The owner last: afterwards it may not be ours to change. */
static gboolean
give (const VgNewDisk *disk, VgNewFile *file, GError **error)
{
  int fd = vg_new_file_get_fd (file);
  gboolean ours = (disk->uid < 0 || (uid_t) disk->uid == geteuid ())
                  && (disk->gid < 0 || (gid_t) disk->gid == getegid ());

  if (fchmod (fd, disk->mode) != 0)
    return throw_errno (error, disk->path, "can't get its permissions");
  return ours || fchown (fd, (uid_t) disk->uid, (gid_t) disk->gid) == 0
         || throw_errno (error, disk->path, "can't get its owner");
}

/* Glance's hash says nothing of a header that names other files. */
static gboolean
measure (const VgJob *job, const VgFetch *fetch, VgNewFile *file,
         guint64 *capacity, GError **error)
{
  struct stat made;

  if (!g_str_equal (fetch->format, "raw"))
    return vg_convert_check (job->config, file, fetch->format, capacity,
                             job->cancellable, error);
  if (fstat (vg_new_file_get_fd (file), &made) != 0)
    return throw_errno (error, fetch->image->id, "can't be looked at");
  *capacity = (guint64) made.st_size;
  return TRUE;
}

static gboolean
write_file (const VgJob *job, const VgFetch *fetch, Names *names,
            guint64 *capacity, GError **error)
{
  g_autoptr (VgNewFile) file =
      vg_fetch_run (fetch, job->config, job->peers.glance, job->report,
                    open_file, names, job->cancellable, error);

  return file != NULL && measure (job, fetch, file, capacity, error)
         && give (names->disk, file, error)
         && !g_cancellable_set_error_if_cancelled (job->cancellable, error)
         && vg_new_file_leave (file, error);
}

static gboolean
write_disk (const VgJob *job, const VgNewDisk *disk, guint64 *capacity,
            GError **error)
{
  g_auto (Names) names = { .disk = disk };
  VgFetch fetch;

  if (!vg_fetch_plan (&fetch, disk->image, disk->format, error))
    return FALSE;
  names.path = vg_swap_get_new (disk->path, job->journal->id);
  vg_journal_add_step (job->journal, VG_STEP_NEW_FILE, names.path);
  if (fetch.to != NULL) {
    names.image = g_strconcat (names.path, IMAGE, NULL);
    vg_journal_add_step (job->journal, VG_STEP_NEW_FILE, names.image);
  }
  return vg_journal_write (job->journal, error)
         && write_file (job, &fetch, &names, capacity, error);
}

gboolean
vg_new_disk_write (const VgJob *job, const VgNewDisk *disk, guint64 *capacity,
                   GError **error)
{
  if (write_disk (job, disk, capacity, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "disk %s of domain %s: ", disk->target,
                    job->journal->domain);
  return FALSE;
}

static gboolean
has_step (const VgJournal *journal, const char *folder)
{
  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->kind == VG_STEP_FOLDER && step->state == VG_STEP_BEGUN
        && g_str_equal (step->object, folder))
      return TRUE;
  }
  return FALSE;
}

gboolean
vg_new_disk_make_scratch (const VgJob *job, GError **error)
{
  g_autofree char *folder =
      vg_directory_scratch (job->config, job->journal->id);

  if (has_step (job->journal, folder))
    return TRUE;
  vg_journal_add_step (job->journal, VG_STEP_FOLDER, folder);
  return vg_journal_write (job->journal, error)
         && (vg_directory_make (folder, NULL, error)
             || vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error));
}
