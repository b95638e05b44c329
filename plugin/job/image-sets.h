/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Glance has of guests: their snapshots and backups, those that Nova has
 * made as well. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"

/* One image. */
typedef struct {
  char *id;
  char *name; /* or NULL */
  char *disk; /* the target, "vda"; NULL: unknown, as of Nova's snapshots */
  gboolean is_root;
  char *status; /* "active", "queued" … */
  char *disk_format;
  char **stores;           /* NULL: unknown */
  char *version;           /* of virt-glance that made it; NULL: unknown */
  guint64 size;            /* bytes of the image's data */
  guint64 capacity;        /* bytes of the disk; 0: unknown */
  gboolean has_definition; /* of the domain, kept with it */
  const char *obstacle; /* why it can't be restored, a clause; static; NULL: it
                           can */
} VgListedImage;

/* The images of one instant of a guest. */
typedef struct {
  gint64 created;    /* s since 1970; 0: unknown */
  char *uuid;        /* of the guest */
  char *domain;      /* its name; NULL: unknown */
  char *host;        /* that it was made on; NULL: unknown */
  char *group;       /* of the images, as a property tells; NULL: one image */
  char *type;        /* of a backup; NULL: a snapshot */
  char *owner;       /* a project; NULL: unknown */
  GPtrArray *images; /* of VgListedImage, the root disk's first, then by disk */
} VgImageSet;

void vg_image_set_free (VgImageSet *set);

/* Of all images together, in bytes; whether all can be restored. */
guint64 vg_image_set_get_size (const VgImageSet *set);
gboolean vg_image_set_is_restorable (const VgImageSet *set);

/* The image with which the domain's definition is kept, borrowed, or NULL. */
const VgListedImage *vg_image_set_find_definition (const VgImageSet *set);

/* A guest whose images are wanted; borrowed. */
typedef struct {
  const char *uuid;
  const char *name;    /* NULL: as the images say */
  const char *project; /* of the instance; NULL: unknown */
} VgImageGuest;

/* The images of those guests (n_guests), the oldest first. An image of
 * another project than ours and the instance's doesn't count, because anybody
 * may write any UUID into a public image; if the instance's project is unknown,
 * that is each public or community image of another project. type: of
 * backups alone, or NULL; last: so many of the newest; 0: all.
 *
 * Glance is asked for each of a few guests, or once for many, page by page: in
 * memory there is one page, and what is kept of the images that count. Blocks.
 * Free with g_ptr_array_unref(). */
GPtrArray *vg_image_sets_list (VgGlance *glance, const VgImageGuest *guests,
                               guint n_guests, const char *type, guint last,
                               GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
