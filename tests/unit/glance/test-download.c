/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads that are cut, resumed, refused or spoilt: whatever comes is the
 * image, or an error. */
#include "glance/download.h"

#include <string.h>

#include "lib/upload-fixture.h"
#include "lib/workdir.h"

#define FILE_RULE "'method':'GET','path':'" FAKE_FILE_PATH "'"

static char *dir;

typedef struct {
  GByteArray *bytes;
  guint restarts;
  guint64 fail_at; /* 0: never */
  gboolean in_order;
  guint64 last; /* progress */
  VgSink sink;
  VgDownload download;
} Target;

static gboolean
on_write (gpointer data, guint64 offset, const char *bytes, gsize n,
          GError **error)
{
  Target *target = data;

  target->in_order &= offset == target->bytes->len;
  g_byte_array_append (target->bytes, (const guint8 *) bytes, (guint) n);
  if (target->fail_at == 0 || offset + n < target->fail_at)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "no space");
  return FALSE;
}

static gboolean
on_restart (gpointer data, GError **error G_GNUC_UNUSED)
{
  Target *target = data;

  target->restarts++;
  g_byte_array_set_size (target->bytes, 0);
  return TRUE;
}

static void
on_progress (guint64 got, guint64 total, gpointer data)
{
  Target *target = data;

  g_assert_cmpuint (total, ==, UPLOAD_SIZE);
  target->last = got;
}

static Target *
target_new (const VgImageRecord *image)
{
  Target *target = g_new0 (Target, 1);

  target->bytes = g_byte_array_new ();
  target->in_order = TRUE;
  target->sink = (VgSink){ on_write, on_restart, target };
  target->download = (VgDownload){ image, &target->sink, on_progress, target };
  return target;
}

static void
target_free (Target *target)
{
  g_byte_array_unref (target->bytes);
  g_free (target);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Target, target_free)

/* An active image whose data the fake has kept. */
static VgImageRecord *
upload (UploadFixture *f)
{
  g_autofree char *order = g_strdup_printf ("{'config':{'keep':'%s'}}", dir);
  VgImageRecord *record;

  fake_control (fake, order);
  record = upload_send (f);
  g_assert_no_error (f->error);
  return record;
}

static gboolean
has_all (const Target *target)
{
  g_autofree char *path = workdir_path (dir, FAKE_IMAGE);
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  return n == UPLOAD_SIZE && target->bytes->len == n
         && memcmp (bytes, target->bytes->data, n) == 0;
}

typedef struct {
  const char *order;
  guint gets;
  guint restarts;
} Good;

static void
test_good (UploadFixture *f, gconstpointer data)
{
  const Good *good = data;
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);
  gboolean ok;

  fake_control (fake, good->order);
  ok = vg_glance_download (f->glance, &target->download, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_true (ok && has_all (target) && target->in_order);
  g_assert_cmpuint (target->last, ==, UPLOAD_SIZE);
  g_assert_cmpuint (fake_count (fake, "GET", FAKE_FILE_PATH), ==, good->gets);
  g_assert_cmpuint (target->restarts, ==, good->restarts);
}

static const Good goods[] = {
  { "{}", 1, 0 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5}]}", 2, 0 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5,'times':5}]}", 6, 0 },
  { "{'rules':[{" FILE_RULE ",'drop':0}]}", 2, 0 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5}],'config':{'ranges':'refuse'}}", 3,
    1 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5}],'config':{'ranges':'ignore'}}", 2,
    1 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5}],'config':{'ranges':'wrong'}}", 3,
    1 },
  { "{'rules':[{" FILE_RULE ",'status':503,'times':2}]}", 3, 0 },
  { "{'rules':[{" FILE_RULE ",'drop':0.5},{" FILE_RULE ",'status':503}]}", 3,
    0 },
  { "{'rules':[{" FILE_RULE ",'status':401}]}", 2, 0 },
};

/* Nothing comes any more. */
static void
test_stalled (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const Good good = { "{'rules':[{" FILE_RULE ",'hang':0.5}]}", 2, 0 };

  vg_glance_free (f->glance);
  f->config->timeout = 1;
  f->glance = fake_session (f->config);
  test_good (f, &good);
}

/* It went on where it was. */
static void
test_range (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);
  g_autoptr (VgJson) last = NULL;
  g_autofree char *range =
      g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", UPLOAD_SIZE / 4);

  fake_control (fake, "{'rules':[{" FILE_RULE ",'drop':0.25}]}");
  g_assert_true (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  last = fake_last (fake, "GET", FAKE_FILE_PATH);
  g_assert_cmpstr (vg_json_get_string (vg_json_get (last, "headers"), "range"),
                   ==, range);
}

