/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies: the files, and what counts for each domain. */
#include "cmd/check.h"
#include "request/policy-files.h"
#include "request/policy.h"
#include "request/rules.h"

void
vg_check_policy_files (VgChecks *checks)
{
  const char *folder = checks->config->policy_directory;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) paths = NULL;

  vg_checks_begin (checks, "policy files");
  paths = vg_policy_list_files (folder, &error);
  if (paths == NULL) {
    vg_checks_fail (checks, folder, error, NULL);
    return;
  }
  for (guint i = 0; i < paths->len; i++) {
    g_autoptr (GError) why = NULL;

    if (vg_policy_check_file (paths->pdata[i], &why))
      vg_checks_add (checks, VG_CHECK_OK, paths->pdata[i], NULL, "it is right");
    else
      vg_checks_fail (checks, NULL, why,
                      "until it is right, no policy of any domain counts that "
                      "is read after it");
  }
  if (paths->len == 0)
    vg_checks_add (checks, VG_CHECK_OK, folder, NULL, "there are none");
}

/* "keep 7", or "keep 7 daily, 4 weekly". */
static void
describe_retention (GString *text, VgJson *json, const VgRequest *request)
{
  const struct {
    const char *key;
    gint64 number;
    const char *unit;
  } rows[] = { { "rotation", request->rotation, "" },
               { "keep_daily", request->keep_daily, " daily" },
               { "keep_weekly", request->keep_weekly, " weekly" },
               { "keep_monthly", request->keep_monthly, " monthly" } };
  const char *before = ", keep ";

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].number == VG_REQUEST_UNSAID)
      continue;
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT "%s", before,
                            rows[i].number, rows[i].unit);
    vg_json_set_int (json, rows[i].key, rows[i].number);
    before = ", ";
  }
}

/* "backup daily, keep 7, store cheap (the domain's metadata)". */
static void
describe (GString *text, VgJson *list, VgEvent event, const VgRequest *request,
          const char *from)
{
  VgJson *json = json_object_new_object ();

  g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "",
                          vg_event_to_string (event));
  if (request->backup_type != NULL) {
    g_string_append_printf (text, " %s", request->backup_type);
    describe_retention (text, json, request);
  }
  if (request->store != NULL)
    g_string_append_printf (text, ", store %s", request->store);
  g_string_append_printf (text, " (%s)", from);
  vg_json_set_string (json, "event", vg_event_to_string (event));
  vg_json_set_string (json, "from", from);
  vg_json_set_string (json, "backup_type", request->backup_type);
  vg_json_set_string (json, "store", request->store);
  json_object_array_add (list, json);
}

/* Adds the type of what was found to types; nothing if there is no more. */
static gboolean
check_next (VgChecks *checks, const VgDomain *domain, VgEvent event,
            GPtrArray *types, GString *text, VgJson *list)
{
  const VgConfig *config = checks->config;
  const char *folder = config->policy_directory;
  g_autoptr (VgRequest) request = NULL;
  g_autofree char *from = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = event == VG_EVENT_BACKUP
                    ? vg_policy_find_next_backup (domain, types, folder,
                                                  &request, &from, &error)
                    : vg_policy_find_with_place (domain, event, folder,
                                                 &request, &from, &error);

  if (!ok
      || (request != NULL
          && !vg_request_check (request, vg_event_get_place (event), config,
                                &error))) {
    vg_checks_fail (checks, domain->name, error, "see virt-glance-policy(7)");
    return FALSE;
  }
  if (request == NULL)
    return TRUE;
  g_ptr_array_add (types, g_strdup (request->backup_type));
  describe (text, list, event, request, from);
  if (event == VG_EVENT_STOPPED && domain->policy_is_defined
      && g_str_equal (from, VG_POLICY_FROM_METADATA))
    vg_checks_add (checks, VG_CHECK_WARNING, domain->name,
                   "set it with --live --config",
                   "the policy for the event stopped has no effect before the "
                   "guest's next start: only its definition has it");
  return vg_check_store (checks, domain->name, request->store,
                         "the domain's policy");
}

/* Of backups there may be several, of different types. */
static gboolean
check_event (VgChecks *checks, const VgDomain *domain, VgEvent event,
             GString *text, VgJson *list)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func (g_free);
  guint n;

  do {
    n = types->len;
    if (!check_next (checks, domain, event, types, text, list))
      return FALSE;
  } while (event == VG_EVENT_BACKUP && types->len > n);
  return TRUE;
}

/* An invalid policy is told once, not for each event. */
static void
check_domain (VgChecks *checks, const VgDomain *domain)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (VgJson) list = json_object_new_array ();
  VgCheckItem *item;
  gboolean ok = TRUE;

  for (char **stray = domain->strays; *stray != NULL; stray++)
    vg_checks_add (checks, VG_CHECK_WARNING, domain->name,
                   "see virt-glance-policy(7)", "%s", *stray);
  for (VgEvent event = VG_EVENT_STOPPED; ok && event <= VG_EVENT_SNAPSHOT;
       event++)
    ok = check_event (checks, domain, event, text, list);
  if (!ok)
    return;
  item = vg_checks_add (checks, VG_CHECK_OK, domain->name, NULL, "%s",
                        text->len > 0 ? text->str : "it has no policy");
  item->policies = g_steal_pointer (&list);
}

void
vg_check_guests (VgChecks *checks)
{
  vg_checks_begin (checks, "domain");
  for (char **uuid = checks->uuids; uuid != NULL && *uuid != NULL; uuid++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgGuest) guest = vg_guest_find (checks->host, *uuid, &error);
    g_autoptr (VgDomain) domain =
        guest != NULL ? vg_guest_read (guest, &error) : NULL;

    if (domain != NULL)
      check_domain (checks, domain);
    else if (!g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
      vg_checks_fail (checks, *uuid, error, NULL);
  }
}
