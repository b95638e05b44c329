/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints a plan, and the images of a job. Text from a domain's XML or from
 * Glance is escaped for terminals. */
#include "cmd/plan-view.h"

#include "cmd/output.h"

#include "util/json.h"
#include "util/text.h"

static void
print_field (FILE *out, const char *name, const char *value)
{
  g_autofree char *clean = vg_text_clean (value, 0);

  fprintf (out, "%-15s %s\n", name, clean);
}

static void
print_field_because (FILE *out, const char *name, const char *value,
                     const char *why)
{
  g_autofree char *text = g_strdup_printf ("%s (%s)", value, why);

  print_field (out, name, why != NULL ? text : value);
}

/* The rule for the store if Glance was not asked. */
static char *
describe_rule (const VgPlan *plan)
{
  const VgDomain *domain = plan->sources->domain;

  if (domain->origin == VG_ORIGIN_IMAGE)
    return g_strdup_printf (
        "the store that holds base image %s (Glance was not asked)",
        domain->image_ref);
  return g_strdup_printf ("Glance's default store: %s (Glance was not asked)",
                          domain->origin == VG_ORIGIN_VOLUME
                              ? "the root disk is a volume"
                              : "no base image is known");
}

static void
print_store (const VgPlan *plan, const VgPlanImage *image, FILE *out)
{
  const VgStoreChoice *choice = image->choice;
  g_autofree char *rule = NULL;

  if (choice == NULL) {
    rule = describe_rule (plan);
    print_field (out, "  store:", rule);
    return;
  }
  print_field_because (
      out, "  store:", choice->store ? choice->store : "the only one",
      choice->reason);
  if (choice->others != NULL && *choice->others != NULL) {
    g_autofree char *others = g_strjoinv (", ", choice->others);

    print_field (out, "  also held by:", others);
  }
}

static void
print_way (const VgPlanSource *source, FILE *out)
{
  if (source->way != VG_TRANSPORT_READ || source->way_reason != NULL)
    print_field_because (out, "  way:", vg_transport_describe (source->way),
                         source->way_reason);
}

static void
print_compression (const VgPlanImage *image, FILE *out)
{
  g_autofree char *text = NULL;

  if (image->compression == VG_COMPRESSION_NONE)
    return;
  if (image->compression_level == 0)
    text = g_strdup (vg_compression_to_string (image->compression));
  else
    text = g_strdup_printf ("%s, level %u",
                            vg_compression_to_string (image->compression),
                            image->compression_level);
  print_field (out, "  compression:", text);
}

static void
print_disk (const VgPlan *plan, guint number, FILE *out)
{
  const VgPlanDisk planned = vg_plan_get_disk (plan, number);
  const VgPlanSource *source = planned.source;
  const VgPlanImage *image = planned.image;
  const VgDomainDisk *disk = source->disk;
  g_autofree char *where = vg_source_describe (disk->source);
  g_autofree char *size = vg_text_format_size (source->capacity);

  print_field_because (out, "disk:", disk->target,
                       image->is_root ? "root disk" : NULL);
  print_field_because (out, "  source:", where,
                       disk->source->format ? disk->source->format : "raw");
  if (disk->volume_id != NULL)
    print_field (out, "  volume:", disk->volume_id);
  if (source->capacity > 0)
    print_field (out, "  capacity:", size);
  print_field (out, "  image name:", image->name);
  print_field_because (out, "  image format:", image->disk_format,
                       image->format_reason);
  print_compression (image, out);
  print_store (plan, image, out);
  print_way (source, out);
}

static void
print_origin (const VgDomain *domain, FILE *out)
{
  switch (domain->origin) {
  case VG_ORIGIN_IMAGE:
    print_field_because (out, "base image:", domain->image_ref,
                         domain->origin_from);
    break;
  case VG_ORIGIN_VOLUME:
    print_field_because (
        out, "base image:", "none, because the root disk is a volume",
        domain->origin_from);
    break;
  case VG_ORIGIN_UNKNOWN:
    print_field (out, "base image:", "unknown");
    break;
  }
}

