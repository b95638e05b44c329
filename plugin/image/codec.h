/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compression of single clusters for a qcow2 file. */
#pragma once

#include <glib.h>

#include "image/image.h"

/* State of a compressor. Use it from one thread at a time. */
typedef struct _VgCodec VgCodec;

/* compression: any but VG_COMPRESSION_NONE. Free with vg_codec_free(). */
VgCodec *vg_codec_new (VgCompression compression);
void vg_codec_free (VgCodec *codec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCodec, vg_codec_free)

/* Compresses the n bytes at in to at most max bytes at out. Deterministic.
 * Returns the compressed length, or 0 if it exceeds max. */
gsize vg_codec_compress (VgCodec *codec, const void *in, gsize n, void *out,
                         gsize max);
