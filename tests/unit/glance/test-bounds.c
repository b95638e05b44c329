/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replies of a Glance that never ends: each is left after a bound of bytes or
 * time. And how long it may take to save an image. */
#include <string.h>

#include "glance/glance.h"
#include "inventory/stores.h"
#include "lib/glance-fake.h"
#include "lib/test-clock.h"

#define OK "HTTP/1.1 200 OK\\r\\n"
#define SHORT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG SHORT SHORT SHORT SHORT SHORT SHORT SHORT SHORT
#define CHUNKED "Transfer-Encoding: chunked\\r\\n\\r\\n"

static Fake *fake;

static const struct {
  const char *rule;
  gint code;
  const char *message;
} rows[] = {
  { "'raw':'" OK CHUNKED "2\\r\\n{}\\r\\n0\\r\\n','again':'X-A: " LONG
    "\\r\\n'",
    VG_GLANCE_ERROR_PROTOCOL, "*response is too long*" },
  { "'raw':'" OK "','again':'X-A: " LONG "\\r\\n'", VG_GLANCE_ERROR_PROTOCOL,
    "*response is too long*" },
  { "'raw':'','again':'HTTP/1.1 102 Processing\\r\\n\\r\\n'",
    VG_GLANCE_ERROR_PROTOCOL, "*response is too long*" },
  { "'raw':'HTTP/1.1 403 Forbidden\\r\\n\\r\\nnever ','again':'no '",
    VG_GLANCE_ERROR_FORBIDDEN, "*HTTP 403 (Forbidden): never no no*" },
};

static void
test_replies (void)
{
  g_autoptr (VgConfig) config = fake_config (fake);

  config->num_retries = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *order = g_strdup_printf (
        "{'rules':[{'path':'/v2/images/i',%s}]}", rows[i].rule);
    g_autoptr (VgGlance) glance = fake_session (config);
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", rows[i].rule);
    fake_reset (fake, order);
    g_assert_null (vg_glance_get_image (glance, "i", NULL, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, VG_GLANCE_ERROR, rows[i].code);
    g_assert_true (g_pattern_match_simple (rows[i].message, error->message));
  }
}

/* Sets the clock forward by more than the limit, again and again: a jump before
 * the reply's first byte doesn't count. The watch for stalls takes a jump for a
 * suspended process. */
static gpointer
pass_time (gpointer over)
{
  while (fake_count (fake, "GET", "/v2/images/i") == 0)
    g_usleep (1000);
  while (!g_atomic_int_get ((gint *) over)) {
    test_clock_advance (301 * G_USEC_PER_SEC);
    g_usleep (1000);
  }
  return NULL;
}

/* A byte now and then is no stall. */
static void
check_slow (const char *words)
{
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{'path':'/v2/images/i',%s,'times':0}]}", words);
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autoptr (VgGlance) glance = NULL;
  g_autoptr (GError) error = NULL;
  gint over = 0;
  GThread *thread;

  config->timeout = 60;
  config->num_retries = 0;
  glance = fake_session (config);
  fake_reset (fake, order);
  thread = g_thread_new ("time", pass_time, &over);
  g_assert_null (vg_glance_get_image (glance, "i", NULL, &error));
  g_atomic_int_set (&over, 1);
  g_thread_join (thread);
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (
      strstr (error->message, "the response did not end within 300 s"));
}

static void
test_slow_reply (void)
{
  check_slow ("'raw':'" OK "\\r\\n','again':' ','pause':0.1");
  check_slow ("'raw':'" OK "','again':'a: b\\r\\n','pause':0.1");
}

/* The headers of a reply that announces another one. */
static void
test_slow_announcement (void)
{
  check_slow ("'raw':'HTTP/1.1 103 Early Hints\\r\\n','again':'a: b\\r\\n',"
              "'pause':0.1");
}

/* The first line of a reply's headers continues one, as if it were a header of
 * the reply before. libcurl decides which error that is. */
static void
test_continued_header (void)
{
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autoptr (VgGlance) glance = NULL;

  config->num_retries = 0;
  glance = fake_session (config);

  fake_reset (fake, "{'rules':[{'path':'/v2/images/i','times':0,'raw':'" OK
                    " X-A: " LONG "\\r\\nContent-Length: 2\\r\\n\\r\\n{}'}]}");
  for (guint i = 0; i < 100; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_glance_get_image (glance, "i", NULL, &error));
    g_assert_true (error->domain == VG_GLANCE_ERROR);
  }
}

