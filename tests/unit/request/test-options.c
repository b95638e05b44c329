/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a request's options, row by row: where each may be said and with
 * which values, and that reading, writing, copying and merging know it. An
 * option needs a row in "rows" here. */
#include "request/options.h"

#include <stdio.h>
#include <string.h>

#include "request/error.h"
#include "request/request-json.h"
#include "request/rules.h"
#include "request/set.h"

/* A letter for each VgRequestPlace, in their order: the commands snapshot,
 * backup, inspect and prune; <snapshot>, <backup>; on stopped, backup,
 * snapshot.
 */
#define PLACES "sbipSBtkn"
/* All that images are made at. */
#define MAKERS "sbiSBtkn"

typedef struct {
  const char *name, *key; /* on the command line, elsewhere; or NULL */
  const char *places;
  const char *good;   /* values; of a list two */
  const char *json;   /* what that is in the spool */
  const char *bad;    /* a value that isn't allowed; NULL: all are */
  const char *why;    /* what is said then, behind the option's name */
  const char *record; /* what the good value is in an image's record; or NULL */
} Row;

static const Row rows[] = {
  { NULL, "name", "SB", "a b", "\"name\":\"a b\"", "a\nb", "line break" },
  { "store", "store", MAKERS, "fast", "\"store\":\"fast\"" },
  { "disk", "disks", MAKERS, "vda,vdb", "\"disks\":[\"vda\",\"vdb\"]" },
  { "all-disks", NULL, "sbi", "", "\"all_disks\":true" },
  { "format", "format", MAKERS, "raw", "\"format\":\"raw\"", "vmdk",
    "format is raw or qcow2, not 'vmdk'" },
  { "compress", "compress", MAKERS, "zstd", "\"compress\":\"zstd\"", "gzip",
    "'gzip' can't be a compression: use none, zlib, zlib:1 to" },
  { "quiesce", "quiesce", "sbiSBtk", "never", "\"quiesce\":\"never\"", "now",
    "quiesce is auto, require or never, not 'now'" },
  { "mountpoint", "mountpoints", "sbiSBk", "/,/srv",
    "\"mountpoints\":[\"/\",\"/srv\"]" },
  { "encrypted", "encrypted", "sbiSBtk", "keep", "\"encrypted\":\"keep\"",
    "yes", "encrypted is refuse, keep or decrypt, not 'yes'" },
  { "property", "properties", MAKERS, "a=1,b=2",
    "\"properties\":[\"a=1\",\"b=2\"]", "id=1", "keeps that key" },
  { "tag", "tags", MAKERS, "a,b", "\"tags\":[\"a\",\"b\"]", "a,\033",
    "can't be an image's tag", "\"tags\":[\"a\",\"b\"]" },
  { "protected", "protected", MAKERS, "yes", "\"protected\":true", "maybe",
    "protected is yes or no, not 'maybe'" },
  { "owner", "owner", MAKERS, "self", "\"owner\":\"self\"", "me",
    "owner is instance or self, not 'me'" },
  { "visibility", "visibility", MAKERS, "public", "\"visibility\":\"public\"",
    "all", "visibility is private, shared, community or public, not 'all'",
    "\"visibility\":\"public\"" },
  { "min-ram", "min_ram", MAKERS, "2048", "\"min_ram\":2048", "2147483648",
    "must be an integer from 0 to 2147483647, not '2147483648'",
    "\"min_ram\":2048" },
  { "type", "type", "bpBkn", "daily", "\"backup_type\":\"daily\"", "a\nb",
    "can't be a backup's type" },
  { "rotation", "rotation", "bpBkn", "7", "\"rotation\":7", "100001",
    "rotation must be an integer from 0 to 100000, not '100001'" },
  { "keep-daily", "keep_daily", "bpBkn", "7", "\"keep_daily\":7", "100001",
    "must be an integer from 0 to 100000, not '100001'" },
  { "keep-weekly", "keep_weekly", "bpBkn", "4", "\"keep_weekly\":4", "x",
    "must be an integer from 0 to 100000, not 'x'" },
  { "keep-monthly", "keep_monthly", "bpBkn", "12", "\"keep_monthly\":12", "-1",
    "must be an integer from 0 to 100000, not '-1'" },
  { "delete-all", NULL, "bp", "", "\"delete_all\":true" },
  { "from", "from", "sS", "nightly", "\"from\":\"nightly\"" },
  { "limit-rate", "limit_rate", "sbSBtkn", "2k", "\"limit_rate\":2048", "fast",
    "is in bytes a second, maybe with a suffix k, M, G or T, not 'fast'" },
  { NULL, "reasons", "t", "crashed,destroyed",
    "\"reasons\":[\"crashed\",\"destroyed\"]", "migrated",
    "reasons='migrated' is not known; use shutdown, destroyed, crashed" },
};

