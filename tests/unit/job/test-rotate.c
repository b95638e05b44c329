/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups, and lists of images in pages, with a Glance that
 * misbehaves: nothing is deleted that isn't an old backup of that kind. */
#include <string.h>

#include "lib/glance-fake.h"
#include "job/rotate.h"

#define UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"
#define LIST "'method':'GET','path':'/v2/images','status':200,'json':"

static Fake *fake;

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  GError *error;
  GPtrArray *deleted;
  const char *owner;
  VgJournal *made;
  guint warnings;
  char *last_warning;
  GCancellable *stop; /* cancelled by the first warning; or NULL */
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_reset (fake, NULL);
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
  f->deleted = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  g_clear_error (&f->error);
  g_ptr_array_unref (f->deleted);
  vg_journal_free (f->made);
  g_free (f->last_warning);
  g_clear_object (&f->stop);
}

/* A backup's record; more: further members that go before. */
static char *
backup (const char *id, const char *more)
{
  return g_strdup_printf (
      "{%s'id':'%s','status':'active','image_type':'backup',"
      "'backup_type':'daily','instance_uuid':'" UUID "','owner':'%s'}",
      more, id, "OWNER");
}

/* Another disk's, as this version makes it. */
static char *
backup_of_disk (const char *id, const char *disk, const char *more)
{
  return g_strdup_printf (
      "{%s'id':'%s','status':'active','image_type':'snapshot',"
      "'virt_glance_backup_type':'daily','virt_glance_disk':'%s',"
      "'instance_uuid':'" UUID "','owner':'%s'}",
      more, id, disk, "OWNER");
}

/* Glance's next list is of these records, and says that next comes then. */
static void
give_list (Fixture *f, const char *next, const char *first, ...)
{
  const char *project = vg_glance_get_project_id (f->glance);
  GString *order = g_string_new ("{'rules':[{" LIST "{");
  const char *comma = "";
  va_list args;

  if (next != NULL)
    g_string_append_printf (order, "'next':'%s',", next);
  g_string_append (order, "'images':[");
  va_start (args, first);
  for (const char *item = first; item != NULL; item = va_arg (args, char *)) {
    g_string_append_printf (order, "%s%s", comma, item);
    comma = ",";
  }
  va_end (args);
  g_string_append (order, "]}}]}");
  g_string_replace (order, "OWNER", project != NULL ? project : "", 0);
  fake_control (fake, order->str);
  g_string_free (order, TRUE);
}

static void
on_warning (const char *text, gpointer data)
{
  Fixture *f = data;

  f->warnings++;
  g_free (f->last_warning);
  f->last_warning = g_strdup (text);
  if (f->stop != NULL)
    g_cancellable_cancel (f->stop);
}

static gboolean
rotate (Fixture *f, guint n)
{
  const VgReport report = { .warning = on_warning, .data = f };
  const VgRotation rotation = { .uuid = UUID,
                                .backup_type = "daily",
                                .keep = { .last = n },
                                .owner = f->owner,
                                .made = f->made };

  return vg_rotate_backups (f->glance, &rotation, &report, f->deleted, f->stop,
                            &f->error);
}

/* Signs in, for the project is known only then. */
static void
sign_in (Fixture *f)
{
  g_autoptr (VgStores) stores = vg_glance_get_stores (f->glance, NULL, NULL);

  g_assert_nonnull (stores);
}

static void
assert_deleted (Fixture *f, const char *ids)
{
  g_autofree char *list = NULL;

  g_ptr_array_add (f->deleted, NULL);
  list = g_strjoinv (",", (char **) f->deleted->pdata);
  g_assert_cmpstr (list, ==, ids);
}

/* How many lists were asked for with that in the query. */
static guint
count_lists (const char *part)
{
  g_autoptr (VgJson) log = fake_log (fake);
  guint n = 0;

  for (gsize i = 0; i < json_object_array_length (log); i++) {
    VgJson *request = json_object_array_get_idx (log, i);

    n += g_strcmp0 (vg_json_get_string (request, "path"), "/v2/images") == 0
         && strstr (vg_json_get_string (request, "query"), part) != NULL;
  }
  return n;
}

