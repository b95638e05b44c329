/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spool: what is put in comes out the same, in order, once; and what does
 * not belong there is set aside. */
#include "request/spool.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utime.h>

#include "plan/plan.h"
#include "lib/workdir.h"
#include "request/error.h"

#define UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"

static VgOrder *
make_order (const char *domain)
{
  VgOrder *order = vg_order_new (VG_ORDER_REQUEST, UUID, domain);

  order->request = vg_request_new (NULL);
  order->request->store = g_strdup ("fast");
  return order;
}

static void
add (const char *dir, VgOrder *order, gboolean pending)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_spool_add (dir, order, pending, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_nonnull (order->id);
}

static void
assert_count (const char *dir, guint ready, guint pending)
{
  g_autoptr (GPtrArray) all = vg_spool_list (dir, FALSE, NULL);
  g_autoptr (GPtrArray) others = vg_spool_list (dir, TRUE, NULL);

  g_assert_cmpuint (all->len, ==, ready);
  g_assert_cmpuint (others->len, ==, pending);
}

static void
test_round_trip (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = vg_order_new (VG_ORDER_STOPPED, UUID, "gäst");
  g_autoptr (GPtrArray) all = NULL;
  const VgOrder *read;

  order->request = vg_request_new (NULL);
  order->request->name = g_strdup ("a \"name\"");
  order->request->store = g_strdup ("cheap");
  order->request->format = g_strdup ("raw");
  order->request->quiesce = g_strdup ("never");
  order->request->encrypted = g_strdup ("keep");
  order->request->compress = g_strdup ("zstd");
  order->request->disks = g_strsplit ("vda,vdb", ",", -1);
  order->request->reasons = g_strsplit ("shutdown", ",", -1);
  order->request->from = g_strdup ("nightly");
  order->request->backup_type = g_strdup ("daily");
  order->request->rotation = 7;
  order->element = g_strdup ("<snapshot/>");
  add (dir, order, FALSE);
  all = vg_spool_list (dir, FALSE, NULL);
  g_assert_cmpuint (all->len, ==, 1);
  read = all->pdata[0];
  g_assert_cmpstr (read->id, ==, order->id);
  g_assert_cmpint (read->kind, ==, VG_ORDER_STOPPED);
  g_assert_cmpstr (read->uuid, ==, UUID);
  g_assert_cmpstr (read->domain, ==, "gäst");
  g_assert_cmpint (read->asked, ==, order->asked);
  g_assert_cmpstr (read->request->name, ==, "a \"name\"");
  g_assert_cmpstr (read->request->store, ==, "cheap");
  g_assert_cmpstr (read->request->format, ==, "raw");
  g_assert_cmpstr (read->request->quiesce, ==, "never");
  g_assert_cmpstr (read->request->encrypted, ==, "keep");
  g_assert_cmpstr (read->request->compress, ==, "zstd");
  g_assert_cmpstr (read->request->disks[1], ==, "vdb");
  g_assert_cmpstr (read->request->reasons[0], ==, "shutdown");
  g_assert_cmpstr (read->request->from, ==, "nightly");
  g_assert_cmpstr (read->request->backup_type, ==, "daily");
  g_assert_cmpuint (read->request->rotation, ==, 7);
  g_assert_cmpstr (read->element, ==, "<snapshot/>");
  g_assert_null (read->problem);
}

static void
test_order (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GPtrArray) all = NULL;

  for (guint i = 0; i < 20; i++) {
    g_autofree char *name = g_strdup_printf ("guest%u", i);
    g_autoptr (VgOrder) order = make_order (name);

    add (dir, order, FALSE);
    g_usleep (10);
  }
  all = vg_spool_list (dir, FALSE, NULL);
  g_assert_cmpuint (all->len, ==, 20);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *name = g_strdup_printf ("guest%u", i);

    g_assert_cmpstr (((VgOrder *) all->pdata[i])->domain, ==, name);
  }
}

