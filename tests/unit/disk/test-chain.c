/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backing chains written out for QEMU: what comes of them is what qemu-img
 * itself reads, and nothing is probed, whatever things are called. */
#include <glib/gstdio.h>
#include <string.h>

#include "lib/chain-fixture.h"
#include "lib/disk-source.h"

static void
test_raw (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *unsaid = NULL, *expected = NULL;

  if (fix->dir == NULL)
    return;
  expected = g_strdup_printf (
      "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"%s\"}}",
      fix->flat);
  text = chain_describe_file (fix->flat, "raw");
  g_assert_cmpstr (text, ==, expected);
  unsaid = chain_describe_file (fix->flat, NULL);
  g_assert_cmpstr (unsaid, ==, expected);
}

/* A guest may write a header with any backing file into its raw disk. */
static void
test_raw_with_header (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *name = NULL, *copy = NULL;

  if (fix->dir == NULL)
    return;
  copy = workdir_path (fix->dir, "copy");
  g_free (qemu_run ("cp", fix->top, copy, NULL));
  text = chain_describe_file (fix->top, NULL);
  g_assert_null (strstr (text, "\"driver\":\"qcow2\""));
  g_assert_null (strstr (text, "backing"));
  chain_assert_same (text, copy);
}

static void
test_three_layers (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  text = chain_describe_file (fix->top, "qcow2");
  g_assert_cmpstr (text, ==, expected);
  chain_assert_same (text, fix->flat);
}

/* No slice of a table is larger than the table. */
static void
test_clusters (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
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

    chain_create ("-f", "qcow2", "-F", "raw", "-b", fix->flat, "-o",
                  rows[i].option, fix->top);
    text = chain_describe_file (fix->top, "qcow2");
    if (rows[i].slices != NULL)
      g_assert_nonnull (strstr (text, rows[i].slices));
    else
      g_assert_null (strstr (text, "l2-cache"));
    chain_assert_same (text, fix->flat);
  }
}

/* Somebody else may have it open, to write: the domain that was just started.
 */
static void
test_locked (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *socket = NULL, *text = NULL;
  g_autoptr (QemuServer) writer = NULL;

  if (fix->dir == NULL)
    return;
  socket = workdir_path (fix->dir, "socket");
  writer = qemu_server_new (socket, fix->top, "qcow2", NULL);
  text = chain_describe_file (fix->top, "qcow2");
  g_assert_nonnull (strstr (text, fix->base));
}

/* The end of a chain is written out, or QEMU would look for it. */
static void
test_one_layer (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = NULL, *text = NULL;

  if (fix->dir == NULL)
    return;
  path = workdir_path (fix->dir, "alone");
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "qcow2", fix->top, path, NULL));
  text = chain_describe_file (path, "qcow2");
  g_assert_true (g_str_has_suffix (text, ",\"backing\":null}"));
  chain_assert_same (text, fix->flat);
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
test_xml_chain (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *text = NULL, *half = NULL;

  if (fix->dir == NULL)
    return;
  g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", "/nowhere",
                    fix->top, NULL));
  source = disk_source_new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  source->backing = disk_source_new_file (fix->mid, "qcow2");
  /* … as far as it goes: the rest is asked. */
  half = chain_describe (source);
  chain_assert_same (half, fix->flat);
  source->backing->backing_known = TRUE;
  source->backing->backing = disk_source_new_file (fix->base, "raw");
  source->backing->backing->backing_known = TRUE;
  text = chain_describe (source);
  assert_same_chain (text, half);
}

static void
test_xml_end (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSource) source = NULL;
  g_autofree char *text = NULL;

  if (fix->dir == NULL)
    return;
  source = disk_source_new_file (fix->top, "qcow2");
  source->backing_known = TRUE;
  text = chain_describe (source);
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
test_odd_names (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (odd_names); i++) {
    g_autofree char *folder = workdir_path (fix->dir, odd_names[i]);
    g_autofree char *top = g_build_filename (folder, odd_names[i], NULL);
    g_autofree char *base = g_strconcat (top, " base", NULL);
    g_autofree char *text = NULL;

    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    g_free (qemu_run ("cp", fix->flat, base, NULL));
    chain_create ("-f", "qcow2", "-F", "raw", "-b", fix->flat, fix->mid);
    g_free (qemu_run ("qemu-img", "rebase", "-u", "-F", "raw", "-b", base,
                      fix->mid, NULL));
    g_assert_cmpint (g_rename (fix->mid, top), ==, 0);
    text = chain_describe_file (top, "qcow2");
    chain_assert_same (text, fix->flat);
  }
}

/* A relative name is one beside the layer, wherever that is. */
static void
test_odd_folders (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
    text = chain_describe_file (top, "qcow2");
    chain_assert_same (text, fix->flat);
  }
}

static void
test_block_device (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  text = chain_describe_file (device, "raw");
  chain_assert_same (text, fix->flat);
  g_free (qemu_run ("losetup", "--detach", device, NULL));
  g_assert_nonnull (strstr (text, "\"host_device\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  chain_fixture_add ("/chain/raw", test_raw);
  chain_fixture_add ("/chain/raw-with-header", test_raw_with_header);
  chain_fixture_add ("/chain/one-layer", test_one_layer);
  chain_fixture_add ("/chain/three-layers", test_three_layers);
  chain_fixture_add ("/chain/clusters", test_clusters);
  chain_fixture_add ("/chain/locked", test_locked);
  chain_fixture_add ("/chain/xml-chain", test_xml_chain);
  chain_fixture_add ("/chain/xml-end", test_xml_end);
  chain_fixture_add ("/chain/odd-names", test_odd_names);
  chain_fixture_add ("/chain/odd-folders", test_odd_folders);
  chain_fixture_add ("/chain/block-device", test_block_device);
  return g_test_run ();
}
