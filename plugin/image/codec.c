/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zlib and zstd with the parameters that QEMU expects in a qcow2 file: raw
 * deflate data with a window of 4 KiB, or one whole zstd frame. The compression
 * levels are QEMU's too. */
#include "image/codec.h"

#include <zlib.h>
#include <zstd.h>

#define DEFLATE_WINDOW (-12) /* bits; negative: without a header */
#define DEFLATE_MEMORY 9

struct _VgCodec {
  z_stream deflate; /* unused with zstd */
  ZSTD_CCtx *zstd;
};

VgCodec *
vg_codec_new (VgCompression compression)
{
  VgCodec *codec = g_new0 (VgCodec, 1);

  if (compression == VG_COMPRESSION_ZSTD)
    codec->zstd = ZSTD_createCCtx ();
  if (codec->zstd == NULL
      && deflateInit2 (&codec->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                       DEFLATE_WINDOW, DEFLATE_MEMORY, Z_DEFAULT_STRATEGY)
             != Z_OK)
    g_error ("out of memory"); /* like GLib's allocators */
  return codec;
}

void
vg_codec_free (VgCodec *codec)
{
  if (codec == NULL)
    return;
  if (codec->zstd != NULL)
    ZSTD_freeCCtx (codec->zstd);
  else
    deflateEnd (&codec->deflate);
  g_free (codec);
}

static gsize
deflate_cluster (z_stream *stream, const void *in, gsize n, void *out,
                 gsize max)
{
  stream->next_in = (z_const Bytef *) in;
  stream->avail_in = (uInt) n;
  stream->next_out = out;
  stream->avail_out = (uInt) max;
  return deflateReset (stream) == Z_OK
                 && deflate (stream, Z_FINISH) == Z_STREAM_END
             ? max - stream->avail_out
             : 0;
}

gsize
vg_codec_compress (VgCodec *codec, const void *in, gsize n, void *out,
                   gsize max)
{
  gsize length;

  if (codec->zstd == NULL)
    return deflate_cluster (&codec->deflate, in, n, out, max);
  length =
      ZSTD_compressCCtx (codec->zstd, out, max, in, n, ZSTD_CLEVEL_DEFAULT);
  return ZSTD_isError (length) ? 0 : length;
}