static gboolean
is_command (VgRequestPlace place)
{
  return place <= VG_PLACE_COMMAND_PRUNE;
}

/* NULL where the option can't be said. */
static const char *
get_word (const Row *row, VgRequestPlace place)
{
  if (strchr (row->places, PLACES[place]) == NULL)
    return NULL;
  return is_command (place) ? row->name : row->key;
}

static void
assert_has (const GError *error, const char *text)
{
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in '%s'", text, error->message);
}

/* All values; on the command line each by itself. */
static gboolean
set (VgRequest *request, const Row *row, VgRequestPlace place,
     const char *values, GError **error)
{
  g_auto (GStrv) list = g_strsplit (values, ",", -1);
  const char *word = get_word (row, place);

  if (!is_command (place) || *list == NULL)
    return vg_request_set (request, place, word, values, error);
  for (char **value = list; *value != NULL; value++)
    if (!vg_request_set (request, place, word, *value, error))
      return FALSE;
  return TRUE;
}

static void
assert_json (const VgRequest *request, const char *inside)
{
  g_autoptr (VgJson) json = vg_request_to_json (request);
  g_autofree char *text = vg_json_to_text (json, FALSE);
  g_autofree char *expected = g_strdup_printf ("{%s}", inside);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_rows (void)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  g_assert_cmpuint (n, ==, G_N_ELEMENTS (rows));
  g_assert_cmpuint (strlen (PLACES), ==, VG_N_PLACES);
  for (guint i = 0; i < n; i++) {
    gboolean is_flag = options[i].kind == VG_OPTION_FLAG;

    g_test_message ("%s", rows[i].places);
    g_assert_cmpstr (options[i].name, ==, rows[i].name);
    g_assert_cmpstr (options[i].key, ==, rows[i].key);
    g_assert_cmpint (options[i].help != NULL, ==, rows[i].name != NULL);
    g_assert_cmpint (options[i].argument != NULL, ==,
                     rows[i].name != NULL && !is_flag);
    for (guint j = 0; j < i; j++)
      g_assert_cmpuint (options[i].offset, !=, options[j].offset);
  }
}

/* The words that are known at a place, as a message lists them. */
static char *
list_words (VgRequestPlace place)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (get_word (&rows[i], place) != NULL)
      g_ptr_array_add (words, (gpointer) get_word (&rows[i], place));
  g_ptr_array_add (words, NULL);
  return g_strjoinv (", ", (char **) words->pdata);
}

static void
assert_unknown (VgRequestPlace place, const char *word)
{
  g_autoptr (VgRequest) request = vg_request_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *known = list_words (place);
  g_autofree char *message =
      g_strdup_printf ("'%s' is not known; use %s", word, known);

  g_assert_false (vg_request_set (request, place, word, "x", &error));
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX);
  g_assert_cmpstr (error->message, ==, message);
  assert_json (request, "");
}

/* Each option is taken where it may be said, and sets itself alone. */
static void
test_places (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (VgRequestPlace place = 0; place < VG_N_PLACES; place++) {
      g_autoptr (VgRequest) request = vg_request_new (NULL);
      g_autoptr (GError) error = NULL;
      const char *other = is_command (place) ? rows[i].name : rows[i].key;

      g_test_message ("%s %c", other, PLACES[place]);
      if (get_word (&rows[i], place) == NULL) {
        assert_unknown (place, other != NULL ? other : "none");
        continue;
      }
      g_assert_true (set (request, &rows[i], place, rows[i].good, &error));
      g_assert_no_error (error);
      assert_json (request, rows[i].json);
    }
}

static void
test_bad_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (VgRequestPlace place = 0; place < VG_N_PLACES; place++) {
      g_autoptr (VgRequest) request = vg_request_new (NULL);
      g_autoptr (GError) error = NULL;
      gboolean is_flag = g_str_has_suffix (rows[i].json, ":true");

      if (get_word (&rows[i], place) == NULL || rows[i].bad == NULL
          || (is_flag && is_command (place)))
        continue;
      g_assert_false (set (request, &rows[i], place, rows[i].bad, &error));
      assert_has (error, rows[i].why);
      g_assert_cmpint (g_str_has_prefix (error->message, "--"), ==,
                       is_command (place) && strstr (rows[i].why, "can") == NULL
                           && strstr (rows[i].why, "keeps") == NULL);
      if (is_command (place))
        g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
    }
}

