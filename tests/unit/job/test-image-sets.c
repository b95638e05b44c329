/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which images count as a guest's, and which of them are of one instant; with
 * a Glance that ignores filters, and one that gives pages. */
#include "job/image-sets.h"

#include "lib/glance-fake.h"

#define UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"
#define OTHER "2b6f1c0d-8e7a-4f59-b1c2-000000000002"
#define ACTIVE "'status':'active','container_format':'bare','size':512,"
#define OURS "'instance_uuid':'" UUID "','virt_glance_domain_uuid':'" UUID "',"
#define AT "'created_at':'2026-11-29T20:00:0"

static Fake *fake;
static VgConfig *config;
static VgGlance *glance;

static GPtrArray *
list_of (const char *project, const char *type, guint last, GError **error)
{
  const VgImageGuest guest = { UUID, NULL, project };

  return vg_image_sets_list (glance, &guest, 1, type, last, NULL, error);
}

/* "DISK,DISK DISK": the disks of each set of images, in their order; each with
 * its id if it has no disk. Free with g_free(). */
static char *
describe (GPtrArray *sets)
{
  GString *text = g_string_new (NULL);

  g_assert_nonnull (sets);
  for (guint i = 0; i < sets->len; i++) {
    const VgImageSet *set = sets->pdata[i];

    for (guint k = 0; k < set->images->len; k++) {
      const VgListedImage *image = set->images->pdata[k];

      g_string_append_printf (text, "%s%s",
                              k > 0   ? ","
                              : i > 0 ? " "
                                      : "",
                              image->disk ? image->disk : image->id);
    }
  }
  return g_string_free (text, FALSE);
}

