/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program behind libvirt's hook, for a released domain: virt-glance-hook
 * [--config FILE] DOMAIN OPERATION SUB-OPERATION EXTRA, with the domain's XML
 * on standard input. If the domain's policy requests a snapshot, it writes an
 * order for the agent to the spool. It never calls libvirt, which waits for the
 * hook. It prints nothing on standard output, where libvirt may expect XML. It
 * always exits soon and with status 0. Errors go to syslog.
 *
 * A child process reads the configuration and writes the order. If the disk is
 * slow or full, the hook ends, and the child goes on. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "request/policy.h"
#include "request/spool.h"
#include "util/config.h"
#include "util/secret.h"
#include "util/text.h"

/* libvirt waits for the hook while a domain stops. */
#define TIME_LIMIT_MS 2000

/* Between attempts to write an order: a pause, doubled each time. */
#define FIRST_PAUSE_S 1
#define MAX_PAUSE_S 60
#define GIVE_UP_US ((gint64) 3600 * G_USEC_PER_SEC)

static void
log_warning (const char *message)
{
  g_autofree char *text = vg_text_clean (message, VG_TEXT_MESSAGE);

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

/* Waits until the descriptor is readable or closed at its other end. FALSE if
 * that takes longer than until end, a monotonic time in µs. */
static gboolean
await_readable (int fd, gint64 end)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  int n;

  do {
    gint64 left = MAX (end - g_get_monotonic_time (), 0);

    n = poll (&poll_fd, 1, (int) (left / 1000));
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

/* Reads at most one byte more than a domain's XML may have. NULL if libvirt
 * doesn't close its end in time. */
static char *
read_input (gsize *length, gint64 end)
{
  g_autofree char *text = g_malloc (VG_DOMAIN_XML_MAX + 1);
  gssize n = 1;

  for (*length = 0; n > 0 && *length <= VG_DOMAIN_XML_MAX;) {
    if (!await_readable (STDIN_FILENO, end))
      return NULL;
    n = read (STDIN_FILENO, text + *length, VG_DOMAIN_XML_MAX + 1 - *length);
    if (n > 0)
      *length += (gsize) n;
  }
  return g_steal_pointer (&text);
}

static VgDomain *
read_domain (gint64 end, GError **error)
{
  gsize length;
  g_autofree char *xml = read_input (&length, end);
  g_autoptr (VgDomain) domain = NULL;

  if (xml == NULL) {
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "libvirt did not send the domain's XML within %d ms",
                 TIME_LIMIT_MS);
    return NULL;
  }
  domain = vg_domain_parse (xml, (gssize) length, error);
  if (domain == NULL || domain->uuid != NULL)
    return g_steal_pointer (&domain);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the domain XML has no <uuid>");
  return NULL;
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

/* The order that the domain's policy wants, or NULL. */
static VgOrder *
make_order (const VgConfig *config, const VgDomain *domain)
{
  g_autoptr (GError) problem = NULL;
  VgRequest *request = NULL;
  VgOrder *order;

  if (vg_policy_find (domain, VG_EVENT_STOPPED, config->policy_directory,
                      &request, &problem)
      && request == NULL)
    return NULL;
  order = vg_order_new (VG_ORDER_STOPPED, domain->uuid, domain->name);
  order->request = request;
  order->problem = problem != NULL ? g_strdup (problem->message) : NULL;
  return order;
}

/* Whether the operation may succeed later: a file system is full, for example.
 */
static gboolean
may_pass (const GError *error)
{
  static const GFileError lasting[] = {
    G_FILE_ERROR_EXIST,       G_FILE_ERROR_ISDIR,  G_FILE_ERROR_ACCES,
    G_FILE_ERROR_NAMETOOLONG, G_FILE_ERROR_NOTDIR, G_FILE_ERROR_LOOP,
    G_FILE_ERROR_PERM
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lasting); i++)
    if (g_error_matches (error, G_FILE_ERROR, (gint) lasting[i]))
      return FALSE;
  return TRUE;
}

static const char *
get_name (const VgDomain *domain)
{
  return domain != NULL && domain->name != NULL ? domain->name : "(unknown)";
}

static void
log_lost (const VgDomain *domain, const char *why)
{
  g_autofree char *text =
      g_strdup_printf ("domain %s stopped, and its policy could not be "
                       "followed: %s; if you need "
                       "the image, run 'virt-glance snapshot'",
                       get_name (domain), why);

  log_warning (text);
}

/* Tries until it succeeds, or an hour has passed. */
static void
write_order (const VgConfig *config, VgOrder *order, const VgDomain *domain)
{
  gint64 end = g_get_monotonic_time () + GIVE_UP_US;
  guint pause = FIRST_PAUSE_S;

  for (;;) {
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;

    if (vg_spool_add (config->state_path, order, FALSE, &error))
      return;
    if (!may_pass (error) || g_get_monotonic_time () > end) {
      log_lost (domain, error->message);
      return;
    }
    text = g_strdup_printf ("domain %s stopped: %s; trying again in %u s",
                            get_name (domain), error->message, pause);
    log_warning (text);
    sleep (pause);
    pause = MIN (2 * pause, MAX_PAUSE_S);
  }
}

static void
follow_policy (const char *config_path, const VgDomain *domain)
{
  g_autoptr (VgConfig) config = load_config (config_path);
  g_autoptr (VgOrder) order = make_order (config, domain);

  if (order != NULL)
    write_order (config, order, domain);
}

/* Lets go of libvirt's pipes, and of the signals by which a host's shutdown
 * asks processes to end: SIGKILL follows much later. */
static void
detach (void)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (null < 0 || dup2 (null, fd) < 0)
      close (fd);
  setsid ();
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
}

/* Runs follow_policy() in a child process, and waits for its end until that
 * time; the pipe is closed then. */
static void
hand_on (const char *config_path, const VgDomain *domain, gint64 end)
{
  g_autofree char *text = NULL;
  int fds[2];
  pid_t child = pipe2 (fds, O_CLOEXEC) == 0 ? fork () : -1;

  if (child <= 0) {
    if (child == 0)
      detach ();
    follow_policy (config_path, domain);
    return;
  }
  close (fds[1]);
  if (await_readable (fds[0], end))
    return;
  text = g_strdup_printf (
      "domain %s stopped: its policy is not followed after %d ms; process %d "
      "goes on",
      get_name (domain), TIME_LIMIT_MS, (int) child);
  log_warning (text);
}

static void
on_release (const char *config_path)
{
  gint64 end = g_get_monotonic_time () + TIME_LIMIT_MS * 1000;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = read_domain (end, &error);

  if (domain != NULL)
    hand_on (config_path, domain, end);
  else
    log_lost (NULL, error->message);
}

int
main (int argc, char **argv)
{
  const char *config_path = NULL;

  vg_secret_forbid_dumps ();
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
