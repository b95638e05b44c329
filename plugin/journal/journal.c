/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal in memory and in its file. */
#include "journal/journal.h"

#include <glib/gstdio.h>
#include <string.h>

#include "util/directory.h"

#define ID_TRIES 100

/* In Glance's words. */
#define ACCEPTED "accepted"

static const char *const kind_names[] = {
  "folder",    "image",    "freeze",  "backup",  "rbd-snapshot",
  "rbd-image", "location", "flatten", "protect",
};
static const char *const step_state_names[] = { "begun", "undone", "kept" };
static const char *const job_kind_names[] = { "snapshot", "flatten" };
static const char *const job_state_names[] = { "running", "done", "failed" };

static void
free_step (gpointer data)
{
  VgStep *step = data;

  g_free (step->object);
  g_free (step);
}

static void
free_image (gpointer data)
{
  VgJobImage *image = data;

  g_free (image->id);
  g_free (image->name);
  g_free (image->disk);
  g_free (image->format);
  g_free (image->way);
  g_free (image->store);
  g_free (image->rule);
  g_free (image->reason);
  g_free (image->owner);
  g_free (image->member);
  g_strfreev (image->copies);
  g_free (image);
}

static VgJournal *
new_empty (void)
{
  VgJournal *journal = g_new0 (VgJournal, 1);

  journal->steps = g_ptr_array_new_with_free_func (free_step);
  journal->images = g_ptr_array_new_with_free_func (free_image);
  journal->clusters =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_ceph_address_free);
  return journal;
}

static char *
get_folder (const char *state_path)
{
  return g_build_filename (state_path, "jobs", NULL);
}

VgJournal *
vg_journal_new (const char *state_path)
{
  g_autofree char *folder = get_folder (state_path);
  VgJournal *journal = new_empty ();

  /* Short enough to type; a taken one is drawn again. */
  for (guint try = 0; try < ID_TRIES; try++) {
    g_free (journal->id);
    g_free (journal->path);
    journal->id = g_strdup_printf ("%08x", g_random_int ());
    journal->path = g_strdup_printf ("%s/%s.json", folder, journal->id);
    if (!g_file_test (journal->path, G_FILE_TEST_EXISTS))
      break;
  }
  journal->started_us = g_get_real_time ();
  journal->started = journal->started_us / G_USEC_PER_SEC;
  return journal;
}

void
vg_journal_free (VgJournal *journal)
{
  if (journal == NULL)
    return;
  g_free (journal->path);
  g_free (journal->id);
  g_free (journal->domain);
  g_free (journal->uuid);
  g_free (journal->uri);
  g_free (journal->project_id);
  g_strfreev (journal->not_contained);
  g_free (journal->order);
  g_free (journal->error);
  g_free (journal->quiesce.obstacle);
  g_ptr_array_unref (journal->steps);
  g_ptr_array_unref (journal->images);
  g_ptr_array_unref (journal->clusters);
  g_free (journal);
}

guint
vg_journal_add_step (VgJournal *journal, VgStepKind kind, const char *object)
{
  VgStep *step = g_new0 (VgStep, 1);

  step->kind = kind;
  step->object = g_strdup (object);
  g_ptr_array_add (journal->steps, step);
  return journal->steps->len - 1;
}

void
vg_journal_set_quiesce (VgJournal *journal, const VgJobQuiesce *quiesce)
{
  char *obstacle = g_strdup (quiesce->obstacle);

  g_free (journal->quiesce.obstacle);
  journal->quiesce = *quiesce;
  journal->quiesce.obstacle = obstacle;
}

void
vg_journal_add_cluster (VgJournal *journal, const VgCephAddress *cluster)
{
  for (guint i = 0; i < journal->clusters->len; i++) {
    const VgCephAddress *noted = journal->clusters->pdata[i];

    if (g_str_equal (noted->fsid, cluster->fsid)
        && vg_ceph_address_equal (noted, cluster))
      return;
  }
  g_ptr_array_add (journal->clusters, vg_ceph_address_copy (cluster));
}