static void
test_oldest (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", ""), *b = backup ("b", "");
  g_autofree char *c = backup ("c", ""), *d = backup ("d", "");

  sign_in (f);
  give_list (f, NULL, a, b, c, d, NULL);
  g_assert_true (rotate (f, 2));
  g_assert_no_error (f->error);
  assert_deleted (f, "d,c");
  g_assert_cmpuint (fake_count (fake, "DELETE", "/v2/images/d"), ==, 1);
  g_assert_cmpuint (f->warnings, ==, 0);
}

/* A Glance that passes over the filters. */
static void
test_others (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const others[] = {
    "{'id':'a','status':'active','name':'base'}",
    "{'id':'b','status':'queued','image_type':'backup','backup_type':'daily',"
    "'instance_uuid':'" UUID "','owner':'OWNER'}",
    "{'id':'c','status':'active','image_type':'snapshot',"
    "'backup_type':'daily','instance_uuid':'" UUID "','owner':'OWNER'}",
    "{'id':'d','status':'active','image_type':'backup','backup_type':'weekly',"
    "'instance_uuid':'" UUID "','owner':'OWNER'}",
    "{'id':'e','status':'active','image_type':'backup','backup_type':'daily',"
    "'instance_uuid':'other','owner':'OWNER'}",
    "{'id':'f','status':'active','image_type':'backup','backup_type':'daily',"
    "'instance_uuid':'" UUID "','owner':'somebody'}",
  };

  sign_in (f);
  give_list (f, NULL, others[0], others[1], others[2], others[3], others[4],
             others[5], NULL);
  g_assert_true (rotate (f, 0));
  assert_deleted (f, "");
}

static void
test_each_disk (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "'virt_glance_disk':'vdb',");
  g_autofree char *b = backup ("b", ""), *c = backup ("c", "");
  g_autofree char *d = backup ("d", "'virt_glance_disk':'vdb',");
  g_autofree char *e = backup ("e", "'virt_glance_disk':'vdc',");

  sign_in (f);
  give_list (f, NULL, a, b, c, d, e, NULL);
  g_assert_true (rotate (f, 1));
  assert_deleted (f, "d,c");
}

/* Ours and those of the project that images are made for count as one, by age;
 * a third project's are not ours to delete. */
static void
test_owners (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char theirs[] =
      "'status':'active','image_type':'backup','backup_type':'daily',"
      "'instance_uuid':'" UUID "'";
  g_autofree char *a = backup ("a", "'created_at':'2026-01-04T00:00:00Z',");
  g_autofree char *c = backup ("c", "'created_at':'2026-01-02T00:00:00Z',");
  g_autofree char *b = g_strdup_printf (
      "{'id':'b','owner':'p','created_at':'2026-01-03T00:00:00Z',%s}", theirs);
  g_autofree char *d = g_strdup_printf (
      "{'id':'d','owner':'p','created_at':'2026-01-01T00:00:00Z',%s}", theirs);
  g_autofree char *e = g_strdup_printf (
      "{'id':'e','owner':'q','created_at':'2026-01-01T00:00:00Z',%s}", theirs);

  f->owner = "p";
  sign_in (f);
  give_list (f, NULL, a, c, NULL);
  give_list (f, NULL, b, d, e, NULL);
  g_assert_true (rotate (f, 2));
  g_assert_no_error (f->error);
  assert_deleted (f, "d,c");
  g_assert_cmpuint (count_lists ("&owner=p"), ==, 2);
}

/* Nobody else's are taken for ours because we haven't signed in yet. */
static void
test_not_signed_in (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "");

  give_list (f, NULL, a, NULL); /* (whose owner is "") */
  g_assert_true (rotate (f, 0));
  assert_deleted (f, "");
}

static void
test_stays (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", ""), *b = backup ("b", "");
  g_autofree char *c = backup ("c", "'protected':true,");

  sign_in (f);
  fake_control (fake, "{'rules':[{'method':'DELETE','path':'/v2/images/b',"
                      "'status':409,'times':0}]}");
  give_list (f, NULL, a, b, c, NULL);
  g_assert_false (rotate (f, 0));
  g_assert_nonnull (f->error);
  g_assert_cmpuint (f->warnings, ==, 2);
  g_assert_cmpuint (fake_count (fake, "DELETE", "/v2/images/c"), ==, 0);
  assert_deleted (f, "a");
}

