/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes through the domain parser: no crash, no leak, and either a domain
 * that keeps its header's promises or one error of one line. Alone it tries
 * spoilt copies of tests/data/domain, or the files that it is given; under
 * libFuzzer:
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -DVG_LIBFUZZER -Iplugin
 *     tests/fuzz/fuzz-domain.c plugin/domain/.c plugin/util/{source,text}.c
 *     $(pkg-config --cflags --libs glib-2.0 libxml-2.0)
 */
#include "domain/domain.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_domain (const VgDomain *domain)
{
  gboolean found = domain->root == NULL;

  g_assert_nonnull (domain->name);
  g_assert_true ((domain->origin == VG_ORIGIN_UNKNOWN)
                 == (domain->origin_from == NULL));
  if (domain->origin == VG_ORIGIN_IMAGE)
    g_assert_nonnull (domain->image_ref);
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    g_autofree char *shown = vg_source_describe (disk->source);

    g_assert_nonnull (disk->target);
    g_assert_nonnull (shown);
    g_assert_true (vg_domain_find_disk (domain, disk->target, NULL) != NULL);
    found = found || disk == domain->root;
  }
  g_assert_true (found);
  g_assert_true (vg_domain_get_root (domain, NULL) == domain->root);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain =
      vg_domain_parse ((const char *) data, (gssize) size, &error);

  g_assert_true ((domain == NULL) == (error != NULL));
  if (domain != NULL) {
    check_domain (domain);
    return 0;
  }
  g_assert_true (g_error_matches (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strchr (error->message, '\n'));
  return 0;
}

#ifndef VG_LIBFUZZER
/* Changes bytes, doubles a stretch, or takes one away. */
static void
spoil (GByteArray *bytes)
{
  static const char marks[] = "<>/'\"&;=-! \n\xff";
  guint start = (guint) g_test_rand_int_range (0, (gint32) bytes->len);
  guint length = (guint) g_test_rand_int_range (1, 64);
  g_autofree guint8 *copy = NULL;

  length = MIN (length, bytes->len - start);
  switch (g_test_rand_int_range (0, 4)) {
  case 0:
    bytes->data[start] = (guint8) g_test_rand_int ();
    break;
  case 1:
    bytes->data[start] =
        (guint8) marks[g_test_rand_int_range (0, sizeof marks)];
    break;
  case 2:
    copy = g_memdup2 (bytes->data + start, length);
    g_byte_array_append (bytes, copy, length);
    break;
  default:
    if (length < bytes->len)
      g_byte_array_remove_range (bytes, start, length);
  }
}

static void
try_file (const char *path, guint rounds)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  LLVMFuzzerTestOneInput ((const uint8_t *) text, length);
  for (guint i = 0; length > 0 && i < rounds; i++) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();

    g_byte_array_append (bytes, (const guint8 *) text, (guint) length);
    for (gint32 n = g_test_rand_int_range (1, 5); n > 0; n--)
      spoil (bytes);
    LLVMFuzzerTestOneInput (bytes->data, bytes->len);
  }
}

static void
test_spoilt (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "data", "domain", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder))) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    try_file (file, 300);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    try_file (argv[i], 0);
  if (argc > 1)
    return 0;
  g_test_add_func ("/fuzz-domain/spoilt", test_spoilt);
  return g_test_run ();
}
#endif