/* Waits until the image's record was read so often, or the upload is over. */
static void
await_looks (guint n, gint *over)
{
  while (fake_count (fake, "GET", FAKE_IMAGE_PATH) < n
         && !g_atomic_int_get (over))
    g_usleep (1000);
}

/* Half the timeout passes before Glance is done with the image. */
static gpointer
pass_half (gpointer over)
{
  await_looks (1, over);
  test_clock_advance (30 * G_USEC_PER_SEC);
  await_looks (fake_count (fake, "GET", FAKE_IMAGE_PATH) + 2, over);
  fake_control (fake, "{'forget':true}");
  return NULL;
}

/* A proxy gives up (504), and Glance goes on: an image that is saving is waited
 * for, until the timeout. After Glance's own failure (500) it isn't, for long.
 */
static void
check_patience (guint status, gboolean waits)
{
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{'method':'PUT','path':'%s','status':%u,'at':1,"
      "'leave':'queued'},{'method':'GET','path':'%s','times':0,'status':200,"
      "'json':{'id':'i','status':'saving'}}]}",
      FAKE_FILE_PATH, status, FAKE_IMAGE_PATH);
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autoptr (VgGlance) glance = NULL;
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  VgUpload upload = { .image_id = FAKE_IMAGE };
  FakeBody body;
  gint over = 0;
  GThread *thread;

  config->timeout = 60;
  glance = fake_session (config);
  fake_reset (fake, NULL);
  fake_make_image (glance);
  fake_body_init (&body, 1000);
  fake_control (fake, order);
  thread = g_thread_new ("time", pass_half, &over);
  record = vg_glance_upload (glance, &upload, &body.base, NULL, &error);
  g_atomic_int_set (&over, 1);
  g_thread_join (thread);
  if (waits)
    g_assert_no_error (error);
  else
    g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STUCK);
}

static void
test_patience (void)
{
  check_patience (504, TRUE);
  check_patience (500, FALSE);
}

static VgStores *
parse_many (guint n, GError **error)
{
  g_autoptr (GString) json = g_string_new ("{\"stores\": [");

  for (guint i = 0; i < n; i++) {
    g_string_append (json, i > 0 ? "," : "");
    g_string_append_printf (json, "{\"id\":\"s%u\",\"type\":\"t\"}", i);
  }
  g_string_append (json, "]}");
  return vg_stores_parse (json->str, json->str, error);
}

/* (Each with each would be ten thousand million comparisons.) */
static void
test_stores (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgStores) stores = parse_many (100000, &error);
  g_autoptr (VgStores) none = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (stores->list->len, ==, 100000);
  g_assert_cmpstr (((VgStore *) stores->list->pdata[99999])->type, ==, "t");
  none = parse_many (600000, &error);
  g_assert_null (none);
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
}

/* A list whose pages are long, and each names another one. */
static void
test_pages (void)
{
  static const char *const filters[] = { NULL };
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autoptr (VgGlance) glance = fake_session (config);
  g_autofree char *filling = g_strnfill (900 << 10, 'x');
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{'path':'/v2/images','times':0,'status':200,'json':{"
      "'images':[],'next':'/v2/images?marker=a','x':'%s'}}]}",
      filling);
  g_autoptr (GError) error = NULL;

  fake_reset (fake, order);
  g_assert_null (vg_glance_list_images (glance, filters, NULL, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "the list is too long"));
  g_assert_cmpuint (fake_count (fake, "GET", "/v2/images"), ==, 37);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fake = fake_new (NULL);
  g_test_add_func ("/bounds/replies", test_replies);
  g_test_add_func ("/bounds/continued-header", test_continued_header);
  g_test_add_func ("/bounds/slow-reply", test_slow_reply);
  g_test_add_func ("/bounds/slow-announcement", test_slow_announcement);
  g_test_add_func ("/bounds/patience", test_patience);
  g_test_add_func ("/bounds/stores", test_stores);
  g_test_add_func ("/bounds/pages", test_pages);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
