/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order for a backup: which older ones are deleted, and what is answered
 * where one can't be. */
#include <libvirt/virterror.h>

#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/order-fixture.h"

#define BACKUP "'wish':{'name':'new','backup_type':'daily','rotation':%u}"
#define OLD(id, time)                                                          \
  "{'id':'" id "','name':'old','disk_format':'raw','status':'active',"         \
  "'created_at':'" time "','image_type':'backup','backup_type':'daily',"       \
  "'instance_uuid':'2b6f1c0d-8e7a-4f59-b1c2-000000000001',"                    \
  "'vg_disk':'vda'}"
#define OLD_1 "00000000-0000-4000-8000-000000000001"
#define OLD_2 "00000000-0000-4000-8000-000000000002"

/* (Their ages are Glance's, whose clock may be wrong: what was just made is the
 * newest all the same.) */
static void
put_old_backups (OrderFixture *f)
{
  fake_control (f->site.fake,
                "{'images':[" OLD (OLD_1, "2098-01-01T00:00:00Z") "," OLD (
                    OLD_2, "2099-01-01T00:00:00Z") "]}");
}

static gboolean
has_image (OrderFixture *f, const char *id)
{
  g_autoptr (VgJson) image = fake_image (f->site.fake, id);

  return image != NULL;
}

static char *
make_backup (guint rotation)
{
  return g_strdup_printf (BACKUP, rotation);
}

static void
test_backup (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *two = make_backup (2);

  put_old_backups (f);
  order_run_to_end (f, "request", two);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "new"), ==, 1);
  g_assert_false (has_image (f, OLD_1));
  g_assert_true (has_image (f, OLD_2));
  g_assert_cmpuint (log_record_count ("ORDER=" ORDER_ID, "IMAGE=" OLD_1,
                                      "MESSAGE=*deleted*", NULL),
                    ==, 1);
  g_assert_cmpuint (log_record_count ("IMAGE=" OLD_2, NULL), ==, 0);
}

/* A rotation of 0, which an older version took, deletes nothing. */
static void
test_backup_of_none (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = make_backup (0);

  put_old_backups (f);
  order_run_to_end (f, "request", none);
  site_assert_status (&f->site, 1, "state=\"failed\"", "<error>",
                      "rotation 0 would delete all backups", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 2);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 1);
}

/* The new backup is there all the same. */
static void
test_rotation_fails (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  put_old_backups (f);
  fake_control (f->site.fake,
                "{'rules':[{'method':'DELETE','path':'/v2/images/" OLD_2
                "','status':409,'json':{'message':'in use'}}]}");
  order_run_to_end (f, "request", one);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", "<error>",
                      NULL);
  g_assert_false (has_image (f, OLD_1));
  g_assert_true (has_image (f, OLD_2));
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "MESSAGE=*" OLD_2 "*in use*", NULL), ==,
      1);
}

/* A backup is there even if it can't be copied to another store. */
static void
test_rotation_without_copy (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  f->site.config->copy_to_base_stores = TRUE;
  site_define (&f->site, 1,
               ORDER_NOVA ("00000000-0000-4000-8000-000000000005"));
  put_old_backups (f);
  fake_control (f->site.fake,
                "{'images':[{'id':'00000000-0000-4000-8000-000000000005',"
                "'status':'active','stores':'cheap,fast'}],"
                "'config':{'import_fail':['cheap']}}");
  order_run_to_end (f, "request", one);
  site_assert_status (&f->site, 1, "state=\"failed\"", "name=\"new\"",
                      "could not be copied", NULL);
  g_assert_cmpuint (
      log_record_count ("IMAGE=" OLD_1, "MESSAGE=*deleted*", NULL), ==, 1);
  g_assert_cmpuint (
      log_record_count ("IMAGE=" OLD_2, "MESSAGE=*deleted*", NULL), ==, 1);
}

/* The agent died after the image was kept: what comes after is done. */
static void
test_rotation_after_crash (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  order_run_to_wait (f, one);
  put_old_backups (f);
  g_assert_true (order_run (f));
  g_assert_cmpuint (site_count_images (&f->site, "new"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", NULL);
}

static void
add_tests (Fake *fake)
{
#define ADD(name, function) order_fixture_add (fake, "/orders/" name, function)
  ADD ("backup", test_backup);
  ADD ("backup-of-none", test_backup_of_none);
  ADD ("rotation-fails", test_rotation_fails);
  ADD ("rotation-without-copy", test_rotation_without_copy);
  ADD ("rotation-after-crash", test_rotation_after_crash);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}