VgJobImage *
vg_journal_add_image (VgJournal *journal)
{
  VgJobImage *image = g_new0 (VgJobImage, 1);

  g_ptr_array_add (journal->images, image);
  return image;
}

static VgJson *
strv_to_json (char **list)
{
  VgJson *array = json_object_new_array ();

  for (; list != NULL && *list != NULL; list++)
    json_object_array_add (array, json_object_new_string (*list));
  return array;
}

static char **
strv_from_json (VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;
  char **list = g_new0 (char *, n + 1);
  gsize used = 0;

  for (gsize i = 0; i < n; i++) {
    VgJson *entry = json_object_array_get_idx (array, i);

    if (json_object_is_type (entry, json_type_string))
      list[used++] = g_strdup (json_object_get_string (entry));
  }
  return list;
}

static VgJson *
image_to_json (const VgJobImage *image)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "id", image->id);
  vg_json_set_string (json, "name", image->name);
  vg_json_set_string (json, "disk", image->disk);
  vg_json_set_string (json, "disk_format", image->format);
  vg_json_set_string (json, "way", image->way);
  vg_json_set_string (json, "store", image->store);
  vg_json_set_string (json, "rule", image->rule);
  vg_json_set_string (json, "reason", image->reason);
  vg_json_set_string (json, "owner", image->owner);
  vg_json_set_string (json, "member", image->member);
  if (image->member != NULL)
    vg_json_set_string (json, "member_status",
                        image->accepted ? ACCEPTED : "pending");
  vg_json_set_take (json, "copies", strv_to_json (image->copies));
  vg_json_set_int (json, "size", (gint64) image->size);
  return json;
}

static void
set_quiesce (VgJson *json, const VgJobQuiesce *quiesce)
{
  if (!quiesce->known)
    return;
  vg_json_set_bool (json, "quiesced", quiesce->file_systems > 0);
  vg_json_set_string (json, "unquiesced_reason", quiesce->obstacle);
  if (quiesce->file_systems == 0)
    return;
  vg_json_set_int (json, "file_systems", quiesce->file_systems);
  vg_json_set_int (json, "frozen_ms", quiesce->frozen_ms);
}

static void
read_quiesce (VgJobQuiesce *quiesce, VgJson *json)
{
  quiesce->known = vg_json_get (json, "quiesced") != NULL;
  quiesce->obstacle = g_strdup (vg_json_get_string (json, "unquiesced_reason"));
  quiesce->file_systems =
      (guint) CLAMP (vg_json_get_int (json, "file_systems", 0), 0, G_MAXINT);
  quiesce->frozen_ms =
      (guint) CLAMP (vg_json_get_int (json, "frozen_ms", 0), 0, G_MAXINT);
}

VgJson *
vg_journal_to_json (const VgJournal *journal)
{
  VgJson *json = json_object_new_object ();
  VgJson *steps = json_object_new_array ();
  VgJson *images = json_object_new_array ();

  vg_json_set_string (json, "id", journal->id);
  vg_json_set_string (json, "kind", job_kind_names[journal->kind]);
  vg_json_set_string (json, "domain", journal->domain);
  vg_json_set_string (json, "uuid", journal->uuid);
  vg_json_set_string (json, "uri", journal->uri);
  vg_json_set_string (json, "project_id", journal->project_id);
  vg_json_set_string (json, "order", journal->order);
  vg_json_set_int (json, "started", journal->started);
  vg_json_set_int (json, "started_us", journal->started_us);
  vg_json_set_int (json, "finished", journal->finished);
  vg_json_set_string (json, "state", job_state_names[journal->state]);
  vg_json_set_string (json, "error", journal->error);
  set_quiesce (json, &journal->quiesce);
  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];
    VgJson *entry = json_object_new_object ();

    vg_json_set_string (entry, "step", kind_names[step->kind]);
    vg_json_set_string (entry, "object", step->object);
    vg_json_set_string (entry, "state", step_state_names[step->state]);
    json_object_array_add (steps, entry);
  }
  for (guint i = 0; i < journal->images->len; i++)
    json_object_array_add (images, image_to_json (journal->images->pdata[i]));
  vg_json_set_take (json, "steps", steps);
  vg_json_set_take (json, "images", images);
  vg_json_set_take (json, "not_contained",
                    strv_to_json (journal->not_contained));
  vg_json_set_take (json, "clusters",
                    vg_ceph_addresses_to_json (journal->clusters));
  return json;
}