static void
assert_listed (const char *project, const char *type, guint last,
               const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sets = list_of (project, type, last, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = describe (sets);
  g_assert_cmpstr (text, ==, wanted);
}

static void
test_instants (void)
{
  g_autoptr (GPtrArray) sets = NULL;
  const VgImageSet *set;
  const VgListedImage *image;

  /* The disks of one instant, with somebody else's between, the root last. */
  fake_reset (fake,
              "{'images':["
              "{'id':'b'," ACTIVE OURS AT "1Z','virt_glance_disk':'vdb',"
              "'virt_glance_target':'vdb','virt_glance_snapshot':'g',"
              "'virt_glance_backup_type':'daily','image_type':'snapshot'},"
              "{'id':'n'," ACTIVE "'instance_uuid':'" UUID "'," AT "2Z',"
              "'image_type':'backup','backup_type':'weekly'},"
              "{'id':'a'," ACTIVE OURS AT "3Z','virt_glance_target':'vda',"
              "'virt_glance_snapshot':'g','image_type':'backup',"
              "'backup_type':'daily','virt_glance_host':'h',"
              "'virt_glance_capacity':'1048576','virt_glance_domain':'db',"
              "'virt_glance_version':'0.1.0','stores':'fast,cheap',"
              "'disk_format':'qcow2'},"
              "{'id':'s'," ACTIVE OURS AT "4Z','image_type':'snapshot'},"
              "{'id':'x'," ACTIVE "'instance_uuid':'" OTHER "'}]}");
  assert_listed (NULL, NULL, 0, "vda,vdb n s");
  assert_listed (NULL, "daily", 0, "vda,vdb");
  assert_listed (NULL, "weekly", 0, "n");
  assert_listed (NULL, "monthly", 0, "");
  assert_listed (NULL, NULL, 2, "n s");
  assert_listed (NULL, "daily", 7, "vda,vdb");

  sets = list_of (NULL, "daily", 0, NULL);
  set = sets->pdata[0];
  image = set->images->pdata[0];
  g_assert_cmpint (set->created, ==, 1795982401);
  g_assert_cmpstr (set->uuid, ==, UUID);
  g_assert_cmpstr (set->type, ==, "daily");
  g_assert_cmpstr (set->group, ==, "g");
  g_assert_cmpuint (vg_image_set_get_size (set), ==, 1024);
  g_assert_true (vg_image_set_is_restorable (set));
  g_assert_true (image->is_root);
  g_assert_cmpuint (image->capacity, ==, 1048576);
  g_assert_cmpstr (image->version, ==, "0.1.0");
  g_assert_cmpstr (image->disk_format, ==, "qcow2");
  g_assert_cmpstr (image->stores[1], ==, "cheap");
}

/* Properties that Nova copied from the image that the instance was made from.
 */
static void
test_inherited (void)
{
  g_autoptr (GPtrArray) sets = NULL;
  const VgImageSet *set;

  fake_reset (fake, "{'images':[{'id':'n'," ACTIVE "'instance_uuid':'" UUID
                    "','virt_glance_domain_uuid':'" OTHER
                    "','virt_glance_target':'vdz','virt_glance_disk':'vdz',"
                    "'virt_glance_domain':'another','virt_glance_host':'h',"
                    "'virt_glance_backup_type':'daily',"
                    "'virt_glance_snapshot':'g','image_type':'snapshot'}]}");
  assert_listed (NULL, NULL, 0, "n");
  assert_listed (NULL, "daily", 0, "");
  sets = list_of (NULL, NULL, 0, NULL);
  set = sets->pdata[0];
  g_assert_null (set->domain);
  g_assert_null (set->host);
  g_assert_null (set->group);
  g_assert_true (((VgListedImage *) set->images->pdata[0])->is_root);
}

/* Anybody may give any UUID to an image that all can see. */
static void
test_owners (void)
{
  fake_reset (fake, "{'images':["
                    "{'id':'public'," ACTIVE OURS
                    "'owner':'theirs','visibility':'public'},"
                    "{'id':'private'," ACTIVE OURS
                    "'owner':'theirs','visibility':'private'},"
                    "{'id':'mine'," ACTIVE OURS "'visibility':'public'}]}");
  assert_listed (NULL, NULL, 0, "private mine");
  assert_listed ("theirs", NULL, 0, "public private mine");
  assert_listed ("third", NULL, 0, "mine");
}

static void
test_obstacles (void)
{
  g_autoptr (GPtrArray) sets = NULL;
  const VgListedImage *image;

  fake_reset (fake,
              "{'images':["
              "{'id':'q','container_format':'bare'," OURS AT "1Z'},"
              "{'id':'e','container_format':'bare','status':'active'," OURS AT
              "2Z'},"
              "{'id':'o','container_format':'ova','status':'active',"
              "'size':5," OURS AT "3Z'},"
              "{'id':'d','status':'deleted'," OURS AT "4Z'}]}");
  sets = list_of (NULL, NULL, 0, NULL);
  g_assert_nonnull (sets);
  g_assert_cmpuint (sets->len, ==, 3);
  for (guint i = 0; i < sets->len; i++)
    g_assert_false (vg_image_set_is_restorable (sets->pdata[i]));
  image = ((VgImageSet *) sets->pdata[0])->images->pdata[0];
  g_assert_cmpstr (image->obstacle, ==, "it is not active");
  image = ((VgImageSet *) sets->pdata[1])->images->pdata[0];
  g_assert_cmpstr (image->obstacle, ==, "it has no data");
  image = ((VgImageSet *) sets->pdata[2])->images->pdata[0];
  g_assert_cmpstr (image->obstacle, ==, "it is in a container");
}

/* More guests than are asked for one by one: one list, in pages. */
static void
test_many_guests (void)
{
  VgImageGuest guests[40] = { 0 };
  g_autoptr (GPtrArray) uuids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) sets = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (guests); i++) {
    g_ptr_array_add (uuids, g_strdup_printf ("uuid-%u", i));
    guests[i].uuid = uuids->pdata[i];
    guests[i].name = "named";
  }
  fake_reset (fake, "{'rules':["
                    "{'path':'/v2/images','status':200,'json':{"
                    "'next':'/v2/images?marker=1','images':["
                    "{'id':'two'," ACTIVE "'instance_uuid':'uuid-7'," AT "2Z'},"
                    "{'id':'x'," ACTIVE "'instance_uuid':'uuid-77'}]}},"
                    "{'path':'/v2/images','status':200,'json':{'images':["
                    "{'id':'one'," ACTIVE "'instance_uuid':'uuid-39'," AT
                    "1Z'}]}}]}");
  sets = vg_image_sets_list (glance, guests, G_N_ELEMENTS (guests), NULL, 0,
                             NULL, &error);
  g_assert_no_error (error);
  text = describe (sets);
  g_assert_cmpstr (text, ==, "one two");
  g_assert_cmpstr (((VgImageSet *) sets->pdata[0])->domain, ==, "named");
  g_assert_cmpuint (fake_count (fake, "GET", "/v2/images"), ==, 2);

  /* (One more: the token had gone with the fake's reset.) */
  g_clear_pointer (&sets, g_ptr_array_unref);
  sets = vg_image_sets_list (glance, guests, 2, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sets->len, ==, 0);
  g_assert_cmpuint (fake_count (fake, "GET", "/v2/images"), ==, 5);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;

  fake_reset (fake, "{'rules':[{'path':'/v2/images','status':403}]}");
  g_assert_null (list_of (NULL, NULL, 0, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN);
  g_clear_error (&error);
  fake_reset (fake, "{'rules':[{'path':'/v2/images','status':200,'times':0,"
                    "'json':{'images':[],'next':'http://elsewhere/'}}]}");
  g_assert_null (list_of (NULL, NULL, 0, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-sets/instants", test_instants);
  g_test_add_func ("/image-sets/inherited", test_inherited);
  g_test_add_func ("/image-sets/owners", test_owners);
  g_test_add_func ("/image-sets/obstacles", test_obstacles);
  g_test_add_func ("/image-sets/many-guests", test_many_guests);
  g_test_add_func ("/image-sets/refused", test_refused);
  fake = fake_new (NULL);
  config = fake_config (fake);
  glance = fake_session (config);
  result = g_test_run ();
  vg_glance_free (glance);
  vg_config_free (config);
  fake_free (fake);
  return result;
}
