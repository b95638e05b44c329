/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about combinations of options. Messages name the options as written at
 * the request's place. */
#include "request/rules.h"

#include "request/error.h"

static gboolean throw (GError * *error, VgRequestPlace place,
                       const char *on_command, const char *elsewhere)
{
  g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                       vg_request_place_is_command (place) ? on_command
                                                           : elsewhere);
  return FALSE;
}

/* A backup needs both options; a command may leave the rotation, or both, to
 * the policy. */
static gboolean
check_backup (const VgRequest *request, VgRequestPlace place, GError **error)
{
  gboolean has_type = request->backup_type != NULL;
  gboolean has_rotation = vg_request_has_retention (request);
  gboolean needed = place == VG_PLACE_BACKUP || place == VG_PLACE_ON_BACKUP;

  if (place == VG_PLACE_COMMAND_PRUNE)
    return has_rotation
           || throw (error, place,
                     "--rotation, --keep-daily, --keep-weekly or "
                     "--keep-monthly is missing; see 'virt-glance prune "
                     "--help'",
                     NULL);
  if (has_type == has_rotation && (has_type || !needed))
    return TRUE;
  if (vg_request_place_is_command (place))
    return has_type
           || throw (error, place,
                     "--rotation and --keep-... need --type; see 'virt-glance "
                     "backup --help'",
                     NULL);
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
               "'%s' is missing", has_type ? "rotation" : "type");
  return FALSE;
}

/* A period of none would keep none of them, which nobody means. */
static gboolean
check_periods (const VgRequest *request, VgRequestPlace place, GError **error)
{
  if (request->keep_daily == 0 || request->keep_weekly == 0
      || request->keep_monthly == 0)
    return throw (error, place,
                  "--keep-daily, --keep-weekly and --keep-monthly are at least "
                  "1; leave out what is not to be kept",
                  "keep_daily, keep_weekly and keep_monthly are at least 1; "
                  "leave out what is not to be kept");
  if (!request->delete_all
      || (request->keep_daily == VG_REQUEST_UNSAID
          && request->keep_weekly == VG_REQUEST_UNSAID
          && request->keep_monthly == VG_REQUEST_UNSAID))
    return TRUE;
  return throw (error, place, "--delete-all and --keep-... exclude each other",
                NULL);
}

/* Else a digit that is missing would delete all backups. */
static gboolean
check_rotation (const VgRequest *request, VgRequestPlace place, GError **error)
{
  if (request->rotation == 0 && !request->delete_all)
    return throw (error, place,
                  "--rotation 0 would delete all backups of this type and make "
                  "none; give --delete-all, too, if you mean that, or a number "
                  "from 1",
                  "rotation 0 would delete all backups of this type; give a "
                  "number from 1 ('virt-glance backup' has --delete-all)");
  return !request->delete_all || request->rotation == 0
         || throw (error, place, "--delete-all is for --rotation 0", NULL);
}

static gboolean
check_disks (const VgRequest *request, VgRequestPlace place, GError **error)
{
  return !request->all_disks || request->disks == NULL
         || throw (error, place, "--all-disks and --disk exclude each other",
                   "disks='all' and <disk> exclude each other");
}

static gboolean
check_from (const VgRequest *request, VgRequestPlace place, GError **error)
{
  return request->from == NULL || g_strcmp0 (request->quiesce, "require") != 0
         || throw (error, place,
                   "--from and --quiesce require exclude each other: an "
                   "existing snapshot can't be frozen",
                   "from and quiesce='require' exclude each other: an existing "
                   "snapshot can't be frozen");
}

static gboolean
check_mountpoints (const VgRequest *request, VgRequestPlace place,
                   const VgConfig *config, GError **error)
{
  const char *quiesce = request->quiesce;

  if (quiesce == NULL && config != NULL)
    quiesce = config->quiesce;
  return request->mountpoints == NULL || g_strcmp0 (quiesce, "never") != 0
         || throw (error, place,
                   "--mountpoint is for --quiesce auto or require, not never",
                   "mountpoints are for quiesce='auto' or 'require', not "
                   "'never'");
}

gboolean
vg_request_check (const VgRequest *request, VgRequestPlace place,
                  const VgConfig *config, GError **error)
{
  return check_backup (request, place, error)
         && check_rotation (request, place, error)
         && check_periods (request, place, error)
         && check_disks (request, place, error)
         && check_from (request, place, error)
         && check_mountpoints (request, place, config, error);
}