static void
test_pending (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GError) error = NULL;

  add (dir, order, TRUE);
  assert_count (dir, 0, 1);
  g_assert_true (vg_spool_confirm (dir, order, &error));
  g_assert_no_error (error);
  assert_count (dir, 1, 0);
  g_assert_true (vg_spool_remove (dir, order, &error));
  g_assert_true (vg_spool_remove (dir, order, &error));
  g_assert_no_error (error);
  assert_count (dir, 0, 0);
  g_assert_false (vg_spool_confirm (dir, order, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
test_garbage (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "[]",
    "{\"kind\": \"request\"}",
    "{\"kind\": \"dance\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {}}",
    "{\"kind\": \"request\", \"uuid\": \"../x\", \"domain\": \"a\", "
    "\"wish\": {}}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID "\", \"domain\": \"a\"}",
    "{\"kind\": \"stopped\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {}}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {\"disks\": [1]}}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {\"backup_type\": \"daily\"}}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {\"backup_type\": \"daily\", "
    "\"rotation\": 4294967296}}",
    "{\"kind\": \"snapshot\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {}}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {}, \"problem\": \"x\"}",
    "{\"kind\": \"request\", \"uuid\": \"" UUID
    "\", \"domain\": \"a\", \"wish\": {\"format\": \"x\"}, "
    "\"problem\": \"x\"}",
  };
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");

  add (dir, order, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *name = g_strdup_printf ("spool/%zu.json", i);
    g_autofree char *bad = g_strdup_printf ("spool/bad/%zu.json", i);
    g_autofree char *path = workdir_file (dir, name, texts[i]);
    g_autofree char *aside = workdir_path (dir, bad);

    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                           "*is no order, and was moved*");
    assert_count (dir, 1, 0);
    g_test_assert_expected_messages ();
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  }
}

/* A newer hook may write orders before the agent is started anew. */
static void
test_newer (void)
{
  static const char text[] = "{\"version\": 2, \"commission\": {}}";
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *path = NULL, *left = NULL;

  add (dir, order, FALSE);
  path = workdir_file (dir, "spool/new.json", text);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                         "*spool/new.json waits for a newer*version 2*");
  assert_count (dir, 1, 0);
  g_test_assert_expected_messages ();
  g_assert_true (g_file_get_contents (path, &left, NULL, NULL));
  g_assert_cmpstr (left, ==, text);
  all = vg_spool_look (dir, NULL);
  g_assert_cmpuint (all->len, ==, 1);
}

/* Each order says which version its format is. */
static void
test_version (void)
{
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (VgJson) json = vg_order_to_json (order);

  g_assert_cmpint (vg_json_get_int (json, "version", 0), ==, 1);
}

/* It may be readable later, and is not thrown out. */
static void
test_unreadable (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GPtrArray) all = NULL;
  struct rlimit before, few;
  int next = dup (STDERR_FILENO);

  close (next);
  add (dir, order, FALSE);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  few = before;
  few.rlim_cur = (rlim_t) next + 1; /* the folder alone can be opened */
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*can't be read*");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  all = vg_spool_list (dir, FALSE, NULL);
  setrlimit (RLIMIT_NOFILE, &before);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (all->len, ==, 0);
  assert_count (dir, 1, 0);
}

/* Nobody knows what is in a folder that can't be read; one that isn't there has
 * nothing. (Root reads each folder, but no link to itself.) */
static void
test_unreadable_folder (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *spool = workdir_path (dir, "spool");
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL, other = NULL;

  none = vg_spool_look (dir, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpint (symlink ("spool", spool), ==, 0);
  g_assert_null (vg_spool_look (dir, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP);
  g_assert_nonnull (strstr (error->message, "the spool can't be read: "));
  g_assert_nonnull (strstr (error->message, "; check state_path"));
  g_assert_null (vg_spool_list (dir, TRUE, &other));
  g_assert_error (other, G_FILE_ERROR, G_FILE_ERROR_LOOP);
}

/* A link could lead anywhere, and a folder isn't read. */
static void
test_no_file (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autofree char *folder = workdir_path (dir, "spool/folder.json");
  g_autofree char *link = workdir_path (dir, "spool/link.json");

  add (dir, order, FALSE);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (symlink ("/dev/zero", link), ==, 0);
  for (guint i = 0; i < 2; i++)
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                           "*not a regular file*");
  assert_count (dir, 1, 0);
  g_test_assert_expected_messages ();
}

/* Its name would be the order's id. */
static void
test_wrong_name (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  static const char *const names[] = { "a\xff.json", "a\033[31m.json" };

  add (dir, order, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strconcat ("spool/", names[i], NULL);
    g_autofree char *aside = g_strconcat (dir, "/spool/bad/", names[i], NULL);
    g_autofree char *from =
        g_strdup_printf ("%s/spool/%s.json", dir, order->id);
    g_autofree char *path = workdir_path (dir, name);
    g_autofree char *text = NULL;

    g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    g_test_expect_message (
        G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
        "*is no order, and was moved*its name is not UTF-8*");
    assert_count (dir, 1, 0);
    g_test_assert_expected_messages ();
    g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  }
}

/* What is being written is left alone, until nobody can be writing it. */
static void
test_left_over (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  struct utimbuf old = { 1000, 1000 };
  g_autofree char *path = NULL;

  add (dir, order, FALSE);
  path = workdir_file (dir, "spool/x.json.A1B2C3", "{");
  assert_count (dir, 1, 0);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (utime (path, &old), ==, 0);
  assert_count (dir, 1, 0);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* A file that can't be looked at, here a link to itself, is not missing. */
static void
test_has (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autofree char *path = NULL;

  add (dir, order, FALSE);
  g_assert_true (vg_spool_has (dir, order));
  path = g_strdup_printf ("%s/spool/%s.json", dir, order->id);
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_false (vg_spool_has (dir, order));
  g_assert_cmpint (symlink (path, path), ==, 0);
  g_assert_true (vg_spool_has (dir, order));
}

static void
test_no_folder (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GError) error = NULL, why = NULL;

  g_assert_null (vg_spool_list (file, FALSE, &why));
  g_assert_error (why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_assert_false (vg_spool_add (file, order, FALSE, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "state_path"));
  g_assert_null (order->id);
}

/* A job gets a copy, which knows the domain and the order. */
static void
test_request (void)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) request = NULL;

  order->id = g_strdup ("17");
  order->request->all_disks = TRUE;
  order->request->quiesce = g_strdup ("require");
  order->request->encrypted = g_strdup ("decrypt");
  order->request->limit_rate = 5;
  request = vg_order_to_request (order, config, &error);
  g_assert_no_error (error);
  g_clear_pointer (&order->request, vg_request_free);
  g_assert_cmpstr (request->domain, ==, UUID);
  g_assert_cmpstr (request->order, ==, "17");
  g_assert_cmpstr (request->store, ==, "fast");
  g_assert_cmpint (vg_request_get_quiesce (request, config), ==,
                   VG_QUIESCE_REQUIRE);
  g_assert_cmpint (vg_request_get_encrypted (request), ==,
                   VG_ENCRYPTED_DECRYPT);
  g_assert_cmpuint (vg_request_get_rate (request, config), ==, 5);
  g_assert_true (request->all_disks);
}

