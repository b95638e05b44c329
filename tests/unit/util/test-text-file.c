/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of text: what is no UTF-8, too long or no file is told, with its
 * line. */
#include "util/text-file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/workdir.h"
#include "util/config.h"
#include "util/json.h"

typedef struct {
  const char *bytes;
  gsize length;
  const char *why; /* behind the path; NULL: fine */
} Case;

static const Case cases[] = {
  { "", 0, NULL },
  { "Gr\303\274\303\237e\n", 8, NULL },
  { "a\n\xff\n", 4, ":2: the byte 0xff is not UTF-8; save the text in UTF-8" },
  { "\xc3", 1, ":1: the byte 0xc3 is not UTF-8; save the text in UTF-8" },
  { "\n\n\xed\xa0\x80", 5,
    ":3: the byte 0xed is not UTF-8; save the text in UTF-8" },
  { "a\0b", 3, ":1: there is a NUL byte" },
  { "12345678901", 11, ": it is too long" },
};

static void
test_bytes (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "a.conf");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    g_autoptr (GError) error = NULL;
    g_autofree char *wanted = g_strconcat (path, c->why, NULL);
    g_autofree char *text = NULL;
    gsize length;

    g_assert_true (
        g_file_set_contents (path, c->bytes, (gssize) c->length, NULL));
    text = vg_text_file_read (path, 10, TRUE, &length, &error);
    if (c->why == NULL) {
      g_assert_no_error (error);
      g_assert_cmpmem (text, length, c->bytes, c->length);
      g_assert_cmpint (text[length], ==, '\0');
      continue;
    }
    g_assert_null (text);
    g_assert_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
    g_assert_cmpstr (error->message, ==, wanted);
  }
}

/* Not a word is waited for where nobody writes. */
static void
test_no_file (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *fifo = workdir_path (dir, "fifo");
  g_autofree char *missing = workdir_path (dir, "missing");
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_null (vg_text_file_read (fifo, 10, TRUE, &length, &error));
  g_assert_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
  g_assert_nonnull (strstr (error->message, "not a regular file"));
  g_clear_error (&error);
  g_assert_null (vg_text_file_read (missing, 10, TRUE, &length, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_null (vg_text_file_read ("", 10, TRUE, &length, &error));
  g_assert_cmpstr (error->message, ==, "'': No such file or directory");
}

static gpointer
write_late (gpointer path)
{
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs ("late", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  return NULL;
}

/* Longer than anybody is waited for to open it. */
static gpointer
write_slowly (gpointer path)
{
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  g_usleep (6 * G_USEC_PER_SEC);
  g_assert_cmpint (fputs ("slow", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  return NULL;
}

/* A pipe is read once somebody writes to it, and not waited for without end. */
static void
test_pipe (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *fifo = workdir_path (dir, "fifo");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GThread *thread;
  gsize length;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_null (vg_text_file_read (fifo, 10, FALSE, &length, &error));
  g_assert_nonnull (strstr (error->message, "timed out"));
  g_clear_error (&error);
  thread = g_thread_new ("writer", write_late, fifo);
  text = vg_text_file_read (fifo, 10, FALSE, &length, &error);
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpstr (text, ==, "late");
  g_free (text);
  thread = g_thread_new ("writer", write_slowly, fifo);
  text = vg_text_file_read (fifo, 10, FALSE, &length, &error);
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpstr (text, ==, "slow");
}

/* Their errors are of the room's own domains. */
static void
test_users (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *json = workdir_file (dir, "a.json", "{\"a\":\n\"\xff\"}");
  g_autofree char *conf =
      workdir_file (dir, "a.conf", "[glance]\n\nusername = \xff\n");
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_json_parse_file (json, &error));
  g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  g_assert_nonnull (strstr (error->message, "a.json:2: the byte 0xff"));
  g_clear_error (&error);
  g_assert_null (vg_config_load (conf, &error));
  g_assert_error (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "a.conf:3: the byte 0xff"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-file/pipe", test_pipe);
  g_test_add_func ("/text-file/bytes", test_bytes);
  g_test_add_func ("/text-file/no-file", test_no_file);
  g_test_add_func ("/text-file/users", test_users);
  return g_test_run ();
}
