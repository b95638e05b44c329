/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a domain that comes back, undone: by libvirt's test driver. */
#include "host/define.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/swap.h"
#include "job/undo-define.h"
#include "job/undo.h"
#include "lib/workdir.h"

#define UUID "0c5b6f1c-8e7a-4f59-b1c2-000000000007"

static char *
make_xml (const char *job)
{
  return g_strdup_printf (
      "<domain type='test'><name>back</name><uuid>" UUID "</uuid><metadata>"
      "<vg:restored xmlns:vg='urn:virt-glance:restored' job='%s'/></metadata>"
      "<memory>8192</memory><os><type>hvm</type></os></domain>",
      job);
}

static gboolean
is_defined (VgHost *host)
{
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_free = vg_host_is_free (host, UUID, &guest, &error);

  g_assert_no_error (error);
  return !is_free;
}

/* Undoes the define of a job, of a domain that the job given defined. */
static void
undo (gboolean ours)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = vg_journal_new (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = vg_host_open ("test:///default", &error);
  g_autofree char *xml = make_xml (ours ? journal->id : "another1");
  const VgPeers peers = { .host = host };

  g_assert_no_error (error);
  journal->domain = g_strdup ("back");
  journal->uuid = g_strdup (UUID);
  vg_journal_add_step (journal, VG_STEP_DOMAIN, UUID);
  g_assert_true (vg_host_define (host, xml, &error));
  g_assert_true (is_defined (host));
  g_assert_true (vg_undo_steps (journal, 0, &peers, &error));
  g_assert_no_error (error);
  g_assert_cmpint (is_defined (host), ==, !ours);
  /* A second time. */
  g_assert_true (vg_undo_step (journal, 0, &peers, &error));
  if (!ours)
    g_assert_true (vg_host_undefine (host, UUID, "urn:virt-glance:restored",
                                     "another1", &error));
}

static void
test_ours (void)
{
  undo (TRUE);
}

static void
test_not_ours (void)
{
  undo (FALSE);
}

/* The request may still be carried out. */
static void
test_late (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = vg_journal_new (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = vg_host_open ("test:///default", &error);
  const VgPeers peers = { .host = host }, none = { 0 };
  guint step = vg_journal_add_step (journal, VG_STEP_DOMAIN, UUID);

  journal->domain = g_strdup ("back");
  journal->uuid = g_strdup (UUID);
  g_assert_true (vg_journal_ask (journal, step, &error));
  g_assert_false (vg_undo_step (journal, step, &peers, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (vg_undo_step (journal, step, &none, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
  g_clear_error (&error);
  vg_journal_set_answered (journal, step);
  g_assert_true (vg_undo_step (journal, step, &peers, &error));
}

static void
write_file (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A file that gets its name, or another one that is there. */
static void
test_file (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = vg_journal_new (dir);
  g_autofree char *path = g_build_filename (dir, "web-vda.raw", NULL);
  g_autofree char *hidden = vg_swap_get_new (path, journal->id);
  g_autoptr (GError) error = NULL;
  const VgPeers peers = { 0 };

  journal->domain = g_strdup ("web");
  journal->uuid = g_strdup (UUID);
  vg_journal_add_step (journal, VG_STEP_NEW_FILE, hidden);
  vg_journal_add_step (journal, VG_STEP_DISK_FILE, path);
  write_file (hidden, "ours");
  g_assert_true (vg_disk_file_place (journal, path, &error));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (vg_undo_steps (journal, 0, &peers, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  /* Two names, as of a crash between them. */
  vg_journal_add_step (journal, VG_STEP_NEW_FILE, hidden);
  vg_journal_add_step (journal, VG_STEP_DISK_FILE, path);
  write_file (hidden, "ours");
  g_assert_cmpint (link (hidden, path), ==, 0);
  g_assert_true (vg_undo_steps (journal, 0, &peers, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (hidden, G_FILE_TEST_EXISTS));
  /* Somebody else's. */
  vg_journal_add_step (journal, VG_STEP_NEW_FILE, hidden);
  vg_journal_add_step (journal, VG_STEP_DISK_FILE, path);
  write_file (hidden, "ours");
  write_file (path, "theirs");
  g_assert_false (vg_disk_file_place (journal, path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_clear_error (&error);
  g_assert_true (vg_undo_steps (journal, 0, &peers, &error));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (hidden, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/define/ours", test_ours);
  g_test_add_func ("/define/not-ours", test_not_ours);
  g_test_add_func ("/define/late", test_late);
  g_test_add_func ("/define/file", test_file);
  return g_test_run ();
}
