/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new snapshot is first put into the spool, as an order whose id is derived
 * from the snapshot, then recorded as known. After a crash in between, the same
 * order is created again, and is processed only once (see order-worker.h). */
#include "agent/new-snapshots.h"

#include "agent/log.h"
#include "agent/known-snapshots.h"
#include "domain/libvirt-snapshot.h"
#include "host/libvirt-snapshots.h"
#include "host/watch.h"
#include "request/spool.h"
#include "util/text.h"

typedef struct {
  const VgConfig *config;
  VgGuest *guest;
  gint64 since;
  VgKnownSnapshots *known;
  gboolean *taken;
} Notice;

static char *
make_order_id (const Notice *notice, const VgLibvirtSnapshot *savepoint)
{
  g_autofree char *what = g_strdup_printf (
      "%s/%s", vg_guest_get_uuid (notice->guest), savepoint->name);

  return g_strdup_printf ("%010" G_GINT64_FORMAT "000000-%08x",
                          savepoint->created, g_str_hash (what));
}

/* Creates the order, if the domain's policy requests one. */
static gboolean
add_order (const Notice *notice, const VgLibvirtSnapshot *savepoint,
           GError **error)
{
  const VgConfig *config = notice->config;
  g_autoptr (VgDomain) domain = vg_guest_read (notice->guest, error);
  g_autoptr (VgOrder) order = NULL;
  g_autoptr (GError) problem = NULL;
  VgLogFields about = { .domain = vg_guest_get_name (notice->guest) };
  g_autofree char *shown = vg_text_clean (savepoint->name, 0);

  if (domain == NULL)
    return FALSE;
  order = vg_order_new (VG_ORDER_SNAPSHOT, vg_guest_get_uuid (notice->guest),
                        about.domain);
  if (!vg_policy_find (domain, VG_EVENT_SNAPSHOT, config->policy_directory,
                       &order->request, &problem))
    order->problem = g_strdup (problem->message);
  else if (order->request == NULL)
    return TRUE;
  else
    order->request->from = g_strdup (savepoint->name);
  order->created = savepoint->created;
  order->id = make_order_id (notice, savepoint);
  if (!vg_spool_add (config->state_path, order, FALSE, error))
    return FALSE;
  *notice->taken = TRUE;
  about.order = order->id;
  vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                "domain %s: found the new snapshot '%s'", about.domain, shown);
  return TRUE;
}

/* Snapshots deleted meanwhile are skipped. */
static gboolean
check_snapshot (const Notice *notice, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *xml = vg_guest_get_snapshot_xml (notice->guest, name, &why);
  g_autoptr (VgLibvirtSnapshot) savepoint = NULL;

  if (xml != NULL)
    savepoint = vg_libvirt_snapshot_parse (xml, &why);
  if (savepoint == NULL) {
    if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (vg_known_snapshots_has (notice->known, name, savepoint->created))
    return TRUE;
  if (savepoint->created >= notice->since
      && !add_order (notice, savepoint, error))
    return FALSE;
  vg_known_snapshots_add (notice->known, name, savepoint->created);
  return TRUE;
}

static gboolean
check_snapshots (const Notice *notice, char **names, GError **error)
{
  for (; *names != NULL; names++)
    if (!check_snapshot (notice, *names, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_guest (Notice *notice, GError **error)
{
  const char *state_path = notice->config->state_path;
  g_auto (GStrv) names = vg_guest_list_savepoints (notice->guest, error);
  g_autoptr (VgKnownSnapshots) known = NULL;
  gboolean ok;

  if (names == NULL)
    return FALSE;
  if (*names == NULL)
    return TRUE;
  known = vg_known_snapshots_load (state_path,
                                   vg_guest_get_uuid (notice->guest), error);
  if (known == NULL)
    return FALSE;
  notice->known = known;
  ok = check_snapshots (notice, names, error);
  /* The snapshots checked before an error are saved too. */
  return vg_known_snapshots_save (known, (const char *const *) names,
                                  ok ? error : NULL)
         && ok;
}

/* Sets notice->guest. */
static gboolean
check_domain (Notice *notice, VgHost *host, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgGuest) guest = vg_guest_find (host, name, &why);

  notice->guest = guest;
  if (guest != NULL && check_guest (notice, &why))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_new_snapshots_domain (const VgConfig *config, VgHost *host, const char *name,
                         gboolean *taken, GError **error)
{
  Notice notice = { .config = config, .taken = taken };

  return vg_known_snapshots_get_since (config->state_path, &notice.since, error)
         && check_domain (&notice, host, name, error);
}

gboolean
vg_new_snapshots_all (const VgConfig *config, VgHost *host, gboolean *taken,
                      GError **error)
{
  Notice notice = { .config = config, .taken = taken };
  g_auto (GStrv) uuids = NULL;
  gboolean ok = TRUE;

  /* The first scan may find no domains, but its time counts. */
  if (!vg_known_snapshots_get_since (config->state_path, &notice.since, error))
    return FALSE;
  uuids = vg_host_list_domains (host, error);
  if (uuids == NULL)
    return FALSE;
  for (char **uuid = uuids; *uuid != NULL; uuid++) {
    g_autoptr (GError) why = NULL;

    if (check_domain (&notice, host, *uuid, &why))
      continue;
    if (ok)
      g_propagate_error (error, g_steal_pointer (&why));
    ok = FALSE;
  }
  return ok;
}