/* One line for --debug: what is in the journal now. */
static void
note_steps (const VgJournal *journal)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    g_string_append_printf (text, "; %s %s %s", kind_names[step->kind],
                            step->object, step_state_names[step->state]);
  }
  g_debug ("job %s: journal: %s%s", journal->id,
           job_state_names[journal->state], text->str);
}

gboolean
vg_journal_write (VgJournal *journal, GError **error)
{
  g_autoptr (VgJson) json = vg_journal_to_json (journal);
  g_autofree char *text = vg_json_to_text (json, TRUE);
  g_autofree char *folder = g_path_get_dirname (journal->path);

  if (!vg_directory_ensure (folder, 0700, error))
    return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
  if (g_file_set_contents_full (journal->path, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT
                                    | G_FILE_SET_CONTENTS_DURABLE,
                                0600, error)) {
    note_steps (journal);
    return TRUE;
  }
  g_prefix_error (error, "the job's journal can't be written: ");
  return FALSE;
}

/* The number of name among names; n_names where it isn't one of them. */
static guint
find_name (const char *const *names, guint n_names, const char *name)
{
  guint i;

  for (i = 0; i < n_names; i++)
    if (g_strcmp0 (names[i], name) == 0)
      break;
  return i;
}

static gboolean
read_steps (VgJournal *journal, VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize i = 0; i < n; i++) {
    VgJson *entry = json_object_array_get_idx (array, i);
    guint kind = find_name (kind_names, G_N_ELEMENTS (kind_names),
                            vg_json_get_string (entry, "step"));
    guint state = find_name (step_state_names, G_N_ELEMENTS (step_state_names),
                             vg_json_get_string (entry, "state"));
    const char *object = vg_json_get_string (entry, "object");
    VgStep *step;

    if (kind == G_N_ELEMENTS (kind_names)
        || state == G_N_ELEMENTS (step_state_names) || object == NULL)
      return FALSE;
    vg_journal_add_step (journal, (VgStepKind) kind, object);
    step = journal->steps->pdata[journal->steps->len - 1];
    step->state = (VgStepState) state;
  }
  return TRUE;
}

static void
read_images (VgJournal *journal, VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize i = 0; i < n; i++) {
    VgJson *entry = json_object_array_get_idx (array, i);
    VgJobImage *image = vg_journal_add_image (journal);

    image->id = g_strdup (vg_json_get_string (entry, "id"));
    image->name = g_strdup (vg_json_get_string (entry, "name"));
    image->disk = g_strdup (vg_json_get_string (entry, "disk"));
    image->format = g_strdup (vg_json_get_string (entry, "disk_format"));
    image->way = g_strdup (vg_json_get_string (entry, "way"));
    image->store = g_strdup (vg_json_get_string (entry, "store"));
    image->rule = g_strdup (vg_json_get_string (entry, "rule"));
    image->reason = g_strdup (vg_json_get_string (entry, "reason"));
    image->owner = g_strdup (vg_json_get_string (entry, "owner"));
    image->member = g_strdup (vg_json_get_string (entry, "member"));
    image->accepted =
        g_strcmp0 (vg_json_get_string (entry, "member_status"), ACCEPTED) == 0;
    image->copies = strv_from_json (vg_json_get_array (entry, "copies"));
    image->size = (guint64) vg_json_get_int (entry, "size", 0);
  }
}

