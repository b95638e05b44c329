/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backing chains written out for QEMU: what comes of them is what qemu-img
 * itself reads, and nothing is probed, whatever things are called. */
#include "disk/chain.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

static VgSource *
new_file (const char *path, const char *format)
{
  VgSource *source = vg_source_new (VG_SOURCE_FILE);

  source->type_name = g_strdup ("file");
  source->path = g_strdup (path);
  source->format = g_strdup (format);
  return source;
}

static VgConfine *
new_confine (void)
{
  g_autoptr (VgConfig) config = qemu_config ();
  g_autoptr (GError) error = NULL;
  VgConfine *confine = vg_confine_new (config, NULL, NULL, &error);

  g_assert_no_error (error);
  return confine;
}

static char *
describe (const VgSource *source)
{
  g_autoptr (VgConfine) confine = new_confine ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) json = vg_chain_describe (confine, source, NULL, &error);

  g_assert_no_error (error);
  return vg_json_to_text (json, FALSE);
}

static char *
describe_file (const char *path, const char *format)
{
  g_autoptr (VgSource) source = new_file (path, format);

  return describe (source);
}

static void
fail (const VgSource *source, int code, const char *text)
{
  g_autoptr (VgConfine) confine = new_confine ();
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_chain_describe (confine, source, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

static void
fail_file (const char *path, const char *format, int code, const char *text)
{
  g_autoptr (VgSource) source = new_file (path, format);

  fail (source, code, text);
}

/* That QEMU reads the same bytes by that description. */
static void
assert_same (const char *description, const char *raw)
{
  g_autofree char *name = g_strconcat ("json:", description, NULL);

  g_free (qemu_run ("qemu-img", "compare", "-F", "raw", "--force-share", name,
                    raw, NULL));
}

#define create(...)                                                            \
  g_free (qemu_run ("qemu-img", "create", "-q", __VA_ARGS__, NULL))

static void
write_io (const char *path, const char *format, const char *command)
{
  g_free (qemu_run ("qemu-io", "-f", format, "-c", command, path, NULL));
}

/* Layers of 4 MiB, made at easy names and moved to what the test wants: base
 * is raw, mid and top are qcow2. flat is what they are together. */
typedef struct {
  Workdir *dir;
  char *base, *mid, *top, *flat;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *sub = NULL;

  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  sub = workdir_path (fix->dir, "sub");
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  fix->base = workdir_path (fix->dir, "sub/base.raw");
  fix->mid = workdir_path (fix->dir, "sub/mid.qcow2");
  fix->top = workdir_path (fix->dir, "top.qcow2");
  fix->flat = workdir_path (fix->dir, "flat.raw");
  create ("-f", "raw", fix->base, "4M");
  write_io (fix->base, "raw", "write -P 1 0 2M");
  create ("-f", "qcow2", "-F", "raw", "-b", "base.raw", fix->mid);
  write_io (fix->mid, "qcow2", "write -P 2 1M 2M");
  create ("-f", "qcow2", "-F", "qcow2", "-b", "sub/mid.qcow2", fix->top);
  write_io (fix->top, "qcow2", "write -P 3 2M 512k");
  write_io (fix->top, "qcow2", "write -z 0 64k");
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "raw", fix->top, fix->flat, NULL));
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->base);
  g_free (fix->mid);
  g_free (fix->top);
  g_free (fix->flat);
  workdir_remove (fix->dir);
}

static void
test_raw (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *unsaid = NULL, *expected = NULL;

  if (fix->dir == NULL)
    return;
  expected = g_strdup_printf (
      "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"%s\"}}",
      fix->flat);
  text = describe_file (fix->flat, "raw");
  g_assert_cmpstr (text, ==, expected);
  unsaid = describe_file (fix->flat, NULL);
  g_assert_cmpstr (unsaid, ==, expected);
}