static void
test_refused (void)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgOrder) order = make_order ("guest");
  g_autoptr (GError) error = NULL, problem = NULL;

  g_free (config->quiesce);
  config->quiesce = g_strdup ("never");
  order->request->mountpoints = g_strsplit ("/", ",", -1);
  g_assert_null (vg_order_to_request (order, config, &error));
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
  g_clear_pointer (&order->request, vg_request_free);
  order->problem = g_strdup ("this is the problem");
  g_assert_null (vg_order_to_request (order, config, &problem));
  g_assert_error (problem, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
  g_assert_cmpstr (problem->message, ==, "this is the problem");
}

/* As a version wrote it that let all values into the spool: it is answered, not
 * thrown out. */
static void
test_old (void)
{
  static const char text[] =
      "{\"kind\": \"request\", \"uuid\": \"" UUID
      "\", \"domain\": \"a\", \"asked\": 5, \"wish\": {\"store\": \"s\", "
      "\"all_disks\": false, \"format\": \"%s\"}, \"element\": \"<e/>\"}";
  static const char *const formats[] = { "raw", "vmdk" };

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree char *json = g_strdup_printf (text, formats[i]);
    g_autoptr (VgJson) object = vg_json_parse (json, -1, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (VgOrder) order = vg_order_from_json (object, &error);

    g_assert_no_error (error);
    g_assert_cmpint (order->asked, ==, 5);
    g_assert_cmpstr (order->element, ==, "<e/>");
    g_assert_cmpstr (order->request != NULL ? order->request->store : NULL, ==,
                     i == 0 ? "s" : NULL);
    g_assert_cmpstr (order->problem, ==,
                     i == 0 ? NULL : "format is raw or qcow2, not 'vmdk'");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/round-trip", test_round_trip);
  g_test_add_func ("/spool/order", test_order);
  g_test_add_func ("/spool/pending", test_pending);
  g_test_add_func ("/spool/garbage", test_garbage);
  g_test_add_func ("/spool/newer", test_newer);
  g_test_add_func ("/spool/version", test_version);
  g_test_add_func ("/spool/has", test_has);
  g_test_add_func ("/spool/unreadable", test_unreadable);
  g_test_add_func ("/spool/unreadable-folder", test_unreadable_folder);
  g_test_add_func ("/spool/no-file", test_no_file);
  g_test_add_func ("/spool/wrong-name", test_wrong_name);
  g_test_add_func ("/spool/left-over", test_left_over);
  g_test_add_func ("/spool/no-folder", test_no_folder);
  g_test_add_func ("/spool/request", test_request);
  g_test_add_func ("/spool/refused", test_refused);
  g_test_add_func ("/spool/old", test_old);
  return g_test_run ();
}
