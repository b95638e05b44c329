/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backing chains that are not read: by what headers name, by their format, and
 * when tools or layers are missing. */
#include "disk/chain.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/chain-fixture.h"
#include "lib/disk-source.h"

static void
fail (const VgSource *source, int code, const char *text)
{
  g_autoptr (VgConfine) confine = disk_source_confine (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_chain_describe (confine, source, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

static void
fail_file (const char *path, const char *format, int code, const char *text)
{
  g_autoptr (VgSource) source = disk_source_new_file (path, format);

  fail (source, code, text);
}

/* What a header names by a protocol is not opened by us. */
static void
test_protocols (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = {
    "nbd://localhost:1/x",
    "nbd:localhost:1",
    "rbd:pool/image",
    "https://example.org/x",
    "ssh://example.org/x",
    "fat:/srv",
    "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\","
    "\"filename\":\"/etc/passwd\"}}",
  };

  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (names); i++) {
    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", names[i],
                      fix->top, NULL));
    fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED,
               "can be read only while the domain is running");
  }
}

/* A header's word is not enough for what would open yet other files. */
static void
test_formats (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = { "vmdk", "luks", "file", "nbd",
                                     "blkdebug" };
  static const char *const good[] = { "raw", "vdi", "vpc", "vhdx" };
  g_autoptr (VgSource) source = NULL;
  g_autofree char *named = NULL;

  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *told = g_strdup_printf (
        "%s states that its backing file %s has the format '%s'", fix->top,
        fix->base, bad[i]);

    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", bad[i], "-b", fix->base,
                      fix->top, NULL));
    fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED, told);
    fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED, "<backingStore>");
  }
  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (good); i++) {
    g_autofree char *text = NULL;

    g_free (qemu_run ("qemu-img", "convert", "-O", good[i], fix->flat,
                      fix->base, NULL));
    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", good[i], "-b",
                      fix->base, fix->top, NULL));
    text = chain_describe_file (fix->top, "qcow2");
    chain_assert_same (text, fix->flat);
  }
  if (fix->dir == NULL)
    return;
  /* The domain's XML is. */
  g_free (qemu_run ("qemu-img", "convert", "-O", "vmdk", fix->flat, fix->base,
                    NULL));
  source = disk_source_new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  source->backing = disk_source_new_file (fix->base, "vmdk");
  named = chain_describe (source);
  chain_assert_same (named, fix->flat);
}

/* At the top, in the middle, and where the XML tells the chain. */
static void
test_data_file (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *path = NULL, *option = NULL;

  if (fix->dir == NULL)
    return;
  path = workdir_path (fix->dir, "data");
  option = g_strdup_printf ("data_file=%s", path);
  chain_create ("-f", "qcow2", "-o", option, fix->mid, "4M");
  fail_file (fix->mid, "qcow2", VG_DISK_ERROR_UNSUPPORTED, fix->mid);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED,
             "an external data file");
  source = disk_source_new_file (fix->mid, "qcow2");
  source->backing_known = TRUE;
  fail (source, VG_DISK_ERROR_UNSUPPORTED, "an external data file");
}

/* Overwrites the header extension that names the backing file's format. */
static void
forget_format (const char *path)
{
  static const char magic[] = "\xe2\x79\x2a\xca";
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize i = 0; i + 4 <= 65536; i++)
    if (memcmp (text + i, magic, 4) == 0)
      memcpy (text + i, "none", 4);
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
}

static void
test_no_format (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  forget_format (fix->top);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, "qemu-img rebase -u -F");
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->top);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->mid);
}

static void
test_missing (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_unlink (fix->base);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->base);
  g_unlink (fix->mid);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->mid);
  fail_file (fix->mid, "raw", VG_DISK_ERROR_OPEN, "No such file or directory");
}

static void
test_damaged (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  fail_file (fix->base, "qcow2", VG_DISK_ERROR_OPEN, "not in qcow2 format");
}

/* What a guest's header may name, but not lead to. */
static void
test_hostile (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "fifo", "/dev/zero", "/etc" };
  g_autofree char *fifo = NULL;

  if (fix->dir == NULL)
    return;
  fifo = workdir_path (fix->dir, "fifo");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", names[i],
                      fix->top, NULL));
    fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED,
               "only regular files and block devices are read");
    fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED,
               "names the backing file");
  }
}

/* Root would read anything; QEMU's user doesn't. */
static void
test_secret (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgConfig) config = qemu_config ();
  g_autoptr (VgConfine) confine = NULL;
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  if (geteuid () != 0) {
    g_test_skip ("only root can act as another user");
    return;
  }
  g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b",
                    "/etc/shadow", fix->top, NULL));
  confine = vg_confine_new (config, NULL, "+65534:+65534", &error);
  g_assert_no_error (error);
  source = disk_source_new_file (fix->top, "qcow2");
  g_assert_null (vg_chain_describe (confine, source, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message,
                            "names the backing file /etc/shadow, which QEMU's "
                            "user nobody may not read"));
}