/* A guest may write a header with any backing file into its raw disk. */
static void
test_raw_with_header (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *name = NULL, *copy = NULL;

  if (fix->dir == NULL)
    return;
  copy = workdir_path (fix->dir, "copy");
  g_free (qemu_run ("cp", fix->top, copy, NULL));
  text = describe_file (fix->top, NULL);
  g_assert_null (strstr (text, "\"driver\":\"qcow2\""));
  g_assert_null (strstr (text, "backing"));
  assert_same (text, copy);
}

static void
test_three_layers (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *expected = NULL;

  if (fix->dir == NULL)
    return;
  expected = g_strdup_printf (
      "{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"%s\"}"
      ",\"l2-cache-entry-size\":65536,\"backing\":{\"driver\":\"qcow2\","
      "\"file\":{\"driver\":\"file\",\"filename\":\"%s\"},"
      "\"l2-cache-entry-size\":65536,\"backing\":{\"driver\":\"raw\",\"file\":{"
      "\"driver\":\"file\",\"filename\":\"%s\"}}}}",
      fix->top, fix->mid, fix->base);
  text = describe_file (fix->top, "qcow2");
  g_assert_cmpstr (text, ==, expected);
  assert_same (text, fix->flat);
}

/* No slice of a table is larger than the table. */
static void
test_clusters (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *option, *slices;
  } rows[] = {
    { "cluster_size=512", NULL },
    { "cluster_size=4k", "\"l2-cache-entry-size\":4096," },
    { "cluster_size=2M", "\"l2-cache-entry-size\":65536," },
  };

  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = NULL;

    create ("-f", "qcow2", "-F", "raw", "-b", fix->flat, "-o", rows[i].option,
            fix->top);
    text = describe_file (fix->top, "qcow2");
    if (rows[i].slices != NULL)
      g_assert_nonnull (strstr (text, rows[i].slices));
    else
      g_assert_null (strstr (text, "l2-cache"));
    assert_same (text, fix->flat);
  }
}

/* Somebody else may have it open, to write: the domain that was just started.
 */
static void
test_locked (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *socket = NULL, *text = NULL;
  g_autoptr (QemuServer) writer = NULL;

  if (fix->dir == NULL)
    return;
  socket = workdir_path (fix->dir, "socket");
  writer = qemu_server_new (socket, fix->top, "qcow2", NULL);
  text = describe_file (fix->top, "qcow2");
  g_assert_nonnull (strstr (text, fix->base));
}

/* The end of a chain is written out, or QEMU would look for it. */
static void
test_one_layer (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = NULL, *text = NULL;

  if (fix->dir == NULL)
    return;
  path = workdir_path (fix->dir, "alone");
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "qcow2", fix->top, path, NULL));
  text = describe_file (path, "qcow2");
  g_assert_true (g_str_has_suffix (text, ",\"backing\":null}"));
  assert_same (text, fix->flat);
}

/* That both describe the same chain; but how tables are read is only known of
 * layers that were asked. */
static void
assert_same_chain (const char *text, const char *asked)
{
  g_auto (GStrv) parts =
      g_strsplit (asked, "\"l2-cache-entry-size\":65536,", -1);
  g_autofree char *without = g_strjoinv (NULL, parts);

  g_assert_cmpstr (text, ==, without);
}

/* What the XML says goes before what headers say. */
static void
test_xml_chain (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *text = NULL, *half = NULL;

  if (fix->dir == NULL)
    return;
  g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", "/nowhere",
                    fix->top, NULL));
  source = new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  source->backing = new_file (fix->mid, "qcow2");
  /* … as far as it goes: the rest is asked. */
  half = describe (source);
  assert_same (half, fix->flat);
  source->backing->backing_known = TRUE;
  source->backing->backing = new_file (fix->base, "raw");
  source->backing->backing->backing_known = TRUE;
  text = describe (source);
  assert_same_chain (text, half);
}

static void
test_xml_end (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *text = NULL;

  if (fix->dir == NULL)
    return;
  source = new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  text = describe (source);
  g_assert_null (strstr (text, "mid"));
  g_assert_true (g_str_has_suffix (text, ",\"backing\":null}"));
}

