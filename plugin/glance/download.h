/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads of images' data:
 * https://docs.openstack.org/api-ref/image/v2/#download-binary-image-data */
#pragma once

#include "glance/glance.h"

/* Where the bytes go. One thread, not the caller's, calls it. */
typedef struct {
  /* Takes the n bytes that begin at offset, which follow those before. */
  gboolean (*write) (gpointer data, guint64 offset, const char *bytes, gsize n,
                     GError **error);
  /* Forgets all bytes: the first one comes again. */
  gboolean (*restart) (gpointer data, GError **error);
  gpointer data;
} VgSink;

typedef struct {
  const VgImageRecord *image; /* active */
  const VgSink *sink;
  /* Called every 100 ms or so by the downloading thread. Falls back to 0 if the
   * download begins again. May be NULL. */
  void (*progress) (guint64 got, guint64 total, gpointer data);
  gpointer progress_data;
} VgDownload;

/* The hash that vg_glance_download() compares: Glance's os_hash_algo, or "md5"
 * where Glance has only a checksum; NULL where it has neither, or none that is
 * known here. Borrowed from the record, or static. */
const char *vg_download_get_algorithm (const VgImageRecord *image);

/* Downloads the image, and compares size and hash (without a hash the size
 * alone). A download that was cut goes on where it was, if Glance can read from
 * there in that store; otherwise it begins again. Tries that bring nothing new
 * are repeated [glance] num_retries times in a row. Errors of the sink are
 * returned unchanged. INTEGRITY: the data are not those of the record;
 * NOT_FOUND: the image, or its data, are gone; and the others. */
gboolean vg_glance_download (VgGlance *glance, const VgDownload *download,
                             GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
