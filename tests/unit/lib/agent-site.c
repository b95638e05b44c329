/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domains, a spool, and what became of orders. */
#include "lib/agent-site.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"
#include "lib/await.h"
#include "lib/log-record.h"
#include "lib/qemu.h"
#include "lib/workdir.h"
#include "request/spool.h"

#define STATUS_URI "urn:virt-glance:status"

static void
set (char **option, char *value)
{
  g_free (*option);
  *option = value;
}

/* (A test may hold Glance's answers for long.) */
static VgConfig *
make_config (Fake *fake, const char *dir)
{
  VgConfig *config = fake_config (fake);

  config->timeout = 100000;
  config->num_retries = 0;
  config->retry_hours = 1000000; /* orders are from 2023 */
  set (&config->state_path, g_strdup (dir));
  set (&config->runtime_path, g_build_filename (dir, "run", NULL));
  set (&config->snapshots_directory, g_build_filename (dir, "scratch", NULL));
  set (&config->policy_directory, g_build_filename (dir, "policy.d", NULL));
  set (&config->libvirt_snapshot_directory,
       g_build_filename (dir, "snapshot", NULL));
  return config;
}

/* The test driver has a running domain already. */
static void
remove_domain (virConnectPtr connection)
{
  virDomainPtr domain = virDomainLookupByName (connection, "test");

  g_assert_cmpint (virDomainDestroy (domain), ==, 0);
  g_assert_cmpint (virDomainUndefine (domain), ==, 0);
  virDomainFree (domain);
}

static void
connect_site (Site *site)
{
  site->config = make_config (site->fake, site->dir);
  site->connection = virConnectOpen (SITE_URI);
  g_assert_nonnull (site->connection);
  remove_domain (site->connection);
}

void
site_init (Site *site, Fake *fake)
{
  memset (site, 0, sizeof *site);
  fake_reset (fake, NULL);
  site->fake = fake;
  site->dir = workdir_new ();
  connect_site (site);
}

void
site_join (Site *site, const char *dir, const char *url)
{
  memset (site, 0, sizeof *site);
  site->fake = g_new0 (Fake, 1);
  site->fake->url = g_strdup (url);
  site->dir = g_strdup (dir);
  connect_site (site);
}

static gpointer
run_loop (gpointer data)
{
  g_main_loop_run (data);
  return NULL;
}

void
site_run_loop (Site *site)
{
  site->loop = g_main_loop_new (NULL, FALSE);
  site->thread = g_thread_new ("loop", run_loop, site->loop);
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

/* In the loop, which may not have begun to run. */
static void
stop_loop (Site *site)
{
  if (site->loop == NULL)
    return;
  g_idle_add (quit, site->loop);
  g_thread_join (site->thread);
  g_main_loop_unref (site->loop);
}

guint
site_count_files (const Site *site, const char *folder)
{
  g_autofree char *path = g_build_filename (site->dir, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    n += !g_file_test (file, G_FILE_TEST_IS_DIR);
  }
  return n;
}

static void
assert_empty (const Site *site, const char *folder)
{
  g_autofree char *path = g_build_filename (site->dir, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  g_assert_cmpstr (dir != NULL ? g_dir_read_name (dir) : NULL, ==, NULL);
}

void
site_assert_nothing_left (const Site *site)
{
  g_autoptr (GPtrArray) journals = vg_journal_read_all (site->dir);
  Await await = await_new ("the end of all processes of the job");

  for (guint i = 0; i < journals->len; i++) {
    const VgJournal *journal = journals->pdata[i];

    g_assert_cmpint (journal->state, !=, VG_JOB_RUNNING);
    g_assert_false (vg_journal_has_leftovers (journal));
  }
  assert_empty (site, "run");
  assert_empty (site, "scratch");
  assert_empty (site, "spool/pending");
  assert_empty (site, "cancel");
  while (qemu_count_processes (site->dir) > 0)
    await_pause (&await, "a process that has the folder's name");
}

void
site_clear (Site *site)
{
  site_assert_nothing_left (site);
  stop_loop (site);
  virConnectClose (site->connection);
  vg_config_free (site->config);
  workdir_remove (site->dir);
}

/* Domains */

char *
site_get_uuid (guint number)
{
  return g_strdup_printf ("2b6f1c0d-8e7a-4f59-b1c2-%012u", number);
}

char *
site_get_disk (const Site *site, guint number)
{
  return g_strdup_printf ("%s/guest%u.img", site->dir, number);
}

static void
write_disk (const char *path)
{
  g_autofree char *bytes = g_malloc (SITE_DISK_SIZE);

  for (guint i = 0; i < SITE_DISK_SIZE; i++)
    bytes[i] = (char) (i * 2654435761u >> 13);
  g_assert_true (g_file_set_contents (path, bytes, SITE_DISK_SIZE, NULL));
}

void
site_define (Site *site, guint number, const char *metadata)
{
  g_autofree char *uuid = site_get_uuid (number);
  g_autofree char *disk = site_get_disk (site, number);
  g_autofree char *xml = g_strdup_printf (
      "<domain type='test'><name>guest%u</name><uuid>%s</uuid>"
      "<metadata>%s</metadata><memory>8192</memory><os><type>hvm</type></os>"
      "<devices><disk type='file' device='disk'>"
      "<driver name='qemu' type='raw'/><source file='%s'/>"
      "<target dev='vda'/></disk></devices></domain>",
      number, uuid, metadata, disk);
  virDomainPtr domain = virDomainDefineXML (site->connection, xml);

  g_assert_nonnull (domain);
  virDomainFree (domain);
  if (!g_file_test (disk, G_FILE_TEST_EXISTS))
    write_disk (disk);
}

virDomainPtr
site_find (const Site *site, guint number)
{
  g_autofree char *uuid = site_get_uuid (number);
  virDomainPtr domain = virDomainLookupByUUIDString (site->connection, uuid);

  g_assert_nonnull (domain);
  return domain;
}

void
site_undefine (Site *site, guint number)
{
  virDomainPtr domain = site_find (site, number);

  g_assert_cmpint (virDomainUndefine (domain), ==, 0);
  virDomainFree (domain);
}

char *
site_get_metadata (const Site *site, guint number, const char *uri)
{
  virDomainPtr domain = site_find (site, number);
  char *xml = virDomainGetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT, uri,
                                    VIR_DOMAIN_AFFECT_CONFIG);
  char *copy = g_strdup (xml);

  free (xml);
  virDomainFree (domain);
  return copy;
}

void
site_set_metadata (const Site *site, guint number, const char *uri,
                   const char *xml)
{
  virDomainPtr domain = site_find (site, number);

  g_assert_cmpint (virDomainSetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT,
                                         xml, "glance", uri,
                                         VIR_DOMAIN_AFFECT_CONFIG),
                   ==, 0);
  virDomainFree (domain);
}

