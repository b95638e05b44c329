/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backing chain of three layers. */
#include "lib/chain-fixture.h"

#include <glib/gstdio.h>

#include "disk/chain.h"
#include "lib/disk-source.h"

char *
chain_describe (const VgSource *source)
{
  g_autoptr (VgConfine) confine = disk_source_confine (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) json = vg_chain_describe (confine, source, NULL, &error);

  g_assert_no_error (error);
  return vg_json_to_text (json, FALSE);
}

char *
chain_describe_file (const char *path, const char *format)
{
  g_autoptr (VgSource) source = disk_source_new_file (path, format);

  return chain_describe (source);
}

void
chain_assert_same (const char *description, const char *raw)
{
  g_autofree char *name = g_strconcat ("json:", description, NULL);

  g_free (qemu_run ("qemu-img", "compare", "-F", "raw", "--force-share", name,
                    raw, NULL));
}

static void
write_io (const char *path, const char *format, const char *command)
{
  g_free (qemu_run ("qemu-io", "-f", format, "-c", command, path, NULL));
}

static void
set_up (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  chain_create ("-f", "raw", fix->base, "4M");
  write_io (fix->base, "raw", "write -P 1 0 2M");
  chain_create ("-f", "qcow2", "-F", "raw", "-b", "base.raw", fix->mid);
  write_io (fix->mid, "qcow2", "write -P 2 1M 2M");
  chain_create ("-f", "qcow2", "-F", "qcow2", "-b", "sub/mid.qcow2", fix->top);
  write_io (fix->top, "qcow2", "write -P 3 2M 512k");
  write_io (fix->top, "qcow2", "write -z 0 64k");
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "raw", fix->top, fix->flat, NULL));
}

static void
tear_down (ChainFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->base);
  g_free (fix->mid);
  g_free (fix->top);
  g_free (fix->flat);
  workdir_remove (fix->dir);
}

void
chain_fixture_add (const char *path,
                   void (*test) (ChainFixture *, gconstpointer))
{
  g_test_add (path, ChainFixture, NULL, set_up, test, tear_down);
}
