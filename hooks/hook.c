/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program behind libvirt's hook, for a released domain: virt-glance-hook
 * [--config FILE] DOMAIN OPERATION SUB-OPERATION EXTRA, with the domain's XML
 * on standard input. If the domain's policy requests a snapshot, it writes an
 * order for the agent to the spool. It never calls libvirt, which waits for the
 * hook. It prints nothing on standard output, where libvirt may expect XML. It
 * always exits soon and with status 0. Errors go to syslog. */
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "request/policy.h"
#include "request/spool.h"
#include "util/config.h"
#include "util/text.h"

/* libvirt waits for the hook while a domain stops. */
#define TIME_LIMIT_S 2

static void
on_alarm (int number G_GNUC_UNUSED)
{
  _exit (0);
}

static void
log_warning (const char *message)
{
  g_autofree char *text = vg_text_clean (message, 0);

  syslog (LOG_WARNING, "%s", text);
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
           gpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < n_fields; i++)
    if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_WARNING
        && g_str_equal (fields[i].key, "MESSAGE"))
      log_warning (fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

/* Reads at most one byte more than a domain's XML may have. */
static char *
read_input (gsize *length)
{
  char *text = g_malloc (VG_DOMAIN_XML_MAX + 1);
  gssize n = 1;

  for (*length = 0; n > 0 && *length <= VG_DOMAIN_XML_MAX;) {
    n = read (STDIN_FILENO, text + *length, VG_DOMAIN_XML_MAX + 1 - *length);
    if (n > 0)
      *length += (gsize) n;
  }
  return text;
}

/* Without a readable file the defaults apply, as in the agent. */
static VgConfig *
load_config (const char *path)
{
  g_autoptr (GError) error = NULL;
  VgConfig *config = vg_config_load (path, &error);

  if (config != NULL)
    return config;
  log_warning (error->message);
  return vg_config_new ();
}

static gboolean
write_order (const VgConfig *config, const VgDomain *domain, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (VgOrder) order = NULL;
  VgRequest *request = NULL;

  if (vg_policy_find (domain, VG_EVENT_STOPPED, config->policy_directory,
                      &request, &problem)
      && request == NULL)
    return TRUE;
  order = vg_order_new (VG_ORDER_STOPPED, domain->uuid, domain->name);
  order->request = request;
  order->problem = problem != NULL ? g_strdup (problem->message) : NULL;
  return vg_spool_add (config->state_path, order, FALSE, error);
}

static void
on_release (const char *config_path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = NULL;
  g_autoptr (VgDomain) domain = NULL;
  g_autofree char *xml = NULL;
  gsize length;

  xml = read_input (&length);
  domain = vg_domain_parse (xml, (gssize) length, &error);
  if (domain != NULL && domain->uuid == NULL)
    g_set_error (&error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the domain XML has no <uuid>");
  if (error == NULL) {
    config = load_config (config_path);
    if (write_order (config, domain, &error))
      return;
  }
  g_prefix_error (&error, "a domain stopped, and its policy could not be "
                          "followed: ");
  log_warning (error->message);
}

int
main (int argc, char **argv)
{
  const char *config_path = NULL;

  signal (SIGALRM, on_alarm);
  alarm (TIME_LIMIT_S);
  g_log_set_writer_func (write_log, NULL, NULL);
  openlog ("virt-glance-hook", LOG_NDELAY, LOG_DAEMON);
  if (argc > 2 && strcmp (argv[1], "--config") == 0) {
    config_path = argv[2];
    argc -= 2;
    argv += 2;
  }
  if (argc > 2 && strcmp (argv[2], "release") == 0)
    on_release (config_path);
  return 0;
}
