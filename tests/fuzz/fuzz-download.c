/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data of an image, by HTTP replies as in fuzz-reply.c: cut, continued by
 * Ranges, or begun again. What is taken for whole has the image's size, and
 * came in order. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/replies.h"
#include "glance/download.h"
#include "glance/session.h"

#define SIZE 12

static VgConfig *config;

static gboolean
on_write (gpointer data, guint64 offset, const char *bytes G_GNUC_UNUSED,
          gsize n, GError **error G_GNUC_UNUSED)
{
  guint64 *got = data;

  g_assert_cmpuint (offset, ==, *got);
  *got += n;
  g_assert_cmpuint (*got, <=, SIZE);
  return TRUE;
}

static gboolean
on_restart (gpointer data, GError **error G_GNUC_UNUSED)
{
  *(guint64 *) data = 0;
  return TRUE;
}

static void
download (void)
{
  guint64 got = 0;
  const VgSink sink = { on_write, on_restart, &got };
  VgImageRecord image = { .id = (char *) "1", .size = SIZE };
  const VgDownload what = { .image = &image, .sink = &sink };
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (config, &error);
  gboolean ok;

  g_assert_no_error (error);
  vg_http_set_pause (glance->http, 1);
  ok = vg_glance_download (glance, &what, NULL, &error);
  fuzz_check_result (ok, error);
  g_assert_true (!ok || got == SIZE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (GStrv) parts = fuzz_split (data, size);

  /* (It would be waited for.) */
  for (char **part = parts; *part != NULL; part++)
    if (strcasestr (*part, "retry-after") != NULL)
      return 0;
  if (config == NULL) {
    config = fuzz_serve ();
    config->num_retries = 1;
  }
  fuzz_set_replies (parts);
  download ();
  fuzz_set_replies (NULL);
  return 0;
}
