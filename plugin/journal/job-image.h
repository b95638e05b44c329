/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job made, as its journal tells it. */
#pragma once

#include <glib.h>

/* An image that the job made, or will. */
typedef struct {
  char *id;
  char *name;
  char *disk; /* "vda" */
  char *format;
  char *way;         /* how the bytes get there: "read", "stream" or "clone" */
  char *store;       /* NULL: a Glance without stores */
  char *rule;        /* by which the store was chosen: "base-image" … */
  char *reason;      /* the same for people */
  char *owner;       /* the project that it belongs to, or NULL: unknown */
  char *member;      /* the project that it is shared with, or NULL; and … */
  gboolean accepted; /* … whether this has accepted it */
  char **copies;     /* other stores that it was copied to, or NULL */
  guint64 size;      /* bytes; 0: not uploaded yet */
  gboolean begun;    /* its upload was; not in the file */
  guint step;        /* the number of its VG_STEP_IMAGE; not in the file */
  gboolean is_ours;  /* since Glance doesn't let us make it for the planned
                        owner; not in the file */
} VgJobImage;

/* How the instant was taken of a guest that ran. */
typedef struct {
  gboolean known;     /* else there was none, or it was shut off */
  guint file_systems; /* frozen for it; 0: none, since … */
  char *obstacle;     /* … a clause for people, or NULL */
  guint frozen_ms;    /* from before the freeze to after the thaw */
} VgJobQuiesce;
