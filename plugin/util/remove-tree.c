/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every name is deleted in the directory of a descriptor. (GLib has no such
 * function, and fts(3) and nftw(3) go by paths.) One descriptor is open for
 * each level, up to a bound: deeper directories are moved to the top and
 * deleted from there. */
#include "util/remove-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 32
#define MAX_NAMES 10000

/* A file system by its mount; by its device where the kernel doesn't tell (a
 * subvolume has a device of its own, and is the same mount). */
typedef struct {
  guint64 mount;
  dev_t device;
} Place;

typedef struct {
  int top;
  Place place;
  uid_t owner;
  gboolean takes_over; /* names appeared meanwhile */
  guint names;         /* deleted or moved so far */
  GError *why;         /* the first failure */
} Removal;

static void remove_inside (Removal *removal, int fd, guint depth);

static void
note_failure (Removal *removal, const char *name, const char *why, int number)
{
  if (removal->why == NULL)
    removal->why = g_error_new (G_FILE_ERROR, g_file_error_from_errno (number),
                                "%s%s%s", name, *name != '\0' ? ": " : "", why);
}

static void
note_errno (Removal *removal, const char *name)
{
  note_failure (removal, name, g_strerror (errno), errno);
}

static gboolean
look (int fd, Place *place, uid_t *owner)
{
  struct statx stx;
  struct stat st;

  if (fstat (fd, &st) < 0)
    return FALSE;
  place->device = st.st_dev;
  place->mount = 0;
  *owner = st.st_uid;
  if (statx (fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) == 0
      && (stx.stx_mask & STATX_MNT_ID) != 0)
    place->mount = stx.stx_mnt_id;
  return TRUE;
}

static gboolean
is_same (const Place *a, const Place *b)
{
  return a->mount != 0 && b->mount != 0 ? a->mount == b->mount
                                        : a->device == b->device;
}

/* Nobody else can add names any more. */
static void
take_over (int fd, const char *name)
{
  if (fchown (fd, geteuid (), (gid_t) -1) < 0 || fchmod (fd, 0700) < 0)
    g_debug ("%s: %s", name, g_strerror (errno));
}

/* Whether the directory may be emptied. A user who may write to a directory of
 * another user could have moved it here. */
static gboolean
check (Removal *removal, int fd, const char *name)
{
  Place place;
  uid_t owner;

  if (!look (fd, &place, &owner))
    note_errno (removal, name);
  else if (!is_same (&place, &removal->place))
    note_failure (removal, name, "another file system is mounted there", EXDEV);
  else if (owner != removal->owner && owner != geteuid ())
    note_failure (removal, name, "the directory belongs to another user",
                  EPERM);
  else {
    if (removal->takes_over && owner != geteuid ())
      take_over (fd, name);
    return TRUE;
  }
  return FALSE;
}

static void
empty_directory (Removal *removal, int parent, const char *name, guint depth)
{
  int fd =
      openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    note_errno (removal, name);
  else if (check (removal, fd, name))
    remove_inside (removal, fd, depth);
  else
    close (fd);
}

static void
move_to_top (Removal *removal, int parent, const char *name)
{
  g_autofree char *place =
      g_strdup_printf ("%08x-%u", g_random_int (), removal->names);

  if (renameat (parent, name, removal->top, place) < 0)
    note_errno (removal, name);
}

static void
remove_name (Removal *removal, int parent, const char *name, guint depth)
{
  removal->names++;
  if (unlinkat (parent, name, 0) == 0 || errno == ENOENT)
    return;
  if (errno != EISDIR) {
    note_errno (removal, name);
    return;
  }
  if (depth == MAX_DEPTH) {
    move_to_top (removal, parent, name);
    return;
  }
  empty_directory (removal, parent, name, depth + 1);
  /* What isn't empty is met again. */
  if (unlinkat (parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT
      && errno != ENOTEMPTY)
    note_errno (removal, name);
}

/* Takes fd. */
static void
remove_inside (Removal *removal, int fd, guint depth)
{
  DIR *dir = fdopendir (fd);
  const struct dirent *entry;

  if (dir == NULL) {
    note_errno (removal, "");
    close (fd);
    return;
  }
  while (removal->names < MAX_NAMES && (entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      remove_name (removal, dirfd (dir), entry->d_name, depth);
  closedir (dir);
}

/* Passes through the directory until it is gone, while there is progress. */
static void
remove_top (Removal *removal, int parent, const char *name)
{
  guint before;

  do {
    before = removal->names;
    empty_directory (removal, parent, name, 0);
    if (unlinkat (parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
      g_clear_error (&removal->why);
      return;
    }
    if (errno != ENOTEMPTY)
      note_errno (removal, "");
    removal->takes_over = TRUE;
  } while (removal->why == NULL && removal->names > before
           && removal->names < MAX_NAMES);
  note_failure (removal, "", "there is more in it than can be deleted at once",
                EAGAIN);
}

gboolean
vg_remove_tree (int parent, const char *name, GError **error)
{
  Removal removal = { .owner = (uid_t) -1 };
  Place place;
  uid_t owner;

  removal.top =
      openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (removal.top < 0 && errno != ENOENT
      && ((errno != ELOOP && errno != ENOTDIR)
          || (unlinkat (parent, name, 0) < 0 && errno != ENOENT)))
    note_errno (&removal, "");
  if (removal.top >= 0) {
    if (look (parent, &removal.place, &owner)
        && look (removal.top, &place, &removal.owner))
      remove_top (&removal, parent, name);
    else
      note_errno (&removal, "");
    close (removal.top);
  }
  if (removal.why == NULL)
    return TRUE;
  g_propagate_error (error, removal.why);
  return FALSE;
}