static gpointer
cancel_once_it_runs (gpointer data)
{
  gpointer *both = data;

  while (qemu_count_processes (both[1]) == 0)
    g_usleep (2000);
  g_cancellable_cancel (both[0]);
  return NULL;
}

/* A parser that a guest drives into a loop. */
static void
test_hangs (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgConfine) confine = disk_source_confine (NULL);
  g_autofree char *old = g_strdup (g_getenv ("PATH"));
  g_autofree char *new = NULL, *program = NULL, *line = NULL;
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;
  gpointer both[2] = { cancellable, NULL };
  GThread *thread;

  if (fix->dir == NULL)
    return;
  program =
      workdir_file (fix->dir, "qemu-img", "#!/bin/sh\nwhile :; do :; done");
  g_assert_cmpint (g_chmod (program, 0755), ==, 0);
  new = g_strdup_printf ("%s:%s", fix->dir, old);
  g_setenv ("PATH", new, TRUE);
  source = disk_source_new_file (fix->top, "qcow2");
  line = g_strdup_printf ("/bin/sh %s info", program);
  both[1] = line;
  thread = g_thread_new ("cancel", cancel_once_it_runs, both);
  g_assert_null (vg_chain_describe (confine, source, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_setenv ("PATH", old, TRUE);
}

static void
test_endless (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "qcow2", "-b",
                    "top.qcow2", fix->top, NULL));
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED, "is a loop");
}

static void
test_deep (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) top = NULL;

  if (fix->dir == NULL)
    return;
  for (guint i = 0; i <= 201; i++) {
    g_autofree char *name = g_strdup_printf ("layer-%u", i);
    g_autofree char *path = workdir_file (fix->dir, name, "");
    VgSource *source = disk_source_new_file (path, "qcow2");

    source->backing = top;
    top = source;
  }
  fail (top, VG_DISK_ERROR_UNSUPPORTED, "200 layers");
}

static void
test_cancelled (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgConfine) confine = disk_source_confine (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  source = disk_source_new_file (fix->top, "qcow2");
  g_cancellable_cancel (cancellable);
  g_assert_null (vg_chain_describe (confine, source, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_no_tools (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autoptr (VgConfine) confine = disk_source_confine (NULL);
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  source = disk_source_new_file (fix->top, "qcow2");
  g_setenv ("PATH", fix->dir, TRUE);
  g_assert_null (vg_chain_describe (confine, source, NULL, &error));
  g_setenv ("PATH", path, TRUE);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "qemu-utils"));
}

/* What only the hypervisor can open. */
static void
test_unsupported (void)
{
  static const VgSourceType types[] = { VG_SOURCE_NONE,       VG_SOURCE_DIR,
                                        VG_SOURCE_NETWORK,    VG_SOURCE_NVME,
                                        VG_SOURCE_VHOST_USER, VG_SOURCE_OTHER };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (VgSource) source = vg_source_new (types[i]);

    source->path = g_strdup (i % 2 == 0 ? "/etc/passwd" : NULL);
    source->type_name = g_strdup ("special");
    fail (source, VG_DISK_ERROR_UNSUPPORTED, "type 'special'");
  }
}

static void
test_slice (void)
{
  g_autoptr (VgSource) source = disk_source_new_file ("/etc/passwd", "raw");

  source->has_slice = TRUE;
  fail (source, VG_DISK_ERROR_UNSUPPORTED, "a slice of /etc/passwd");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  chain_fixture_add ("/chain/protocols", test_protocols);
  chain_fixture_add ("/chain/formats", test_formats);
  chain_fixture_add ("/chain/data-file", test_data_file);
  chain_fixture_add ("/chain/no-format", test_no_format);
  chain_fixture_add ("/chain/missing", test_missing);
  chain_fixture_add ("/chain/damaged", test_damaged);
  chain_fixture_add ("/chain/endless", test_endless);
  chain_fixture_add ("/chain/deep", test_deep);
  chain_fixture_add ("/chain/hostile", test_hostile);
  chain_fixture_add ("/chain/secret", test_secret);
  chain_fixture_add ("/chain/hangs", test_hangs);
  chain_fixture_add ("/chain/cancelled", test_cancelled);
  chain_fixture_add ("/chain/no-tools", test_no_tools);
  g_test_add_func ("/chain/unsupported", test_unsupported);
  g_test_add_func ("/chain/slice", test_slice);
  return g_test_run ();
}
