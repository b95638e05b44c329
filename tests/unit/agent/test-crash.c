/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent killed, at each place where it has just written, renamed or deleted
 * a file or a domain's metadata, or is about to; and started again. Whatever
 * the place, what was asked for is done once, and nothing is left.
 *
 * Each agent is a process of its own: this program, with other arguments. What
 * libvirt would remember between the two is in files of the site's folder. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"
#include "journal/journal.h"
#include "lib/agent-site.h"
#include "lib/await.h"
#include "lib/crash-point.h"
#include "lib/job-file.h"
#include "lib/libvirt-fault.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

#define REQUEST_URI "urn:virt-glance:request"
#define STATUS_URI "urn:virt-glance:status"
#define POLICY_URI "urn:virt-glance:policy"
#define SNAPSHOT "snapshot" /* instead of a request: libvirt has one */
#define DISK "disk.qcow2"
#define AT_ONCE 4 /* places that are tried at the same time */

/* The agent's process */

static Site child;

static void
note (const char *name, const char *text)
{
  g_autofree char *path = workdir_path (child.dir, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Threads other than the main one that came here, and those of them that ended.
 */
static gint n_threads, n_ended; /* atomic */

/* Called when a thread ends, like OpenSSL's functions, and takes long. */
static void
on_thread_end (gpointer data G_GNUC_UNUSED)
{
  g_usleep (G_USEC_PER_SEC / 20);
  g_atomic_int_inc (&n_ended);
}

static void
note_thread (void)
{
  static GPrivate thread = G_PRIVATE_INIT (on_thread_end);

  if (g_private_get (&thread) != NULL)
    return;
  g_private_set (&thread, &n_threads);
  g_atomic_int_inc (&n_threads);
}

/* (An order whose request was removed is libvirt's no longer.) */
static void
on_metadata (const char *uri, const char *xml, gboolean done)
{
  note_thread ();
  if (done && strcmp (uri, REQUEST_URI) == 0 && xml == NULL)
    note ("removed", "");
  else if (done && strcmp (uri, STATUS_URI) == 0)
    note ("status", xml);
  crash_point_pass ();
}

static GLogWriterOutput
on_log (GLogLevelFlags level, const GLogField *fields, gsize n,
        gpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0
        && g_str_has_prefix (fields[i].value, "connected to libvirt"))
      note ("ready", "");
  return (level & G_LOG_LEVEL_MASK) < G_LOG_LEVEL_WARNING
             ? g_log_writer_default (level, fields, n, NULL)
             : G_LOG_WRITER_HANDLED;
}

/* A disk of the kind that can hold snapshots, with one that libvirt knows, and
 * a policy that wants it. The agent has not seen it before, whenever it looks.
 */
static void
define_snapshot (guint number)
{
  g_autofree char *raw = site_get_disk (&child, number);
  g_autofree char *disk = workdir_path (child.dir, DISK);
  virDomainPtr domain = site_find (&child, number);
  char *inner = virDomainGetXMLDesc (domain, 0);
  g_autoptr (GString) xml = g_string_new (inner);
  virDomainSnapshotPtr snapshot;

  free (inner);
  virDomainFree (domain);
  g_string_replace (xml, raw, disk, 0);
  g_string_replace (xml, "type='raw'", "type='qcow2'", 0);
  domain = virDomainDefineXML (child.connection, xml->str);
  g_string_prepend (xml, "<domainsnapshot><name>saved</name>"
                         "<state>shutoff</state><disks><disk name='vda' "
                         "snapshot='internal'/></disks>");
  g_string_append (xml, "<creationTime>4000000000</creationTime>"
                        "</domainsnapshot>");
  snapshot = virDomainSnapshotCreateXML (domain, xml->str,
                                         VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE);
  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
  site_set_metadata (&child, number, POLICY_URI,
                     "<policy><on event='snapshot'/></policy>");
}

/* DIR URL NUMBER PLACE REQUEST */
static int
be_agent (char **argv)
{
  guint number = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  g_autoptr (GError) error = NULL;
  g_autofree char *removed = NULL, *count = NULL;

  prctl (PR_SET_PDEATHSIG, SIGKILL); /* a test that fails can't stop it */
  site_join (&child, argv[0], argv[1]);
  g_log_set_writer_func (on_log, NULL, NULL);
  site_define (&child, number, "");
  removed = workdir_path (child.dir, "removed");
  if (strcmp (argv[4], SNAPSHOT) == 0)
    define_snapshot (number);
  else if (!g_file_test (removed, G_FILE_TEST_EXISTS))
    site_set_metadata (&child, number, REQUEST_URI, argv[4]);
  libvirt_set_metadata_hook (on_metadata);
  crash_point_set ((guint) g_ascii_strtoull (argv[3], NULL, 10));
  if (!vg_agent_run (child.config, SITE_URI, &error))
    g_error ("%s", error->message);
  g_assert_cmpint (g_atomic_int_get (&n_threads), ==,
                   g_atomic_int_get (&n_ended));
  count = g_strdup_printf ("%u", crash_point_get_count ());
  note ("count", count);
  return 0;
}

/* The test */

static Fake *fake;
static const char *program;

typedef struct {
  char *dir;
  guint number; /* of the domain */
  guint place;
  const char *request;
  gboolean missed; /* the place was not come to */
} Try;

static GPid
start_agent (const Try *try, guint place)
{
  g_autofree char *number = g_strdup_printf ("%u", try->number);
  g_autofree char *at = g_strdup_printf ("%u", place);
  char *argv[] = { (char *) program,
                   (char *) "--agent",
                   try->dir,
                   fake->url,
                   number,
                   at,
                   (char *) try->request,
                   NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                 &error);
  g_assert_no_error (error);
  return pid;
}

static gboolean
has (const Try *try, const char *name)
{
  g_autofree char *path = workdir_path (try->dir, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The request or snapshot is known to the agent, and the spool is empty. */
static gboolean
is_over (const Try *try)
{
  g_autofree char *uuid = site_get_uuid (try->number);
  g_autofree char *seen = g_strdup_printf ("seen/%s.json", uuid);
  Site site = { .dir = try->dir };

  return has (try, "ready") && (has (try, "removed") || has (try, seen))
         && site_count_files (&site, "spool") == 0
         && site_count_files (&site, "spool/pending") == 0;
}

/* Waits until the agent was killed, or has done what was asked for; it is
 * stopped then. TRUE in the latter case. */
static gboolean
await_agent (const Try *try, GPid pid)
{
  Await await = await_new ("the end of an agent's work");
  gboolean stopped = FALSE;
  int status;

  while (waitpid (pid, &status, WNOHANG) == 0) {
    if (!stopped && is_over (try)) {
      stopped = TRUE;
      kill (pid, SIGTERM);
    }
    await_pause (&await, try->dir);
  }
  if (WIFEXITED (status))
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  else
    g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
  return WIFEXITED (status);
}

static void
forget (const Try *try, const char *name)
{
  g_autofree char *path = workdir_path (try->dir, name);

  if (unlink (path) < 0)
    g_assert_cmpint (errno, ==, ENOENT);
}

/* Killed at its place, and started again. */
static void
carry_out (gpointer data, gpointer unused G_GNUC_UNUSED)
{
  Try *try = data;

  try->missed = await_agent (try, start_agent (try, try->place));
  if (try->missed)
    return;
  forget (try, "ready");
  job_file_age_all (try->dir);
  g_assert_true (await_agent (try, start_agent (try, 0)));
}

static void
make_disk (const Try *try)
{
  g_autofree char *disk = workdir_path (try->dir, DISK);

  g_free (
      qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", disk, "1M", NULL));
  g_free (qemu_run ("qemu-img", "snapshot", "-c", "saved", disk, NULL));
}

/* A backup that is beyond the rotation when there is a new one. */
static void
make_old_backup (const Try *try)
{
  g_autofree char *uuid = site_get_uuid (try->number);
  g_autofree char *order = g_strdup_printf (
      "{'images':[{'name':'old','disk_format':'raw','status':'active',"
      "'created_at':'2020-01-01T00:00:00Z','image_type':'backup',"
      "'backup_type':'daily','instance_uuid':'%s','vg_disk':'vda'}]}",
      uuid);

  fake_control (fake, order);
}

static Try *
try_new (guint place, const char *request)
{
  Try *try = g_new0 (Try, 1);

  try->dir = workdir_new ();
  try->number = place + 1;
  try->place = place;
  try->request = request;
  if (strcmp (request, SNAPSHOT) == 0)
    make_disk (try);
  else if (g_str_has_prefix (request, "<backup"))
    make_old_backup (try);
  return try;
}

static void
try_free (gpointer data)
{
  Try *try = data;

  workdir_remove (try->dir);
  g_free (try);
}

/* The domain's images; id: of the last one. All are whole and new. */
static guint
count_images (const Try *try, char **id)
{
  g_autoptr (VgJson) images = fake_images (fake);
  g_autofree char *uuid = site_get_uuid (try->number);
  guint n = 0;

  for (gsize i = 0; i < json_object_array_length (images); i++) {
    VgJson *image = json_object_array_get_idx (images, i);

    if (g_strcmp0 (vg_json_get_string (image, "instance_uuid"), uuid) != 0)
      continue;
    g_free (*id);
    *id = g_strdup (vg_json_get_string (image, "id"));
    g_assert_cmpstr (vg_json_get_string (image, "status"), ==, "active");
    g_assert_cmpstr (vg_json_get_string (image, "name"), !=, "old");
    n++;
  }
  return n;
}

/* Of the jobs there are, one has kept its image; and the domain's status has
 * said so. */
static void
assert_done_once (const Try *try)
{
  g_autoptr (GPtrArray) journals = vg_journal_read_all (try->dir);
  g_autofree char *path = workdir_path (try->dir, "status");
  g_autofree char *status = NULL, *id = NULL;
  Site site = { .dir = try->dir };
  guint kept = 0;

  g_test_message ("place %u", try->place);
  g_assert_cmpuint (count_images (try, &id), ==, 1);
  for (guint i = 0; i < journals->len; i++)
    kept += ((VgJournal *) journals->pdata[i])->state == VG_JOB_DONE;
  g_assert_cmpuint (kept, ==, 1);
  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  g_assert_nonnull (strstr (status, "state='done'"));
  g_assert_nonnull (strstr (status, id));
  g_assert_null (strstr (status, "<error>"));
  g_assert_cmpuint (site_count_files (&site, "spool/bad"), ==, 0);
  site_assert_nothing_left (&site);
}

/* How many places an agent comes to that is not killed. */
static guint
count_places (const char *request)
{
  Try *try = try_new (0, request);
  g_autofree char *path = workdir_path (try->dir, "count");
  g_autofree char *count = NULL;

  g_assert_true (await_agent (try, start_agent (try, 0)));
  assert_done_once (try);
  g_assert_true (g_file_get_contents (path, &count, NULL, NULL));
  try_free (try);
  return (guint) g_ascii_strtoull (count, NULL, 10);
}

static void
test_everywhere (const char *request, guint at_least)
{
  guint n_places, n_missed = 0;
  g_autoptr (GPtrArray) tries = g_ptr_array_new_with_free_func (try_free);
  GThreadPool *pool = g_thread_pool_new (carry_out, NULL, AT_ONCE, FALSE, NULL);

  fake_reset (fake, NULL);
  n_places = count_places (request);
  g_test_message ("places: %u", n_places);
  g_assert_cmpuint (n_places, >=, at_least);
  for (guint place = 1; place <= n_places; place++) {
    Try *try = try_new (place, request);

    g_ptr_array_add (tries, try);
    g_thread_pool_push (pool, try, NULL);
  }
  g_thread_pool_free (pool, FALSE, TRUE);
  for (guint i = 0; i < tries->len; i++) {
    assert_done_once (tries->pdata[i]);
    n_missed += ((Try *) tries->pdata[i])->missed;
  }
  /* (An agent that takes long tells of its progress, too.) */
  g_assert_cmpuint (n_missed, <=, 4);
}

static void
test_request (void)
{
  test_everywhere ("<snapshot name='once' format='raw'/>", 20);
}

static void
test_backup (void)
{
  test_everywhere ("<backup type='daily' rotation='1' format='raw'/>", 20);
}

static void
test_snapshot (void)
{
  test_everywhere (SNAPSHOT, 20);
}

/* In the middle of an upload; it begins anew. */
static void
test_upload (void)
{
  Try *try = try_new (0, "<snapshot name='once' format='raw'/>");
  Site site = { .fake = fake };
  GPid pid;

  fake_reset (fake, "{'rules':[{'method':'PUT','hold':true}]}");
  pid = start_agent (try, 0);
  site_await_requests (&site, "PUT", "*", 1);
  kill (pid, SIGKILL);
  g_assert_false (await_agent (try, pid));
  forget (try, "ready");
  g_assert_true (await_agent (try, start_agent (try, 0)));
  assert_done_once (try);
  g_assert_cmpuint (site_count_requests (&site, "PUT", "*"), ==, 2);
  try_free (try);
}

int
main (int argc, char **argv)
{
  int status;

  if (argc > 1 && strcmp (argv[1], "--agent") == 0)
    return be_agent (argv + 2);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  if (qemu_is_missing ())
    return 77;
  fake = fake_new (NULL);
  g_test_add_func ("/crash/request", test_request);
  g_test_add_func ("/crash/backup", test_backup);
  g_test_add_func ("/crash/snapshot", test_snapshot);
  g_test_add_func ("/crash/upload", test_upload);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
