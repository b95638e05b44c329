/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a request's options, one row each. All code that reads, writes,
 * checks, copies or documents requests uses this table. */
#include "request/options.h"

#include <string.h>

#include "request/check.h"
#include "request/error.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

#define AT(field) G_STRUCT_OFFSET (VgRequest, field)

/* Places */
#define IN(place) (1u << VG_PLACE_##place)
/* All that make or plan images. */
#define EVERYWHERE (((1u << VG_N_PLACES) - 1) & ~IN (COMMAND_PRUNE))
#define PLANNERS                                                               \
  (IN (COMMAND_SNAPSHOT) | IN (COMMAND_BACKUP) | IN (COMMAND_INSPECT))
#define COMMANDS (PLANNERS | IN (COMMAND_PRUNE))
#define REQUESTS (IN (SNAPSHOT) | IN (BACKUP))
#define BACKUPS                                                                \
  (IN (COMMAND_BACKUP) | IN (COMMAND_PRUNE) | IN (BACKUP) | IN (ON_BACKUP)     \
   | IN (ON_SNAPSHOT))
/* A libvirt snapshot can't be changed, and a stopped guest needs no freezing.
 */
#define OF_THE_PRESENT (EVERYWHERE & ~IN (ON_SNAPSHOT))
#define OF_THE_RUNNING (OF_THE_PRESENT & ~IN (ON_STOPPED))
#define UPLOADS (EVERYWHERE & ~IN (COMMAND_INSPECT))

/* --help, and lists of known words, use this order. */
static const VgRequestOption options[] = {
  { NULL, NULL, "name", VG_OPTION_TEXT, AT (name), REQUESTS,
    .check = vg_request_check_name },
  { "store", "STORE", "store", VG_OPTION_TEXT, AT (store), EVERYWHERE,
    "store for the image" },
  { "disk", "TARGET", "disks", VG_OPTION_DISKS, AT (disks), EVERYWHERE,
    "snapshot this disk instead of the root disk; may be repeated",
    .rival = AT (all_disks) },
  { "all-disks", NULL, NULL, VG_OPTION_FLAG, AT (all_disks), PLANNERS,
    "snapshot all disks except CD-ROMs and floppies, one image each",
    .json = "all_disks", .rival = AT (disks) },
  { "format", "FORMAT", "format", VG_OPTION_CHOICE, AT (format), EVERYWHERE,
    "image format: raw or qcow2", .choices = "raw|qcow2" },
  { "compress", "TYPE", "compress", VG_OPTION_TEXT, AT (compress), EVERYWHERE,
    "compression of a qcow2 image: none, zlib or zstd, maybe with a level",
    .check = vg_request_check_compression },
  { "quiesce", "WHEN", "quiesce", VG_OPTION_CHOICE, AT (quiesce),
    OF_THE_PRESENT,
    "freeze file systems with the guest agent: auto, require or never",
    .choices = "auto|require|never" },
  { "mountpoint", "PATH", "mountpoints", VG_OPTION_LIST, AT (mountpoints),
    OF_THE_RUNNING,
    "freeze only the file system mounted there; may be repeated" },
  { "encrypted", "WHAT", "encrypted", VG_OPTION_CHOICE, AT (encrypted),
    OF_THE_PRESENT,
    "for encrypted disks: refuse, keep (the ciphertext) or decrypt",
    .choices = "refuse|keep|decrypt" },
  { "property", "KEY=VALUE", "properties", VG_OPTION_PAIRS, AT (properties),
    EVERYWHERE, "set an image property; may be repeated",
    .check = vg_request_check_property },
  { "tag", "TAG", "tags", VG_OPTION_LIST, AT (tags), EVERYWHERE,
    "add a tag to the image; may be repeated", .check = vg_request_check_tag,
    .record = "tags" },
  { "protected", NULL, "protected", VG_OPTION_FLAG, AT (protect), EVERYWHERE,
    "protect the image from deletion" },
  { "owner", "WHO", "owner", VG_OPTION_CHOICE, AT (owner), EVERYWHERE,
    "owner of the image: instance (the instance's project) or self",
    .choices = "instance|self" },
  { "visibility", "WHO", "visibility", VG_OPTION_CHOICE, AT (visibility),
    EVERYWHERE, "visibility of the image: private, shared, community or public",
    .choices = "private|shared|community|public", .record = "visibility" },
  { "min-ram", "MIB", "min_ram", VG_OPTION_NUMBER, AT (min_ram), EVERYWHERE,
    "the memory in MiB that guests built from the image need",
    .max = G_MAXINT32, .record = "min_ram" },
  { "type", "TYPE", "type", VG_OPTION_TEXT, AT (backup_type), BACKUPS,
    "backup type, such as daily; default: from the domain's policy",
    .json = "backup_type", .check = vg_request_check_type },
  { "rotation", "N", "rotation", VG_OPTION_NUMBER, AT (rotation), BACKUPS,
    "number of backups of this type to keep, with the new one", .max = 100000 },
  { "keep-daily", "N", "keep_daily", VG_OPTION_NUMBER, AT (keep_daily), BACKUPS,
    "keep the newest backup of each of the last N days that have one",
    .max = 100000 },
  { "keep-weekly", "N", "keep_weekly", VG_OPTION_NUMBER, AT (keep_weekly),
    BACKUPS, "keep the newest backup of each of the last N weeks",
    .max = 100000 },
  { "keep-monthly", "N", "keep_monthly", VG_OPTION_NUMBER, AT (keep_monthly),
    BACKUPS, "keep the newest backup of each of the last N months",
    .max = 100000 },
  { "delete-all", NULL, NULL, VG_OPTION_FLAG, AT (delete_all),
    IN (COMMAND_BACKUP) | IN (COMMAND_PRUNE),
    "with --rotation 0: delete all backups of this type, and make none",
    .json = "delete_all" },
  { "from", "SNAPSHOT", "from", VG_OPTION_TEXT, AT (from),
    IN (COMMAND_SNAPSHOT) | IN (SNAPSHOT),
    "use an existing libvirt snapshot instead of the present disk" },
  { "limit-rate", "RATE", "limit_rate", VG_OPTION_RATE, AT (limit_rate),
    UPLOADS,
    "limit the upload to RATE bytes per second; a suffix k, M or G is KiB, MiB "
    "or GiB" },
  { NULL, NULL, "reasons", VG_OPTION_LIST, AT (reasons), IN (ON_STOPPED),
    .choices = "shutdown|destroyed|crashed", .fallback = "shutdown" },
};

