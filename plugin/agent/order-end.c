/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of an order's job, as lists and logs tell it. */
#include "agent/order-end.h"

#include "agent/log.h"
#include "job/record.h"

static void
on_failed (const char *id, gpointer data)
{
  *(char **) data = g_strdup (id);
}

char *
vg_order_end_record (const VgOrder *order, const VgConfig *config,
                     const char *uri, const GError *error)
{
  char *id = NULL;
  const VgReport report = { .failed = on_failed, .data = &id };
  g_autoptr (VgJournal) journal = vg_job_new_journal (
      config, order->domain, order->uuid, uri, order->request);

  g_free (journal->order);
  journal->order = g_strdup (order->id);
  vg_job_record_failure (journal, config, &report, error);
  return id;
}

void
vg_order_end_log_images (const VgOrder *order, const VgJournal *journal)
{
  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];
    const VgLogFields fields = { .domain = order->domain,
                                 .order = order->id,
                                 .job = journal->id,
                                 .image = image->id,
                                 .store = image->store };

    vg_agent_log (&fields, G_LOG_LEVEL_MESSAGE,
                  "domain %s: disk %s is image %s in store %s", order->domain,
                  image->disk, image->id,
                  image->store != NULL ? image->store : "(the only one)");
  }
}

void
vg_order_end_log_done (const VgOrder *order, const VgJournal *journal)
{
  VgLogFields fields = { .domain = order->domain, .order = order->id };
  g_autofree char *text =
      g_strdup_printf ("domain %s: job %s is done", order->domain, journal->id);

  vg_agent_log_end (&fields, journal, TRUE, text);
}

void
vg_order_end_log_failure (const VgOrder *order, const char *job,
                          const VgJournal *journal, const char *message)
{
  VgLogFields fields = { .domain = order->domain,
                         .order = order->id,
                         .job = job };
  g_autofree char *text =
      g_strdup_printf ("order of domain %s: %s", order->domain, message);

  vg_agent_log_end (&fields, journal, FALSE, text);
}
