/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressing clusters one by one, as a qcow2 file has them. */
#pragma once

#include <glib.h>

#include "image/image.h"

/* What one thread needs for it; to be used by one at a time. */
typedef struct _VgCodec VgCodec;

/* A compression other than VG_COMPRESSION_NONE. Free with vg_codec_free(). */
VgCodec *vg_codec_new (VgCompression compression);
void vg_codec_free (VgCodec *codec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCodec, vg_codec_free)

/* Compresses the n bytes of in into out, which has room for max. The same bytes
 * give the same result every time. Returns its length, or 0 where it would take
 * more room than that. */
gsize vg_codec_compress (VgCodec *codec, const void *in, gsize n, void *out,
                         gsize max);
