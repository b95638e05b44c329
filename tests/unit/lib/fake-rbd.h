/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fake of librados and librbd: those of their functions that plugin/disk/rbd
 * calls, with clusters in folders below $VG_FAKE_CEPH, so that what they hold
 * outlives a process that is killed. This header is for the fake's own files;
 * fake-rbd-make.h is for tests.
 *
 *   faults                        see fake-rbd-fault.c
 *   log                           one line for each call
 *   CLUSTER/                      named like one of its monitors
 *     fsid
 *     require-client              Ceph's number of a release; 12 if missing
 *     users/USER                  [user] key=…, [caps] POOL=r or rw ("*": all)
 *     pools/POOL[/spaces/SPACE]/
 *       images/IMAGE/, trash/ID/  an image: see fake-rbd-store.c
 */
#pragma once

#include <glib.h>
#include <rados/librados.h>
#include <rbd/librbd.h>

#define FAKE_RBD_FOLDER "VG_FAKE_CEPH"

/* What a rados_t is. */
typedef struct {
  char *folder; /* NULL: not connected */
  char *user;
  GHashTable *options;
  int n_open; /* pools and images */
} FakeCluster;

/* What a rados_ioctx_t is. */
typedef struct {
  FakeCluster *cluster;
  char *pool;
  char *space;       /* or "" */
  gboolean full_try; /* writing to a full pool fails instead of waiting */
} FakeIo;

/* An image, or one of its snapshots. */
typedef struct {
  FakeCluster *cluster;
  char *pool, *space;
  char *folder;
  GKeyFile *header; /* as it was read last */
  guint64 number;   /* of the snapshot; 0: the image itself */
  char group[24];   /* of the header */
} FakeVersion;

/* What a rbd_image_t is. */
typedef struct {
  FakeVersion version;
  gboolean full_try, read_only;
  int watch;     /* a locked file: it is in use */
  int notify;    /* an eventfd, or -1 */
  GQueue *reads; /* of FakeRead: not given out yet */
} FakeImage;

/* ---- Faults: fake-rbd-fault.c */

typedef struct {
  const char *function;
  gboolean stop; /* return result at once */
  int result;
  int after; /* what to return after the deed; 0: its own result */
  gboolean kill_after;
} FakeFault;

/* Logs the call and looks what is to go wrong. cluster may be NULL; full_try:
 * see FakeIo. */
FakeFault fake_rbd_begin (const char *function, const char *argument,
                          const FakeCluster *cluster, gboolean full_try);
int fake_rbd_end (const FakeFault *fault, int result);

/* The real library waits for ever for a cluster that does not answer, or for a
 * pool that is full, unless it is told not to: so that is checked. */
void fake_rbd_check_patience (const FakeCluster *cluster, gboolean full_try,
                              int error);

/* Ends the program: the real library would crash, or wait for ever. */
_Noreturn void fake_rbd_die (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* What the real library would print. */
void fake_rbd_complain (const FakeCluster *cluster, const char *text);

/* ---- What is stored: fake-rbd-store.c */

/* Held while the files of a cluster are read or changed. */
typedef int FakeLock;
FakeLock fake_rbd_lock (const FakeCluster *cluster);
void fake_rbd_unlock (FakeLock lock);
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (FakeLock, fake_rbd_unlock, -1)

/* Whether the user may do that ('r', 'w') in the pool. */
gboolean fake_rbd_may (const FakeCluster *cluster, const char *pool,
                       char right);

/* The folders of a pool's or namespace's images (kind "images", or "trash"),
 * and of an image. Free with g_free(). */
char *fake_rbd_place (const FakeCluster *cluster, const char *pool,
                      const char *space, const char *kind);
char *fake_rbd_image_folder (const FakeCluster *cluster, const char *pool,
                             const char *space, const char *name);

/* Opens a version: FALSE where there is no (whole) image. Clear it with
 * fake_rbd_version_clear(). */
gboolean fake_rbd_version_open (FakeVersion *version, FakeCluster *cluster,
                                const char *pool, const char *space,
                                const char *name, guint64 number);
void fake_rbd_version_clear (FakeVersion *version);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FakeVersion, fake_rbd_version_clear)

void fake_rbd_version_set (FakeVersion *version, guint64 number);

/* Whoever may write to an image is seen by who wants to remove it. A file that
 * is to be closed. */
int fake_rbd_watch_version (const FakeVersion *version);

/* Whether somebody has the image open who may write to it. */
gboolean fake_rbd_is_watched (const char *folder);

/* Reads the header again. FALSE where the image is gone. */
gboolean fake_rbd_reload (FakeVersion *version);
void fake_rbd_save (const FakeVersion *version);

/* A member of the version's group; 0 where it is missing. */
guint64 fake_rbd_get (const FakeVersion *version, const char *key);
void fake_rbd_set (const FakeVersion *version, const char *key, guint64 value);
char *fake_rbd_get_string (const FakeVersion *version, const char *key);

/* Of the image as a whole. */
guint64 fake_rbd_get_image (const FakeVersion *version, const char *key);
guint64 fake_rbd_object_size (const FakeVersion *version);

/* The numbers of all snapshots, those in the trash too, ended by 0. Free with
 * g_free(). */
guint64 *fake_rbd_snapshots (const FakeVersion *version);

/* The number of the snapshot that users see by this name; 0: none. */
guint64 fake_rbd_find_snapshot (const FakeVersion *version, const char *name);

/* ---- Data: fake-rbd-data.c */

#define FAKE_OBJECT_NONE '0'
#define FAKE_OBJECT_THERE '1'
/* The object map has it, but it was not written. */
#define FAKE_OBJECT_CLAIMED 'c'

char fake_rbd_object (const FakeVersion *version, guint64 object);
void fake_rbd_set_object (const FakeVersion *version, guint64 object,
                          char state);

/* The file with the version's own objects. Free with g_free(). */
char *fake_rbd_data_path (const FakeVersion *version);

/* Reads what users see; what is beyond the end or nowhere is zero. */
void fake_rbd_read (const FakeVersion *version, guint64 offset, guint8 *buffer,
                    gsize length);
/* Writes to the version's own objects; copies them from the parent before. */
void fake_rbd_write (const FakeVersion *version, guint64 offset,
                     const guint8 *buffer, gsize length);

gboolean fake_rbd_is_zero (const guint8 *buffer, gsize length);

/* ---- Clones: fake-rbd-clone.c */

/* Opens what the version is a clone of: FALSE where it is none. *overlap: how
 * many bytes it sees of it. */
gboolean fake_rbd_parent_open (const FakeVersion *version, FakeVersion *parent,
                               guint64 *overlap);

/* Whether the snapshot has clones of that format, or of any (0). */
gboolean fake_rbd_has_children (const FakeVersion *snapshot, int format);

/* Notes in the parent that it has a clone, the child. */
void fake_rbd_attach (const FakeVersion *child, FakeVersion *parent,
                      guint64 format);

/* Takes the child off there, unless another version of it needs the parent. A
 * snapshot in the trash goes with its last clone. */
void fake_rbd_detach (const FakeVersion *child, FakeVersion *parent);

/* The version is a clone no more. */
void fake_rbd_forget_parent (const FakeVersion *version);

/* Removes the version's group and data. */
void fake_rbd_drop_snapshot (FakeVersion *version);
