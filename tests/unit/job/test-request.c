/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request in a domain's metadata says, all the way to Glance: through
 * the spool, by a job on a shut-off domain of libvirt's test driver, with a
 * fake Glance. */
#include <string.h>

#include "job/run.h"
#include "lib/glance-fake.h"
#include "lib/qemu.h"
#include "lib/workdir.h"
#include "request/metadata.h"
#include "request/order.h"

#define UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"
#define SIZE (256 * 1024)

static Fake *fake;

typedef struct {
  char *dir;
  VgConfig *config;
  VgHost *host;
  VgJournal *journal;
  GError *error;
  gint64 took_us;
} Fixture;

/* A host with one domain, which is shut off. */
static char *
make_uri (Fixture *f)
{
  g_autofree char *disk = workdir_path (f->dir, "disk.img");
  g_autofree char *node = g_strdup_printf (
      "<node><cpu><mhz>1</mhz><model>x</model></cpu>"
      "<domain type='test' "
      "xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
      "<name>guest</name><uuid>" UUID "</uuid><memory>8192</memory>"
      "<os><type>hvm</type></os><devices><disk type='file' device='disk'>"
      "<driver name='qemu' type='raw'/><source file='%s'/>"
      "<target dev='vda' bus='virtio'/></disk></devices>"
      "<test:runstate>5</test:runstate></domain></node>",
      disk);
  g_autofree char *path = workdir_file (f->dir, "node.xml", node);
  g_autoptr (VgMap) map = vg_map_new (SIZE);

  vg_map_add (map, 0, SIZE);
  qemu_write_raw (disk, map, 1);
  return g_strconcat ("test://", path, NULL);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = NULL;

  fake_reset (fake, NULL);
  f->dir = workdir_new ();
  uri = make_uri (f);
  f->config = fake_config (fake);
  g_free (f->config->state_path);
  g_free (f->config->runtime_path);
  f->config->state_path = workdir_path (f->dir, "state");
  f->config->runtime_path = workdir_path (f->dir, "run");
  f->host = vg_host_open (uri, &f->error);
  g_assert_no_error (f->error);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  vg_journal_free (f->journal);
  vg_host_free (f->host);
  vg_config_free (f->config);
  workdir_remove (f->dir);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* As the agent gets it: out of the metadata, into the spool, and back. */
static VgRequest *
make_request (const Fixture *f, const char *xml)
{
  g_autoptr (VgOrder) order = vg_order_new (VG_ORDER_REQUEST, UUID, "guest");
  g_autoptr (VgOrder) read = NULL;
  g_autoptr (VgJson) json = NULL;
  g_autoptr (GError) error = NULL;
  VgRequest *request;

  order->request = vg_request_parse (xml, &error);
  g_assert_no_error (error);
  json = vg_order_to_json (order);
  read = vg_order_from_json (json, &error);
  g_assert_no_error (error);
  request = vg_order_to_request (read, f->config, &error);
  g_assert_no_error (error);
  return request;
}

typedef struct {
  Fixture *fixture;
  const VgRequest *request;
  gboolean done;
} Job;

static gpointer
run_job (gpointer data)
{
  Job *job = data;
  Fixture *f = job->fixture;
  const VgReport report = { 0 };
  gint64 begin = g_get_monotonic_time ();
  VgGlance *glance = fake_session (f->config);

  f->journal = vg_run_snapshot (job->request, f->config, f->host, glance,
                                &report, NULL, NULL, &f->error);
  f->took_us = g_get_monotonic_time () - begin;
  vg_glance_free (glance);
  g_atomic_int_set (&job->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

/* While the main thread looks after libvirt's events. The image's record; a new
 * reference. */
static VgJson *
run (Fixture *f, const char *xml)
{
  g_autoptr (VgRequest) request = make_request (f, xml);
  Job job = { .fixture = f, .request = request };
  GThread *thread = g_thread_new ("job", run_job, &job);
  const VgJobImage *image;

  while (!g_atomic_int_get (&job.done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->journal->images->len, ==, 1);
  image = f->journal->images->pdata[0];
  return fake_image (fake, image->id);
}

static void
assert_string (VgJson *record, const char *key, const char *value)
{
  g_assert_cmpstr (vg_json_get_string (record, key), ==, value);
}

static void
test_record (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJson) record = NULL;
  VgJson *tags;

  if (qemu_is_missing ())
    return;
  record = run (
      f, "<backup type='daily' rotation='3' name='a b' format='raw' "
         "store='cheap' visibility='community' owner='self' protected='yes' "
         "properties='os_distro=debian'><tag>before upgrade</tag>"
         "<property name='description'>made by hand</property></backup>");
  tags = vg_json_get_array (record, "tags");
  assert_string (record, "name", "a b");
  assert_string (record, "status", "active");
  assert_string (record, "disk_format", "raw");
  assert_string (record, "backup_type", "daily");
  assert_string (record, "visibility", "community");
  assert_string (record, "os_distro", "debian");
  assert_string (record, "description", "made by hand");
  assert_string (record, "stores", "cheap");
  g_assert_true (vg_json_get_bool (record, "protected", FALSE));
  g_assert_cmpuint (json_object_array_length (tags), ==, 1);
}

/* The limit is for this job; the configuration has none. */
static void
test_rate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJson) record = NULL;

  if (qemu_is_missing ())
    return;
  record = run (f, "<snapshot format='raw' limit_rate='256k'/>");
  assert_string (record, "status", "active");
  g_assert_cmpint (f->took_us, >, 600 * 1000);
  g_assert_cmpuint (f->config->upload_rate, ==, 0);
}

#define ADD(path, function)                                                    \
  g_test_add ("/request/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fake = fake_new (NULL);
  ADD ("record", test_record);
  ADD ("rate", test_rate);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
