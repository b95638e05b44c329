/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's results, as stored in its journal. */
#pragma once

#include <glib.h>

/* An image that the job created, or will create. */
typedef struct {
  char *id;
  char *name;
  char *disk; /* "vda" */
  char *format;
  char *way;         /* transport of the bytes: "read", "stream" or "clone" */
  char *store;       /* NULL: a Glance without stores */
  char *rule;        /* that chose the store: "base-image" … */
  char *reason;      /* the same for people */
  char *owner;       /* the project that owns it, or NULL: unknown */
  char *member;      /* the project it is shared with, or NULL; and … */
  gboolean accepted; /* … whether that project has accepted it */
  char **copies;     /* other stores with a copy of it, or NULL */
  guint64 size;      /* bytes; 0: not uploaded yet */
  char *checksum;    /* Glance's MD5 of it, in hexadecimal, or NULL */
  char *hash_algo;   /* Glance's other hash: "sha512", and … */
  char *hash_value;  /* … its value in hexadecimal, or both NULL */
  gboolean begun;    /* the upload has begun; not in the file */
  guint step;        /* number of its VG_STEP_IMAGE; not in the file */
  gboolean is_ours;  /* because Glance doesn't permit the planned owner; not in
                        the file */
} VgJobImage;

/* How the instant of a running guest was taken. */
typedef struct {
  gboolean known;     /* FALSE: no instant, or the guest was shut off */
  guint file_systems; /* number frozen; 0: none, because … */
  char *obstacle;     /* … a clause for people, or NULL */
  gboolean elsewhere; /* somebody else froze some, before and after */
  guint frozen_ms;    /* from before the freeze to after the thaw */
} VgJobQuiesce;