static gboolean
read_members (VgJournal *journal, VgJson *json)
{
  guint state = find_name (job_state_names, G_N_ELEMENTS (job_state_names),
                           vg_json_get_string (json, "state"));
  const char *kind_name = vg_json_get_string (json, "kind");
  guint kind =
      kind_name != NULL
          ? find_name (job_kind_names, G_N_ELEMENTS (job_kind_names), kind_name)
          : VG_JOB_SNAPSHOT;

  journal->kind = (VgJobKind) kind;
  journal->id = g_strdup (vg_json_get_string (json, "id"));
  journal->domain = g_strdup (vg_json_get_string (json, "domain"));
  journal->uuid = g_strdup (vg_json_get_string (json, "uuid"));
  journal->uri = g_strdup (vg_json_get_string (json, "uri"));
  journal->project_id = g_strdup (vg_json_get_string (json, "project_id"));
  journal->not_contained =
      strv_from_json (vg_json_get_array (json, "not_contained"));
  journal->order = g_strdup (vg_json_get_string (json, "order"));
  journal->error = g_strdup (vg_json_get_string (json, "error"));
  journal->started = vg_json_get_int (json, "started", 0);
  journal->started_us = vg_json_get_int (json, "started_us", 0);
  journal->finished = vg_json_get_int (json, "finished", 0);
  journal->state = (VgJobState) state;
  read_quiesce (&journal->quiesce, json);
  read_images (journal, vg_json_get_array (json, "images"));
  vg_ceph_addresses_read (journal->clusters,
                          vg_json_get_array (json, "clusters"));
  return kind < G_N_ELEMENTS (job_kind_names)
         && state < G_N_ELEMENTS (job_state_names) && journal->id != NULL
         && journal->domain != NULL && journal->uuid != NULL
         && read_steps (journal, vg_json_get_array (json, "steps"));
}

VgJournal *
vg_journal_read (const char *path, GError **error)
{
  g_autoptr (VgJson) json = vg_json_parse_file (path, error);
  g_autoptr (VgJournal) journal = NULL;

  if (json == NULL)
    return NULL;
  journal = new_empty ();
  journal->path = g_strdup (path);
  if (read_members (journal, json))
    return g_steal_pointer (&journal);
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "%s is not a job's journal", path);
  return NULL;
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const VgJournal *left = *(VgJournal *const *) a;
  const VgJournal *right = *(VgJournal *const *) b;

  if (left->started != right->started)
    return left->started < right->started ? -1 : 1;
  if (left->started_us != right->started_us)
    return left->started_us < right->started_us ? -1 : 1;
  return strcmp (left->id, right->id);
}

gboolean
vg_journal_may_read (const char *state_path, GError **error)
{
  g_autofree char *folder = get_folder (state_path);
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);

  if (dir != NULL || g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&why),
                              "the jobs of this host can't be read: ");
  return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
}

GPtrArray *
vg_journal_read_all (const char *state_path)
{
  g_autofree char *folder = get_folder (state_path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_journal_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (GError) error = NULL;
    VgJournal *journal;

    if (!g_str_has_suffix (name, ".json"))
      continue;
    journal = vg_journal_read (path, &error);
    if (journal != NULL)
      g_ptr_array_add (all, journal);
    else
      g_warning ("%s", error->message);
  }
  g_ptr_array_sort (all, compare_age);
  return all;
}

void
vg_journal_prune (const char *state_path, guint keep)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (state_path);
  guint finished = 0;

  for (guint i = all->len; i > 0; i--) {
    const VgJournal *journal = all->pdata[i - 1];

    if (journal->state != VG_JOB_RUNNING && !vg_journal_has_leftovers (journal)
        && ++finished > keep)
      g_unlink (journal->path);
  }
}

gboolean
vg_journal_has_leftovers (const VgJournal *journal)
{
  for (guint i = 0; i < journal->steps->len; i++)
    if (((VgStep *) journal->steps->pdata[i])->state == VG_STEP_BEGUN)
      return TRUE;
  return FALSE;
}

const char *
vg_job_state_to_string (VgJobState state)
{
  return job_state_names[state];
}