/* The owner is the same for all of the plan's images. */
static void
print_owner (const VgPlan *plan, FILE *out)
{
  const VgPlanImage *first = plan->images->pdata[0];
  const char *owner = vg_json_get_string (first->record, "owner");

  if (owner != NULL)
    print_field (out, "owner:",
                 "the instance's project if Glance permits, else the project "
                 "you authenticate to");
  else if (plan->project != NULL)
    print_field (out, "owner:", "the project you authenticate to");
}

static VgJson *
words_to_json (char **words)
{
  VgJson *array = json_object_new_array ();

  for (; *words != NULL; words++)
    json_object_array_add (array, json_object_new_string (*words));
  return array;
}

static VgJson *
disk_to_json (const VgPlan *plan, guint number)
{
  const VgPlanDisk planned = vg_plan_get_disk (plan, number);
  const VgPlanSource *source = planned.source;
  const VgPlanImage *image = planned.image;
  const VgStoreChoice *choice = image->choice;
  g_autofree char *where = vg_source_describe (source->disk->source);
  g_autofree char *clean = vg_text_clean (where, 0);
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "disk", source->disk->target);
  vg_json_set_bool (json, "root", image->is_root);
  vg_json_set_string (json, "source", clean);
  vg_json_set_string (json, "volume", source->disk->volume_id);
  vg_json_set_int (json, "capacity", (gint64) source->capacity);
  vg_json_set_string (json, "disk_format", image->disk_format);
  vg_json_set_bool (json, "ciphertext", source->ciphertext);
  vg_json_set_string (json, "compression",
                      vg_compression_to_string (image->compression));
  if (image->compression_level != 0)
    vg_json_set_int (json, "compression_level", image->compression_level);
  if (choice != NULL) {
    vg_json_set_string (json, "store", choice->store);
    vg_json_set_string (json, "rule", vg_store_rule_to_string (choice->rule));
    vg_json_set_string (json, "reason", choice->reason);
  }
  vg_json_set_string (json, "way", vg_transport_to_string (source->way));
  vg_json_set_string (json, "way_reason", source->way_reason);
  vg_json_set_take (json, "image", json_object_get (image->record));
  return json;
}

VgJson *
vg_plan_to_json (const VgPlan *plan)
{
  static const char *const origins[] = { "unknown", "image", "volume" };
  const VgPlanSources *sources = plan->sources;
  const VgDomain *domain = sources->domain;
  VgJson *json = json_object_new_object ();
  VgJson *disks = json_object_new_array ();
  VgJson *warnings = json_object_new_array ();

  vg_json_set_string (json, "domain", domain->name);
  vg_json_set_string (json, "uuid", domain->uuid);
  vg_json_set_bool (json, "running", sources->active);
  vg_json_set_string (json, "origin", origins[domain->origin]);
  vg_json_set_string (json, "origin_from", domain->origin_from);
  vg_json_set_string (json, "image_ref", domain->image_ref);
  vg_json_set_string (json, "project_id", domain->owner_project);
  vg_json_set_string (json, "user_id", domain->owner_user);
  if (sources->savepoint != NULL)
    vg_json_set_string (json, "from", sources->savepoint->name);
  vg_json_set_string (json, "quiesce", vg_quiesce_to_string (sources->quiesce));
  vg_json_set_bool (json, "protected", plan->protect);
  for (guint i = 0; i < plan->images->len; i++)
    json_object_array_add (disks, disk_to_json (plan, i));
  for (guint i = 0; i < plan->warnings->len; i++)
    json_object_array_add (warnings,
                           json_object_new_string (plan->warnings->pdata[i]));
  vg_json_set_take (json, "not_contained",
                    words_to_json (domain->not_contained));
  vg_json_set_take (json, "disks", disks);
  vg_json_set_take (json, "left_out", words_to_json (plan->left_out));
  vg_json_set_take (json, "warnings", warnings);
  return json;
}