const VgRequestOption *
vg_request_options (guint *n)
{
  *n = G_N_ELEMENTS (options);
  return options;
}

VgFieldType
vg_request_option_get_type (const VgRequestOption *option)
{
  static const VgFieldType types[] = {
    [VG_OPTION_TEXT] = VG_FIELD_TEXT,     [VG_OPTION_CHOICE] = VG_FIELD_TEXT,
    [VG_OPTION_LIST] = VG_FIELD_LIST,     [VG_OPTION_PAIRS] = VG_FIELD_LIST,
    [VG_OPTION_DISKS] = VG_FIELD_LIST,    [VG_OPTION_FLAG] = VG_FIELD_FLAG,
    [VG_OPTION_NUMBER] = VG_FIELD_NUMBER, [VG_OPTION_RATE] = VG_FIELD_NUMBER,
  };

  return types[option->kind];
}

VgField
vg_request_option_get_field (const VgRequestOption *option,
                             const VgRequest *request)
{
  return (VgField){ .text = G_STRUCT_MEMBER_P (request, option->offset) };
}

gboolean
vg_request_option_is_said (const VgRequestOption *option,
                           const VgRequest *request)
{
  VgField field = vg_request_option_get_field (option, request);

  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_TEXT:
    return *field.text != NULL;
  case VG_FIELD_LIST:
    return *field.list != NULL;
  case VG_FIELD_FLAG:
    return *field.flag;
  case VG_FIELD_NUMBER:
    return *field.number != VG_REQUEST_UNSAID;
  }
  g_assert_not_reached ();
}

gboolean
vg_request_place_is_command (VgRequestPlace place)
{
  return (COMMANDS & (1u << place)) != 0;
}

const char *
vg_request_option_get_word (const VgRequestOption *option, VgRequestPlace place)
{
  if ((option->places & (1u << place)) == 0)
    return NULL;
  return vg_request_place_is_command (place) ? option->name : option->key;
}

const char *
vg_request_option_get_child (const VgRequestOption *option,
                             VgRequestPlace place)
{
  if (vg_request_option_get_type (option) != VG_FIELD_LIST
      || vg_request_place_is_command (place)
      || vg_request_option_get_word (option, place) == NULL)
    return NULL;
  return option->name;
}

static const VgRequestOption *
find_option (VgRequestPlace place, gboolean child, const char *wanted,
             GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  g_autofree char *shown = vg_text_clean (wanted, SHOWN);

  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    const char *word = child ? vg_request_option_get_child (&options[i], place)
                             : vg_request_option_get_word (&options[i], place);

    if (word == NULL)
      continue;
    if (strcmp (word, wanted) == 0)
      return &options[i];
    g_string_append_printf (known, child ? "%s<%s>" : "%s%s",
                            known->len > 0 ? ", " : "", word);
  }
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
               child ? "<%s> is not known in it; use %s"
                     : "'%s' is not known; use %s",
               shown, known->str);
  return NULL;
}

const VgRequestOption *
vg_request_option_find (VgRequestPlace place, const char *word, GError **error)
{
  return find_option (place, FALSE, word, error);
}

const VgRequestOption *
vg_request_option_find_child (VgRequestPlace place, const char *name,
                              GError **error)
{
  return find_option (place, TRUE, name, error);
}
