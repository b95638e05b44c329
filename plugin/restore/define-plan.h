/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a guest's way back to a host that doesn't have it. */
#pragma once

#include "host/host.h"
#include "job/image-sets.h"
#include "restore/fetch.h"

/* What somebody asked for; all borrowed. */
typedef struct {
  const char *uuid;      /* of the domain */
  const char *name;      /* NULL: as it was */
  const char *directory; /* for the disks, or … */
  const char *pool;      /* … a storage pool, or NULL */
  const char *image;     /* id of one of the set; NULL: the newest whole set */
  const char *type;      /* … of that type of backup; NULL: of any */
  gint64 before;    /* … made before that time, s since 1970; 0: of any */
  gboolean trusted; /* the definition may reach into the host */
  gboolean skip_missing; /* disks without an image are left out */
} VgDefine;

/* A disk that is made. */
typedef struct {
  char *target; /* "vda" */
  char *path;   /* absolute */
  VgImageRecord *image;
  VgFetch fetch;      /* of image */
  const char *format; /* of the file, QEMU's name; static */
} VgDefineDisk;

typedef struct {
  char *name;
  char *uuid;
  char *directory;
  VgImageSet *set;
  GPtrArray *disks;    /* of VgDefineDisk */
  char **missing;      /* targets of disks without an image */
  GPtrArray *left_out; /* of char *: XML that doesn't come back */
  GPtrArray *warnings; /* of char *, for people */
  char *kept;          /* the definition as it was */
  char *xml;           /* the one for this host */
  guint64 space;       /* free in the directory, bytes */
} VgDefinePlan;

void vg_define_plan_free (VgDefinePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDefinePlan, vg_define_plan_free)

/* Chooses the images, reads the definition, and looks at the host; makes
 * nothing. Errors: VG_REQUEST_ERROR_INVALID, VG_PLAN_ERROR_DISK (a domain has
 * the name or UUID, it is a guest of Nova's, a disk has no image),
 * VG_GLANCE_ERROR_NOT_FOUND (no images, or none with a definition),
 * VG_DOMAIN_ERROR_XML, GFileError (a file is there already), and those of
 * Glance and libvirt. Blocks. */
VgDefinePlan *vg_define_plan_new (const VgDefine *wanted, VgHost *host,
                                  VgGlance *glance, GCancellable *cancellable,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The definition with the job's mark. The errors of vg_redefine(). Free with
 * g_free(). */
char *vg_define_plan_make_xml (const VgDefinePlan *plan, const VgDefine *wanted,
                               const char *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* No domain has the plan's name or UUID. The same errors. Blocks. */
gboolean vg_define_plan_check_free (const VgDefinePlan *plan, VgHost *host,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
