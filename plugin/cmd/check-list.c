/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of what virt-glance check has found. */
#include "cmd/check.h"

void
vg_check_item_free (gpointer data)
{
  VgCheckItem *item = data;

  g_free (item->subject);
  g_free (item->text);
  if (item->policies != NULL)
    json_object_put (item->policies);
  g_free (item);
}

void
vg_checks_begin (VgChecks *checks, const char *topic)
{
  g_mutex_lock (&checks->lock);
  checks->topic = topic;
  g_mutex_unlock (&checks->lock);
}

VgCheckItem *
vg_checks_add (VgChecks *checks, VgCheckState state, const char *subject,
               const char *advice, const char *format, ...)
{
  VgCheckItem *item = g_new0 (VgCheckItem, 1);
  va_list args;

  va_start (args, format);
  item->text = g_strdup_vprintf (format, args);
  va_end (args);
  item->state = state;
  item->subject = g_strdup (subject);
  item->advice = advice;
  g_mutex_lock (&checks->lock);
  item->topic = checks->topic;
  g_ptr_array_add (checks->items, item);
  g_mutex_unlock (&checks->lock);
  return item;
}

void
vg_checks_fail (VgChecks *checks, const char *subject, const GError *error,
                const char *advice)
{
  vg_checks_add (checks, VG_CHECK_PROBLEM, subject, advice, "%s",
                 error->message);
}

gboolean
vg_check_store (VgChecks *checks, const char *subject, const char *name,
                const char *where)
{
  const VgStores *stores = checks->stores;
  const VgStore *store;

  if (stores == NULL || name == NULL)
    return TRUE;
  store = stores->multi ? vg_stores_find (stores, name) : NULL;
  if (store != NULL && !store->read_only)
    return TRUE;
  vg_checks_add (checks, VG_CHECK_PROBLEM, subject,
                 "'virt-glance stores' lists those that can be used",
                 !stores->multi  ? "%s names the store %s, but this Glance has "
                                   "no named stores"
                 : store == NULL ? "%s names the store %s, which Glance does "
                                   "not have"
                                 : "%s names the store %s, which is read-only",
                 where, name);
  return FALSE;
}
