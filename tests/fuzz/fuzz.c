/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by all fuzzers: inputs as files, as JSON and in parts, and checks. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/workdir.h"

/* No message needs more: each part of others in it is cut. */
#define MESSAGE_MAX 8192

static void
drop_message (const char *domain G_GNUC_UNUSED,
              GLogLevelFlags level G_GNUC_UNUSED,
              const char *message G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

void
fuzz_be_quiet (void)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_log_set_default_handler (drop_message, NULL);
}

void
fuzz_check_result (gboolean ok, const GError *error)
{
  g_assert_true (ok == (error == NULL));
  if (error == NULL)
    return;
  g_assert_true (*error->message != '\0');
  g_assert_cmpuint (strlen (error->message), <=, MESSAGE_MAX);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static char *folder;
static pid_t owner;

/* A child that libFuzzer or a test makes leaves it alone. */
static void
remove_folder (void)
{
  if (getpid () == owner)
    workdir_remove (folder);
}

/* In memory where that is a file system's: thousands of inputs are written, and
 * a disk's file system writes each of them out. */
static char *
make_folder (void)
{
  char *path = g_strdup ("/dev/shm/vg-fuzz-XXXXXX");

  if (g_mkdtemp (path) != NULL)
    return path;
  g_free (path);
  return workdir_new ();
}

const char *
fuzz_folder (void)
{
  if (folder == NULL) {
    folder = make_folder ();
    owner = getpid ();
    atexit (remove_folder);
  }
  return folder;
}

char *
fuzz_write (const char *name, const uint8_t *data, size_t size)
{
  g_autofree char *path = g_build_filename (fuzz_folder (), name, NULL);
  FILE *file = fopen (path, "we");

  g_assert_nonnull (file);
  g_assert_true (size == 0 || fwrite (data, size, 1, file) == 1);
  g_assert_true (fclose (file) == 0);
  return g_steal_pointer (&path);
}

VgJson *
fuzz_parse_json (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  VgJson *json = vg_json_parse ((const char *) data, (gssize) size, &error);

  /* ("null" is JSON, and NULL for json-c.) */
  if (error != NULL)
    fuzz_check_result (json != NULL, error);
  return json;
}

char **
fuzz_split (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  return g_strsplit (text, "%%\n", -1);
}