/* Names that mean something else to QEMU, to a shell, or in JSON. */
static const char *const odd_names[] = {
  "it's \"quoted\", with spaces",
  "a:b,c",
  "nbd:localhost:10809",
  "json:{\"driver\":\"null-co\"}",
  "driver=null-co,size=1",
  "file:x",
  "fat:rw:x",
  "-rf",
  "back\\slash",
  "new\nline",
  "%s%n",
  "\xc3\xbcn\xc3\xaf"
  "code \xe4\xb8\xad",
  "#fragment?query",
};

static void
test_odd_names (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (odd_names); i++) {
    g_autofree char *folder = workdir_path (fix->dir, odd_names[i]);
    g_autofree char *top = g_build_filename (folder, odd_names[i], NULL);
    g_autofree char *base = g_strconcat (top, " base", NULL);
    g_autofree char *text = NULL;

    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    g_free (qemu_run ("cp", fix->flat, base, NULL));
    create ("-f", "qcow2", "-F", "raw", "-b", fix->flat, fix->mid);
    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", base,
                      fix->mid, NULL));
    g_assert_cmpint (g_rename (fix->mid, top), ==, 0);
    text = describe_file (top, "qcow2");
    assert_same (text, fix->flat);
  }
}

/* A relative name is one beside the layer, wherever that is. */
static void
test_odd_folders (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (odd_names); i++) {
    g_autofree char *folder = workdir_path (fix->dir, odd_names[i]);
    g_autofree char *top = g_build_filename (folder, "top", NULL);
    g_autofree char *base = g_build_filename (folder, "base", NULL);
    g_autofree char *text = NULL;

    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    g_free (qemu_run ("cp", fix->flat, base, NULL));
    g_free (qemu_run ("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F",
                      "raw", "-b", "base", top, "4M", NULL));
    text = describe_file (top, "qcow2");
    assert_same (text, fix->flat);
  }
}

/* What a header names by a protocol is not opened by us. */
static void
test_protocols (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_formats (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
    text = describe_file (fix->top, "qcow2");
    assert_same (text, fix->flat);
  }
  if (fix->dir == NULL)
    return;
  /* The domain's XML is. */
  g_free (qemu_run ("qemu-img", "convert", "-O", "vmdk", fix->flat, fix->base,
                    NULL));
  source = new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  source->backing = new_file (fix->base, "vmdk");
  named = describe (source);
  assert_same (named, fix->flat);
}

/* At the top, in the middle, and where the XML tells the chain. */
static void
test_data_file (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *path = NULL, *option = NULL;

  if (fix->dir == NULL)
    return;
  path = workdir_path (fix->dir, "data");
  option = g_strdup_printf ("data_file=%s", path);
  create ("-f", "qcow2", "-o", option, fix->mid, "4M");
  fail_file (fix->mid, "qcow2", VG_DISK_ERROR_UNSUPPORTED, fix->mid);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED,
             "an external data file");
  source = new_file (fix->mid, "qcow2");
  source->backing_known = TRUE;
  fail (source, VG_DISK_ERROR_UNSUPPORTED, "an external data file");
}

/* Overwrites the header extension that names the backing file's format. */
static void
forget_format (const char *path)
{
  static const char magic[4] = "\xe2\x79\x2a\xca";
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (gsize i = 0; i + 4 <= 65536; i++)
    if (memcmp (text + i, magic, 4) == 0)
      memcpy (text + i, "none", 4);
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
}

static void
test_no_format (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  forget_format (fix->top);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, "qemu-img rebase -u -F");
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->top);
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_OPEN, fix->mid);
}

static void
test_missing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_damaged (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  fail_file (fix->base, "qcow2", VG_DISK_ERROR_OPEN, "not in qcow2 format");
}