/* Lists can be said by child elements as well, a value each. */
static void
test_children (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (VgRequestPlace place = 0; place < VG_N_PLACES; place++) {
      g_autoptr (VgRequest) request = vg_request_new (NULL);
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) values = g_strsplit (rows[i].good, ",", -1);
      const char *child = rows[i].name != NULL ? rows[i].name : rows[i].key;
      gboolean ok = strchr (rows[i].json, '[') != NULL && rows[i].name != NULL
                    && get_word (&rows[i], place) != NULL
                    && !is_command (place);

      for (char **value = values; *value != NULL; value++)
        g_assert_cmpint (vg_request_add (request, place, child, *value, NULL),
                         ==, ok);
      assert_json (request, ok ? rows[i].json : "");
      g_assert_false (vg_request_add (request, place, child, "", &error));
      g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX);
      assert_has (error, ok ? "has no value" : "is not known in it; use ");
    }
}

/* With all options, whether they go together or not. */
static VgRequest *
make_full (void)
{
  VgRequest *request = vg_request_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (VgRequestPlace place = 0; place < VG_N_PLACES; place++)
      if (get_word (&rows[i], place) != NULL) {
        g_assert_true (set (request, &rows[i], place, rows[i].good, NULL));
        break;
      }
  return request;
}

static char *
join_json (void)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_ptr_array_add (all, (gpointer) rows[i].json);
  g_ptr_array_add (all, NULL);
  return g_strjoinv (",", (char **) all->pdata);
}

static void
test_json (void)
{
  g_autoptr (VgRequest) request = make_full ();
  g_autoptr (VgRequest) empty = vg_request_new (NULL);
  g_autofree char *all = join_json ();
  g_autoptr (VgJson) json = vg_request_to_json (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) read = vg_request_from_json (json, &error);

  g_assert_no_error (error);
  assert_json (request, all);
  assert_json (read, all);
  assert_json (empty, "");
}

/* What is a member of the image's record goes there by itself. */
static void
test_record (void)
{
  g_autoptr (VgRequest) request = make_full ();
  g_autoptr (VgJson) record = json_object_new_object ();
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *text = NULL, *inside = NULL, *expected = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].record != NULL)
      g_ptr_array_add (all, (gpointer) rows[i].record);
  g_ptr_array_add (all, NULL);
  inside = g_strjoinv (",", (char **) all->pdata);
  expected = g_strdup_printf ("{%s}", inside);
  vg_request_write_record (request, record);
  text = vg_json_to_text (record, FALSE);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_copy (void)
{
  g_autoptr (VgRequest) request = make_full ();
  g_autoptr (VgRequest) copy = vg_request_new ("guest");
  g_autofree char *all = join_json ();

  request->order = g_strdup ("17");
  vg_request_merge (copy, request);
  g_clear_pointer (&request, vg_request_free);
  assert_json (copy, all);
  g_assert_cmpstr (copy->domain, ==, "guest");
  g_assert_null (copy->order);
}

/* For test-manual.sh: NAME KEY PLACES VALUES a line. */
static int
print_table (void)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  for (guint i = 0; i < n; i++) {
    const VgRequestOption *o = &options[i];
    const char *values = o->choices != NULL ? o->choices : o->argument;

    printf ("%s %s ", o->name != NULL ? o->name : "-",
            o->key != NULL ? o->key : "-");
    for (VgRequestPlace place = 0; place < VG_N_PLACES; place++)
      if (vg_request_option_get_word (o, place) != NULL)
        putchar (PLACES[place]);
    printf (" %s\n", values != NULL ? values : "-");
  }
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "--print") == 0)
    return print_table ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/rows", test_rows);
  g_test_add_func ("/options/places", test_places);
  g_test_add_func ("/options/bad-values", test_bad_values);
  g_test_add_func ("/options/children", test_children);
  g_test_add_func ("/options/json", test_json);
  g_test_add_func ("/options/record", test_record);
  g_test_add_func ("/options/copy", test_copy);
  return g_test_run ();
}