void
vg_plan_print (const VgPlan *plan, gboolean json, FILE *out)
{
  const VgPlanSources *sources = plan->sources;
  const VgDomain *domain = sources->domain;
  g_autofree char *kept = NULL;

  if (json) {
    g_autoptr (VgJson) object = vg_plan_to_json (plan);

    vg_output_print (object, out);
    return;
  }
  print_field (out, "domain:", domain->name);
  print_field (out, "UUID:", domain->uuid);
  print_origin (domain, out);
  if (domain->owner_project != NULL)
    print_field (out, "project:", domain->owner_project);
  print_owner (plan, out);
  if (sources->savepoint != NULL)
    print_field (out, "snapshot:", sources->savepoint->name);
  if (sources->active)
    print_field_because (out,
                         "quiesce:", vg_quiesce_to_string (sources->quiesce),
                         sources->quiesce_reason);
  if (plan->protect)
    print_field (out, "protected:", "yes, once the image is active");
  for (guint i = 0; i < plan->images->len; i++)
    print_disk (plan, i, out);
  for (char **target = plan->left_out; *target != NULL; target++)
    print_field_because (out, "left out:", *target, "Nova's swap disk");
  kept = vg_domain_describe_kept (domain->not_contained);
  if (kept != NULL)
    print_field (out, "not contained:", kept);
  for (guint i = 0; i < plan->warnings->len; i++)
    print_field (out, "warning:", plan->warnings->pdata[i]);
}

static void print_line (FILE *out, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

static void
print_line (FILE *out, const char *format, ...)
{
  g_autofree char *text = NULL, *clean = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  clean = vg_text_clean (text, 0);
  fprintf (out, "%s\n", clean);
}

static void
print_image_owner (const VgJournal *journal, const VgJobImage *image, FILE *out)
{
  if (image->owner != NULL && journal->project_id != NULL
      && !g_str_equal (image->owner, journal->project_id))
    print_line (out, "Owner: the instance's project %s", image->owner);
  if (image->member == NULL)
    return;
  if (image->accepted)
    print_line (out, "Shared with the instance's project %s", image->member);
  else
    print_line (
        out,
        "Shared with the instance's project %s. A member of that project must "
        "accept the image to see it in lists: openstack image set --accept %s",
        image->member, image->id);
}

static void
print_quiesce (const VgJobQuiesce *quiesce, FILE *out)
{
  if (!quiesce->known)
    return;
  if (quiesce->file_systems > 0)
    print_line (out, "Quiesced: %u file system%s, frozen for %u ms",
                quiesce->file_systems, quiesce->file_systems > 1 ? "s" : "",
                quiesce->frozen_ms);
  else if (quiesce->elsewhere)
    print_line (out, "Quiesced: somebody else had frozen the file systems");
  else
    print_line (out, "Not quiesced: %s",
                quiesce->obstacle != NULL ? quiesce->obstacle : "unknown");
}

static void
print_image (const VgJournal *journal, const VgJobImage *image, FILE *out)
{
  g_autofree char *size = vg_text_format_size (image->size);

  print_line (out, "Image %s (%s) is active: disk %s, %s of %s", image->name,
              image->id, image->disk, size, image->format);
  print_line (out, "Store %s: %s",
              image->store ? image->store : "(the only one)", image->reason);
  if (g_strcmp0 (image->way, "clone") == 0)
    print_line (out, "Cloned in Ceph, nothing was uploaded");
  if (image->copies != NULL && *image->copies != NULL) {
    g_autofree char *copies = g_strjoinv (", ", image->copies);

    print_line (out, "Copied to %s", copies);
  }
  print_image_owner (journal, image, out);
}

void
vg_images_print (const VgJournal *journal, gboolean json, FILE *out)
{
  g_autofree char *kept = vg_domain_describe_kept (journal->not_contained);

  if (json) {
    g_autoptr (VgJson) object = vg_journal_to_json (journal);

    vg_output_print (object, out);
    return;
  }
  for (guint i = 0; i < journal->images->len; i++)
    print_image (journal, journal->images->pdata[i], out);
  print_quiesce (&journal->quiesce, out);
  if (kept != NULL)
    print_line (out, "Not contained: %s", kept);
}
