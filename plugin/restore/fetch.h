/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image from Glance, whole, verified and in the format that is wanted, in a
 * file that has no final name yet. */
#pragma once

#include <gio/gio.h>

#include "glance/download.h"
#include "glance/glance.h"
#include "util/config.h"
#include "util/new-file.h"
#include "util/report.h"

/* How an image is fetched. */
typedef struct {
  const VgImageRecord *image; /* borrowed */
  const char *format;         /* of the file, Glance's name; borrowed */
  const char *from, *to; /* qemu-img's names of the formats of a conversion;
                            NULL: none; static */
  const char *algorithm; /* the hash that is compared; NULL: none is known;
                            borrowed from image, or static */
} VgFetch;

/* Plans it. format: of the file, as Glance or qemu-img names it; NULL: the
 * image's own. FALSE with VG_GLANCE_ERROR_CONFLICT (the image is not active or
 * has no data) or VG_REQUEST_ERROR_INVALID (a format from or to which nothing
 * is converted). */
gboolean vg_fetch_plan (VgFetch *fetch, const VgImageRecord *image,
                        const char *format, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Downloads the image as it is to the sink, and compares its hash. Without a
 * hash it warns, and compares the size. Errors of download.h and of the sink.
 * Blocks. */
gboolean vg_fetch_to_sink (const VgFetch *fetch, VgGlance *glance,
                           const VgReport *report, const VgSink *sink,
                           GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens a file for the image as Glance has it if !is_last, which is then
 * converted to another, opened with is_last; without a conversion there is one
 * file, and is_last. */
typedef VgNewFile *(*VgFetchOpen) (gboolean is_last, gpointer data,
                                   GError **error);

/* Downloads the image, compares its hash, and converts it if need be. Without a
 * hash it warns, and compares the size. Returns the file, its data not yet
 * forced to the disk; free it with vg_new_file_free(), which removes it unless
 * it was finished. Errors of download.h, convert.h, new-file.h and of open.
 * Blocks. */
VgNewFile *vg_fetch_run (const VgFetch *fetch, const VgConfig *config,
                         VgGlance *glance, const VgReport *report,
                         VgFetchOpen open, gpointer data,
                         GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
