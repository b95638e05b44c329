/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzzer's main() where there is no libFuzzer: tries the files of its corpus
 * and some hundred spoilt copies of each, or the files that it is given as
 * arguments. The copies are the same for the same --seed, which GLib prints. */
#include "fuzz/fuzz.h"

#include <string.h>

/* Spoilt copies of all inputs together: a few seconds of work. */
#define COPIES 6000

/* Changes bytes, doubles a stretch, or takes one away. */
static void
spoil (GByteArray *bytes)
{
  static const char marks[] = "<>{}[]/'\"&;:,=-!%* \n\xff";
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
try_file (const char *path, guint copies)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  LLVMFuzzerTestOneInput ((const uint8_t *) text, length);
  for (guint i = 0; length > 0 && i < copies; i++) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();

    g_byte_array_append (bytes, (const guint8 *) text, (guint) length);
    for (gint32 n = g_test_rand_int_range (1, 5); n > 0; n--)
      spoil (bytes);
    LLVMFuzzerTestOneInput (bytes->data, bytes->len);
  }
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Data of other tests, for the fuzzer of that name, or a corpus of its own. */
static char *
find_corpus (const char *name)
{
  g_autofree char *data =
      g_test_build_filename (G_TEST_DIST, "data", name, NULL);

  if (g_file_test (data, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&data);
  return g_test_build_filename (G_TEST_DIST, "fuzz", "corpus", name, NULL);
}

static GPtrArray *
list_corpus (const char *name)
{
  g_autofree char *path = find_corpus (name);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *file;

  g_assert_nonnull (folder);
  while ((file = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (files, g_build_filename (path, file, NULL));
  g_assert_cmpuint (files->len, >, 0);
  g_ptr_array_sort (files, compare_paths);
  return g_steal_pointer (&files);
}

/* The name after "fuzz-" in the program's; libtool may put "lt-" in front. */
static const char *
get_name (void)
{
  const char *name = strstr (g_get_prgname (), "fuzz-");

  g_assert_nonnull (name);
  return name + strlen ("fuzz-");
}

static void
test_spoilt (void)
{
  g_autoptr (GPtrArray) files = list_corpus (get_name ());

  for (guint i = 0; i < files->len; i++)
    try_file (files->pdata[i], COPIES / files->len);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;

  g_test_init (&argc, &argv, NULL);
  fuzz_be_quiet ();
  for (int i = 1; i < argc; i++)
    try_file (argv[i], 0);
  if (argc > 1)
    return 0;
  path = g_strdup_printf ("/fuzz/%s", get_name ());
  g_test_add_func (path, test_spoilt);
  return g_test_run ();
}
