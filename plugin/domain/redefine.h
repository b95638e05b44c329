/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kept definition, made into one for this host. It is untrusted: who may
 * write to Glance may have written it, and libvirt would let it name any file,
 * device and program of the host. */
#pragma once

#include <glib.h>

#include "domain/error.h"

/* The namespace of the mark in <metadata> that tells which job defined it. */
#define VG_RESTORED_URI "urn:virt-glance:restored"

/* A file that is a disk of the domain; borrowed. */
typedef struct {
  const char *target; /* "vda" */
  const char *path;   /* absolute */
  const char *format; /* QEMU's name of it */
} VgNewSource;

/* All borrowed. */
typedef struct {
  const char *xml;
  const char *name; /* the domain's; NULL: as the XML says */
  const char *job;  /* for the mark; NULL: none */
  const VgNewSource *sources;
  guint n_sources;
  gboolean trusted; /* takes elements that reach into the host, too */
} VgRedefinition;

/* The definition with each disk's source replaced: by the file for its target,
 * or, without one, by nothing for a CD or floppy drive; another disk is left
 * out. Unless it is trusted, elements that are not known to be harmless are
 * left out as well. Adds to left_out (char *) a line for each of these, as XML,
 * safe to print. VG_DOMAIN_ERROR_XML if it isn't a domain's XML, or of another
 * type of domain than QEMU's. Free with g_free(). */
char *vg_redefine (const VgRedefinition *wanted, GPtrArray *left_out,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
