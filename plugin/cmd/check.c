/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance check: looks at everything that a snapshot or a backup needs,
 * before one is due. A part that hangs is ended by the process itself. */
#include "cmd/check.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "util/text.h"

#define TIMEOUT_S 60

typedef struct {
  const VgCommandLine *line;
  gint timeout;  /* s */
  gboolean over; /* printed; with the checks' lock */
  VgChecks checks;
} Check;

/* Printing; with the lock */

static const char *const states[] = { "ok", "warning", "problem" };

static guint
count (const VgChecks *checks, VgCheckState state)
{
  guint n = 0;

  for (guint i = 0; i < checks->items->len; i++)
    if (((VgCheckItem *) checks->items->pdata[i])->state == state)
      n++;
  return n;
}

static void
print_item (const VgCheckItem *item)
{
  g_autofree char *subject =
      vg_text_clean (item->subject ? item->subject : "", 0);
  g_autofree char *text = vg_text_clean (item->text, VG_TEXT_MESSAGE);

  printf ("%-8s %s%s%s: %s%s%s\n", states[item->state], item->topic,
          *subject ? " " : "", subject, text, item->advice ? "; " : "",
          item->advice ? item->advice : "");
}

static void
print_json (const VgChecks *checks)
{
  g_autoptr (VgJson) object = json_object_new_object ();
  VgJson *list = json_object_new_array ();

  for (guint i = 0; i < checks->items->len; i++) {
    const VgCheckItem *item = checks->items->pdata[i];
    VgJson *json = json_object_new_object ();

    vg_json_set_string (json, "check", item->topic);
    vg_json_set_string (json, "subject", item->subject);
    vg_json_set_string (json, "state", states[item->state]);
    vg_json_set_string (json, "text", item->text);
    vg_json_set_string (json, "advice", item->advice);
    if (item->policies != NULL)
      vg_json_set_take (json, "policies", json_object_get (item->policies));
    json_object_array_add (list, json);
  }
  vg_json_set_take (object, "checks", list);
  vg_json_set_int (object, "problems", count (checks, VG_CHECK_PROBLEM));
  vg_json_set_int (object, "warnings", count (checks, VG_CHECK_WARNING));
  vg_output_print (object, stdout);
}

static int
print_checks (const Check *check)
{
  const VgChecks *checks = &check->checks;

  if (check->line->json)
    print_json (checks);
  for (guint i = 0; !check->line->json && i < checks->items->len; i++) {
    const VgCheckItem *item = checks->items->pdata[i];

    if (!check->line->quiet || item->state != VG_CHECK_OK)
      print_item (item);
  }
  return count (checks, VG_CHECK_PROBLEM) > 0 ? VG_EXIT_FAILURE
                                              : VG_EXIT_SUCCESS;
}

/* Calls of libraries can't be interrupted; nothing has to be undone. */
static gboolean
on_timeout (gpointer data)
{
  Check *check = data;
  VgChecks *checks = &check->checks;

  vg_checks_add (checks, VG_CHECK_PROBLEM, NULL,
                 "see why it does not answer, or give it longer (--timeout)",
                 "there is no answer within %d s", check->timeout);
  g_mutex_lock (&checks->lock);
  if (check->over) {
    g_mutex_unlock (&checks->lock);
    return G_SOURCE_CONTINUE;
  }
  _exit ((int) vg_exit_flush (print_checks (check), NULL));
}

static int
run_checks (GCancellable *cancellable, gpointer data)
{
  static void (*const parts[]) (VgChecks *) = {
    vg_check_configuration, vg_check_glance,     vg_check_policy_files,
    vg_check_directories,   vg_check_hypervisor, vg_check_confinement,
    vg_check_guests,
  };
  Check *check = data;
  VgChecks *checks = &check->checks;
  int status;

  checks->cancellable = cancellable;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (!g_cancellable_is_cancelled (cancellable))
      parts[i](checks);
  if (g_cancellable_is_cancelled (cancellable))
    return (int) vg_exit_failing (VG_FAILURE_CANCELLED,
                                  "the check was interrupted");
  g_mutex_lock (&checks->lock);
  status = print_checks (check);
  check->over = TRUE;
  g_mutex_unlock (&checks->lock);
  return status;
}

int
vg_cmd_check (VgCommandLine *line, int argc, char **argv)
{
  Check check = { .line = line, .timeout = TIMEOUT_S };
  const GOptionEntry own[] = {
    { "timeout", 0, 0, G_OPTION_ARG_INT, &check.timeout,
      "end after so many seconds", "SECONDS" },
    { NULL },
  };
  const GOptionEntry *tables[] = { own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 0);
  guint timer;

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (check.timeout < 1)
    return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                  "--timeout must be at least 1");
  check.checks.config = line->config;
  check.checks.uri = vg_command_line_get_uri (line);
  g_mutex_init (&check.checks.lock);
  check.checks.items = g_ptr_array_new_with_free_func (vg_check_item_free);
  timer = g_timeout_add_seconds ((guint) check.timeout, on_timeout, &check);
  status = vg_command_run_query (run_checks, &check);
  g_source_remove (timer);
  g_clear_pointer (&check.checks.host, vg_host_free);
  g_clear_pointer (&check.checks.stores, vg_stores_free);
  g_strfreev (check.checks.uuids);
  g_ptr_array_unref (check.checks.items);
  return status;
}