typedef struct {
  const char *order;
  gint code;
  const char *pattern;
  guint gets;
} Bad;

static void
test_bad (UploadFixture *f, gconstpointer data)
{
  const Bad *bad = data;
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);

  fake_control (fake, bad->order);
  g_assert_false (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  g_test_message ("%s", f->error->message);
  g_assert_error (f->error, VG_GLANCE_ERROR, bad->code);
  if (!g_pattern_match_simple (bad->pattern, f->error->message))
    g_error ("not like \"%s\": %s", bad->pattern, f->error->message);
  g_assert_cmpuint (fake_count (fake, "GET", FAKE_FILE_PATH), ==, bad->gets);
}

static const Bad bads[] = {
  { "{'rules':[{" FILE_RULE ",'spoil':true}]}", VG_GLANCE_ERROR_INTEGRITY,
    "can't download image " FAKE_IMAGE ": *sha512 is *, but should be *", 1 },
  { "{'rules':[{" FILE_RULE ",'more':true}]}", VG_GLANCE_ERROR_INTEGRITY,
    "*more than the 3145728 bytes*", 1 },
  /* The third try brings nothing new, and so does the fourth. */
  { "{'config':{'ranges':'ignore'},'rules':[{" FILE_RULE
    ",'drop':0.5,'times':0}]}",
    VG_GLANCE_ERROR_UNAVAILABLE, "can't download image *", 3 },
  { "{'rules':[{" FILE_RULE ",'drop':0,'times':0}]}",
    VG_GLANCE_ERROR_UNAVAILABLE, "can't download image *", 3 },
  { "{'rules':[{" FILE_RULE ",'status':404,'json':{'message':'gone'}}]}",
    VG_GLANCE_ERROR_NOT_FOUND, "*HTTP 404*", 1 },
  { "{'rules':[{" FILE_RULE ",'status':403,'json':{'message':'no'}}]}",
    VG_GLANCE_ERROR_FORBIDDEN, "*HTTP 403*", 1 },
  { "{'rules':[{" FILE_RULE ",'status':204}]}", VG_GLANCE_ERROR_NOT_FOUND,
    "*no data of it*", 1 },
  { "{'rules':[{" FILE_RULE ",'status':401,'times':0}]}", VG_GLANCE_ERROR_AUTH,
    "*HTTP 401*", 2 },
};

static void
test_sink_fails (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);

  target->fail_at = UPLOAD_SIZE / 2;
  g_assert_false (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  g_assert_error (f->error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_assert_cmpuint (fake_count (fake, "GET", FAKE_FILE_PATH), ==, 1);
}

static void
test_cancelled (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  g_assert_false (vg_glance_download (f->glance, &target->download, cancellable,
                                      &f->error));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Glances without such hashes, and with one that nobody knows. */
static void
test_algorithms (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) image = upload (f);
  g_autoptr (Target) target = target_new (image);
  char *checksum = image->checksum;

  g_assert_cmpstr (vg_download_get_algorithm (image), ==, "sha512");
  g_free (image->os_hash_algo);
  image->os_hash_algo = g_strdup ("sha1024");
  g_assert_cmpstr (vg_download_get_algorithm (image), ==, "md5");
  g_assert_true (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  g_clear_pointer (&image->os_hash_value, g_free);
  image->os_hash_algo[3] = '\0';
  memcpy (image->os_hash_algo, "md5", 3);
  on_restart (target, NULL);
  g_assert_true (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  image->checksum = (char *) "00";
  on_restart (target, NULL);
  g_assert_false (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY);
  image->checksum = NULL;
  g_clear_error (&f->error);
  on_restart (target, NULL);
  g_assert_null (vg_download_get_algorithm (image));
  g_assert_true (
      vg_glance_download (f->glance, &target->download, NULL, &f->error));
  g_assert_true (has_all (target));
  image->checksum = checksum;
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  dir = workdir_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (goods); i++) {
    g_autofree char *path = g_strdup_printf ("/download/good/%zu", i);

    upload_fixture_add (path, &goods[i], test_good);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bads); i++) {
    g_autofree char *path = g_strdup_printf ("/download/bad/%zu", i);

    upload_fixture_add (path, &bads[i], test_bad);
  }
  upload_fixture_add ("/download/range", NULL, test_range);
  upload_fixture_add ("/download/stalled", NULL, test_stalled);
  upload_fixture_add ("/download/sink-fails", NULL, test_sink_fails);
  upload_fixture_add ("/download/cancelled", NULL, test_cancelled);
  upload_fixture_add ("/download/algorithms", NULL, test_algorithms);
  result = session_fixture_run ();
  workdir_remove (dir);
  return result;
}