/* Orders */

void
site_add_order (const Site *site, const char *folder, const char *id,
                const char *kind, guint number, const char *rest)
{
  g_autofree char *uuid = site_get_uuid (number);
  g_autofree char *text = g_strdup_printf (
      "{'kind':'%s','uuid':'%s','domain':'guest%u','asked':1700000000,%s}",
      kind, uuid, number, rest);
  g_autofree char *new = g_strdup_printf ("%s/%s.new", site->dir, id);
  g_autofree char *path =
      g_strdup_printf ("%s/spool/%s%s.json", site->dir, folder, id);
  g_autoptr (GError) error = NULL;

  g_strdelimit (text, "'", '"');
  g_assert_true (vg_spool_prepare (site->dir, &error));
  g_assert_true (g_file_set_contents (new, text, -1, &error));
  g_assert_cmpint (g_rename (new, path), ==, 0);
}

void
site_await_spool (const Site *site)
{
  Await await = await_new ("an empty spool");

  while (site_count_files (site, "spool") > 0)
    await_pause (&await, "an order");
}

/* Answers */

static gboolean
has_all (const char *xml, va_list texts)
{
  const char *text;

  while ((text = va_arg (texts, const char *)) != NULL)
    if (xml == NULL || strstr (xml, text) == NULL)
      return FALSE;
  return TRUE;
}

void
site_assert_status (const Site *site, guint number, ...)
{
  g_autofree char *xml = site_get_metadata (site, number, STATUS_URI);
  va_list texts;

  va_start (texts, number);
  if (!has_all (xml, texts))
    g_error ("the status is not that: %s", xml != NULL ? xml : "none");
  va_end (texts);
}

void
site_await_status (const Site *site, guint number, ...)
{
  Await await = await_new ("the status");
  gboolean has = FALSE;
  va_list texts;

  while (!has) {
    g_autofree char *xml = site_get_metadata (site, number, STATUS_URI);

    va_start (texts, number);
    has = has_all (xml, texts);
    va_end (texts);
    if (!has)
      await_pause (&await, xml);
  }
}

/* Glance */

guint
site_count_images (const Site *site, const char *name)
{
  g_autoptr (VgJson) images = fake_images (site->fake);
  guint n = 0;

  for (gsize i = 0; i < json_object_array_length (images); i++) {
    VgJson *image = json_object_array_get_idx (images, i);

    n += g_strcmp0 (vg_json_get_string (image, "status"), "active") == 0
         && (name == NULL
             || g_strcmp0 (vg_json_get_string (image, "name"), name) == 0);
  }
  return n;
}

guint
site_count_requests (const Site *site, const char *method, const char *path)
{
  g_autoptr (VgJson) log = fake_log (site->fake);
  guint n = 0;

  for (gsize i = 0; i < json_object_array_length (log); i++) {
    VgJson *request = json_object_array_get_idx (log, i);

    n += g_strcmp0 (vg_json_get_string (request, "method"), method) == 0
         && g_pattern_match_simple (path, vg_json_get_string (request, "path"));
  }
  return n;
}

void
site_await_requests (const Site *site, const char *method, const char *path,
                     guint n)
{
  Await await = await_new ("a request to Glance");

  while (site_count_requests (site, method, path) < n)
    await_pause (&await, path);
}

int
site_main (int argc, char **argv, void (*add_tests) (Fake *fake))
{
  Fake *fake;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (qemu_is_missing ())
    return 77;
  log_record_init ();
  fake = fake_new (NULL);
  add_tests (fake);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