/* What a guest's header may name, but not lead to. */
static void
test_hostile (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_secret (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  source = new_file (fix->top, "qcow2");
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
test_hangs (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgConfine) confine = new_confine ();
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
  source = new_file (fix->top, "qcow2");
  line = g_strdup_printf ("/bin/sh %s info", program);
  both[1] = line;
  thread = g_thread_new ("cancel", cancel_once_it_runs, both);
  g_assert_null (vg_chain_describe (confine, source, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_setenv ("PATH", old, TRUE);
}

static void
test_endless (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "qcow2", "-b",
                    "top.qcow2", fix->top, NULL));
  fail_file (fix->top, "qcow2", VG_DISK_ERROR_UNSUPPORTED, "is a loop");
}

static void
test_deep (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) top = NULL;

  if (fix->dir == NULL)
    return;
  for (guint i = 0; i <= 201; i++) {
    g_autofree char *name = g_strdup_printf ("layer-%u", i);
    g_autofree char *path = workdir_file (fix->dir, name, "");
    VgSource *source = new_file (path, "qcow2");

    source->backing = top;
    top = source;
  }
  fail (top, VG_DISK_ERROR_UNSUPPORTED, "200 layers");
}

static void
test_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgConfine) confine = new_confine ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  source = new_file (fix->top, "qcow2");
  g_cancellable_cancel (cancellable);
  g_assert_null (vg_chain_describe (confine, source, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_no_tools (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autoptr (VgConfine) confine = new_confine ();
  g_autoptr (VgSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  source = new_file (fix->top, "qcow2");
  g_setenv ("PATH", fix->dir, TRUE);
  g_assert_null (vg_chain_describe (confine, source, NULL, &error));
  g_setenv ("PATH", path, TRUE);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "qemu-utils"));
}

static void
test_block_device (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GSubprocess) losetup = NULL;
  g_autofree char *device = NULL, *text = NULL;

  if (fix->dir == NULL)
    return;
  losetup = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
      "losetup", "--find", "--show", "--read-only", fix->flat, NULL);
  if (losetup == NULL
      || !g_subprocess_communicate_utf8 (losetup, NULL, NULL, &device, NULL,
                                         NULL)
      || !g_subprocess_get_successful (losetup)) {
    g_test_skip ("loop devices can't be had here");
    return;
  }
  g_strstrip (device);
  text = describe_file (device, "raw");
  assert_same (text, fix->flat);
  g_free (qemu_run ("losetup", "--detach", device, NULL));
  g_assert_nonnull (strstr (text, "\"host_device\""));
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
  g_autoptr (VgSource) source = new_file ("/etc/passwd", "raw");

  source->has_slice = TRUE;
  fail (source, VG_DISK_ERROR_UNSUPPORTED, "a slice of /etc/passwd");
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/chain/raw", test_raw);
  add ("/chain/raw-with-header", test_raw_with_header);
  add ("/chain/one-layer", test_one_layer);
  add ("/chain/three-layers", test_three_layers);
  add ("/chain/clusters", test_clusters);
  add ("/chain/locked", test_locked);
  add ("/chain/xml-chain", test_xml_chain);
  add ("/chain/xml-end", test_xml_end);
  add ("/chain/odd-names", test_odd_names);
  add ("/chain/odd-folders", test_odd_folders);
  add ("/chain/protocols", test_protocols);
  add ("/chain/formats", test_formats);
  add ("/chain/data-file", test_data_file);
  add ("/chain/no-format", test_no_format);
  add ("/chain/missing", test_missing);
  add ("/chain/damaged", test_damaged);
  add ("/chain/endless", test_endless);
  add ("/chain/deep", test_deep);
  add ("/chain/hostile", test_hostile);
  add ("/chain/secret", test_secret);
  add ("/chain/hangs", test_hangs);
  add ("/chain/cancelled", test_cancelled);
  add ("/chain/no-tools", test_no_tools);
  add ("/chain/block-device", test_block_device);
  g_test_add_func ("/chain/unsupported", test_unsupported);
  g_test_add_func ("/chain/slice", test_slice);
  return g_test_run ();
}