/* No other is deleted after that. */
static void
test_cancelled (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", ""), *b = backup ("b", "");
  g_autofree char *c = backup ("c", "'protected':true,");
  g_autofree char *d = backup ("d", "");

  f->stop = g_cancellable_new ();
  sign_in (f);
  give_list (f, NULL, a, b, c, d, NULL);
  g_assert_false (rotate (f, 0));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (f->error->message, ==,
                   "the deletion of old backups was interrupted");
  assert_deleted (f, "d");
}

static void
test_pages (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", ""), *b = backup ("b", "");

  sign_in (f);
  give_list (f, "/v2/images?marker=a&limit=500", a, NULL);
  give_list (f, NULL, b, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_no_error (f->error);
  assert_deleted (f, "b");
  g_assert_cmpuint (count_lists ("marker=a&limit=500"), ==, 1);
}

/* Other disks' images are found by our own mark, and by Nova's if an older
 * version made them: they count together. */
static void
test_marks (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "");
  g_autofree char *b = backup ("b", "'created_at':'2026-01-01T00:00:00Z',"
                                    "'virt_glance_disk':'vdb',");
  g_autofree char *c =
      backup_of_disk ("c", "vdb", "'created_at':'2026-01-02T00:00:00Z',");
  g_autofree char *d =
      backup_of_disk ("d", "vdb", "'created_at':'2026-01-03T00:00:00Z',");
  g_autofree char *e = backup_of_disk ("e", "vdc", "");

  sign_in (f);
  give_list (f, NULL, a, b, NULL);
  give_list (f, NULL, c, d, e, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_no_error (f->error);
  assert_deleted (f, "b,c");
  g_assert_cmpuint (count_lists ("&backup_type=daily"), ==, 1);
  g_assert_cmpuint (count_lists ("&image_type=backup"), ==, 1);
  g_assert_cmpuint (count_lists ("&virt_glance_backup_type=daily"), ==, 1);
}

/* What Nova has made of an instance that was booted from a backup of ours, and
 * that we back up, too: a snapshot is no backup, and a backup is of the root
 * disk, whatever it has inherited. Likewise after a rebuild from a backup of
 * its own, of another disk. */
static void
test_inherited (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char another[] =
      "'virt_glance_domain_uuid':'2b6f1c0d-8e7a-4f59-b1c2-000000000002',"
      "'virt_glance_snapshot':'g',";
  static const char own[] =
      "'virt_glance_domain_uuid':'" UUID "','base_image_ref':'vdb-1',";
  g_autofree char *a = backup_of_disk ("a", "vdb", another);
  g_autofree char *b = backup_of_disk ("b", "vdb", own);
  g_autofree char *more =
      g_strdup_printf ("%s'virt_glance_disk':'vdb',"
                       "'created_at':'2026-01-01T00:00:00Z',",
                       another);
  g_autofree char *c = backup ("c", more);
  g_autofree char *d = backup ("d", "'created_at':'2026-01-02T00:00:00Z',");

  sign_in (f);
  give_list (f, NULL, a, b, c, d, NULL);
  give_list (f, NULL, a, b, c, d, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_no_error (f->error);
  assert_deleted (f, "c");
}

/* A Glance that passes over the filters lists each image each time. */
static void
test_twice (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char both[] = "'virt_glance_backup_type':'daily',";
  g_autofree char *a = backup ("a", both), *b = backup ("b", both);
  g_autofree char *c = backup ("c", both);

  sign_in (f);
  give_list (f, NULL, a, b, c, NULL);
  give_list (f, NULL, a, b, c, NULL);
  g_assert_true (rotate (f, 2));
  assert_deleted (f, "c");
}

/* Nova made backups of the root disk alone meanwhile, and so there are fewer of
 * the other disk: it goes with the root disk's, if that one goes. */
static void
test_with_root (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "'virt_glance_snapshot':'g2',");
  g_autofree char *b = backup ("b", "");
  g_autofree char *c = backup ("c", "'virt_glance_snapshot':'g1',");
  g_autofree char *p =
      backup ("p", "'virt_glance_snapshot':'g0','protected':true,");
  g_autofree char *a_b =
      backup_of_disk ("a-b", "vdb", "'virt_glance_snapshot':'g2',");
  g_autofree char *c_b =
      backup_of_disk ("c-b", "vdb", "'virt_glance_snapshot':'g1',");
  g_autofree char *p_c =
      backup_of_disk ("p-c", "vdc", "'virt_glance_snapshot':'g0',");

  sign_in (f);
  give_list (f, NULL, a, b, c, p, NULL);
  give_list (f, NULL, a_b, c_b, p_c, NULL);
  g_assert_true (rotate (f, 2));
  g_assert_no_error (f->error);
  assert_deleted (f, "c,c-b");
}

/* Each is refused for the same reason, which is told once. */
static void
test_refused (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", ""), *b = backup ("b", "");

  sign_in (f);
  fake_control (fake, "{'rules':[{'method':'DELETE','path':'/v2/images/.*',"
                      "'status':403,'times':0}]}");
  give_list (f, NULL, a, b, NULL);
  g_assert_false (rotate (f, 0));
  g_assert_nonnull (strstr (f->error->message, "2 old backups"));
  g_assert_cmpuint (f->warnings, ==, 1);
  g_assert_nonnull (strstr (f->last_warning,
                            "backup b exceeds the rotation, but these "
                            "credentials may not delete it"));
}

/* Images that are shared with the instance's project are not that project's to
 * delete, nor are its own to be seen by us. */
static void
test_other_project (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "");
  VgJobImage *image;

  f->made = vg_journal_new ("/nowhere");
  image = vg_journal_add_image (f->made);
  image->id = g_strdup ("a");
  sign_in (f);
  give_list (f, NULL, a, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_cmpuint (f->warnings, ==, 0);

  image->member = g_strdup ("theirs");
  give_list (f, NULL, a, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_cmpuint (f->warnings, ==, 1);
  g_assert_nonnull (strstr (f->last_warning, "instance's project theirs"));
}

/* What was made in the same second as another one is the later one. */
static void
test_same_second (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *a = backup ("a", "'created_at':'2026-01-01T12:00:00Z',");
  g_autofree char *b = backup ("b", "'created_at':'2026-01-01T12:00:00Z',");
  g_autofree char *c = backup ("c", "'created_at':'2026-01-01T11:00:00Z',");

  f->made = vg_journal_new ("/nowhere");
  vg_journal_add_image (f->made)->id = g_strdup ("b");
  sign_in (f);
  give_list (f, NULL, a, b, c, NULL);
  g_assert_true (rotate (f, 1));
  g_assert_no_error (f->error);
  assert_deleted (f, "c,a");
}

static void
test_endless (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const orders[] = {
    "{'rules':[{" LIST "{'images':[],'next':'/v2/images?x'},'times':0}]}",
    "{'rules':[{" LIST "{'images':[],'next':'http://elsewhere/'}}]}",
    "{'rules':[{" LIST "{'images':{}}}]}",
    "{'rules':[{" LIST "{'images':[{}]}}]}",
    "{'rules':[{" LIST "[]}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++) {
    fake_reset (fake, orders[i]);
    g_assert_false (rotate (f, 0));
    g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
    g_assert_nonnull (
        strstr (f->error->message, "old backups can't be deleted: "));
    g_clear_error (&f->error);
    g_assert_cmpuint (f->deleted->len, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fake = fake_new (NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/rotate/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("oldest", test_oldest);
  ADD ("same-second", test_same_second);
  ADD ("others", test_others);
  ADD ("each-disk", test_each_disk);
  ADD ("owners", test_owners);
  ADD ("not-signed-in", test_not_signed_in);
  ADD ("stays", test_stays);
  ADD ("cancelled", test_cancelled);
  ADD ("pages", test_pages);
  ADD ("marks", test_marks);
  ADD ("inherited", test_inherited);
  ADD ("twice", test_twice);
  ADD ("with-root", test_with_root);
  ADD ("refused", test_refused);
  ADD ("other-project", test_other_project);
  ADD ("endless", test_endless);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
