/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compression of single clusters for a qcow2 file. */
#pragma once

#include <glib.h>

#include "image/image.h"

#define VG_CODEC_MAX_LEVELS 8

/* The levels that an image is compressed with, in zlib's or zstd's numbers: the
 * first one as a rule, each further one gives smaller clusters and is slower.
 */
typedef struct {
  VgCompression compression;
  guint n;
  gint levels[VG_CODEC_MAX_LEVELS];
} VgCodecLevels;

/* level: the first level; 0 for the default one. Without a compression there is
 * one level that does nothing. */
VgCodecLevels vg_codec_get_levels (VgCompression compression, guint level);

/* State of a compressor. Use it from one thread at a time. */
typedef struct _VgCodec VgCodec;

/* compression: any but VG_COMPRESSION_NONE. Free with vg_codec_free(). */
VgCodec *vg_codec_new (VgCompression compression);
void vg_codec_free (VgCodec *codec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCodec, vg_codec_free)

/* Compresses the n bytes at in to at most max bytes at out. The result depends
 * on the bytes and the level alone. Returns the compressed length, or 0 if it
 * exceeds max. */
gsize vg_codec_compress (VgCodec *codec, gint level, const void *in, gsize n,
                         void *out, gsize max);
