/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zlib and zstd with the parameters that QEMU expects in a qcow2 file: raw
 * deflate data with a window of 4 KiB, or one whole zstd frame. */
#include "image/codec.h"

#include <zlib.h>
#include <zstd.h>

#define DEFLATE_WINDOW (-12) /* bits; negative: without a header */
#define DEFLATE_MEMORY 9
#define DEFLATE_LEVELS 9

struct _VgCodec {
  z_stream *deflate[DEFLATE_LEVELS + 1]; /* by level; NULL: not used yet */
  ZSTD_CCtx *zstd;                       /* NULL with zlib */
};

/* zlib's default is QEMU's. zstd's is the fastest of its levels: in clusters of
 * 64 KiB, level 3 takes a third longer for a few per cent of size. */
static const VgCodecLevels defaults[] = {
  [VG_COMPRESSION_NONE] = { VG_COMPRESSION_NONE, 1, { 0 } },
  [VG_COMPRESSION_ZLIB] = { VG_COMPRESSION_ZLIB, 2, { 6, 9 } },
  [VG_COMPRESSION_ZSTD] = { VG_COMPRESSION_ZSTD, 5, { 1, 3, 5, 9, 12 } },
};

VgCodecLevels
vg_codec_get_levels (VgCompression compression, guint level)
{
  const VgCodecLevels *known = &defaults[compression];
  VgCodecLevels found = { .compression = compression, .n = 1 };

  if (compression == VG_COMPRESSION_NONE || level == 0)
    return *known;
  found.levels[0] = (gint) level;
  for (guint i = 0; i < known->n; i++)
    if (known->levels[i] > found.levels[0])
      found.levels[found.n++] = known->levels[i];
  return found;
}

VgCodec *
vg_codec_new (VgCompression compression)
{
  VgCodec *codec = g_new0 (VgCodec, 1);

  if (compression != VG_COMPRESSION_ZSTD)
    return codec;
  codec->zstd = ZSTD_createCCtx ();
  if (codec->zstd == NULL)
    g_error ("out of memory"); /* like GLib's allocators */
  return codec;
}

void
vg_codec_free (VgCodec *codec)
{
  if (codec == NULL)
    return;
  ZSTD_freeCCtx (codec->zstd);
  for (guint i = 0; i <= DEFLATE_LEVELS; i++)
    if (codec->deflate[i] != NULL) {
      deflateEnd (codec->deflate[i]);
      g_free (codec->deflate[i]);
    }
  g_free (codec);
}

/* Changing a stream's level is not the same in all versions of zlib, so each
 * level has its own. */
static z_stream *
get_stream (VgCodec *codec, gint level)
{
  z_stream *stream = codec->deflate[level];

  if (stream != NULL)
    return stream;
  stream = codec->deflate[level] = g_new0 (z_stream, 1);
  if (deflateInit2 (stream, level, Z_DEFLATED, DEFLATE_WINDOW, DEFLATE_MEMORY,
                    Z_DEFAULT_STRATEGY)
      != Z_OK)
    g_error ("out of memory"); /* like GLib's allocators */
  return stream;
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
vg_codec_compress (VgCodec *codec, gint level, const void *in, gsize n,
                   void *out, gsize max)
{
  gsize length;

  if (codec->zstd == NULL)
    return deflate_cluster (get_stream (codec, level), in, n, out, max);
  length = ZSTD_compressCCtx (codec->zstd, out, max, in, n, level);
  return ZSTD_isError (length) ? 0 : length;
}
