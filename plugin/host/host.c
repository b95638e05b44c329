/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt. Callers get a reference to a connection that was
 * alive just before: the daemon may restart at any time, and undoing steps then
 * needs a new connection. */
#include "host/private.h"

#include <errno.h>
#include <libvirt-glib/libvirt-glib-event.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "host/capabilities.h"
#include "host/daemon.h"
#include "util/text.h"

/* Characters of libvirt's words in a message, which may be a guest agent's. */
#define MAX_WORDS 800
#define MAX_URI 80

/* A dead daemon is detected after about INTERVAL × COUNT seconds. */
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT 6

/* A restart of libvirtd with some hundred guests takes a few seconds. */
#define RECONNECT_TRIES 6
#define RECONNECT_FIRST_PAUSE_US (G_USEC_PER_SEC / 4)

struct _VgHost {
  char *wanted_uri; /* or NULL */
  char *uri;
  GMutex lock; /* protects the members below */
  virConnectPtr connection;
  VgStarts *starts;
  gboolean label_known;
  char *label; /* or NULL */
};

/* For an error of the operating system, ours or the daemon's. */
static VgHostError
classify_errno (virErrorPtr error)
{
  if (error->int1 == EACCES || error->int1 == EPERM)
    return VG_HOST_ERROR_DENIED;
  return error->domain == VIR_FROM_RPC ? VG_HOST_ERROR_CONNECTION
                                       : VG_HOST_ERROR_FAILED;
}

/* In libvirt's refusals because of a block job (a copy, a commit, a pull) of
 * one of the domain's disks; their codes vary: internal error, unsupported. */
static gboolean
is_block_job (virErrorPtr error)
{
  static const char *const words[] = { "active block job",
                                       "has a blockjob assigned",
                                       "block copy still active" };

  for (gsize i = 0; error->message != NULL && i < G_N_ELEMENTS (words); i++)
    if (strstr (error->message, words[i]) != NULL)
      return TRUE;
  return error->code == VIR_ERR_BLOCK_COPY_ACTIVE;
}

static VgHostError
classify_error (virErrorPtr error)
{
  if (is_block_job (error))
    return VG_HOST_ERROR_BUSY;
  switch (error->code) {
  case VIR_ERR_NO_CONNECT:
  case VIR_ERR_RPC:
    return VG_HOST_ERROR_CONNECTION;
  case VIR_ERR_SYSTEM_ERROR:
    return classify_errno (error);
  case VIR_ERR_NO_DOMAIN:
    return VG_HOST_ERROR_NO_DOMAIN;
  case VIR_ERR_AUTH_FAILED:
  case VIR_ERR_AUTH_CANCELLED:
  case VIR_ERR_AUTH_UNAVAILABLE:
  case VIR_ERR_ACCESS_DENIED:
  case VIR_ERR_OPERATION_DENIED:
  case VIR_ERR_INVALID_SECRET: /* a private secret, which is not readable */
    return VG_HOST_ERROR_DENIED;
  case VIR_ERR_AGENT_UNRESPONSIVE:
  case VIR_ERR_AGENT_UNSYNCED:
    return VG_HOST_ERROR_AGENT;
  case VIR_ERR_NO_SUPPORT:
  case VIR_ERR_OPERATION_UNSUPPORTED:
  case VIR_ERR_CONFIG_UNSUPPORTED:
    return VG_HOST_ERROR_UNSUPPORTED;
  case VIR_ERR_OPERATION_TIMEOUT:
    return VG_HOST_ERROR_BUSY;
  default:
    return VG_HOST_ERROR_FAILED;
  }
}

gboolean
vg_host_throw (GError **error, const char *format, ...)
{
  virErrorPtr last = virGetLastError ();
  g_autofree char *what = NULL, *words = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  words = vg_text_clean (
      last && last->message ? last->message : "unknown error", MAX_WORDS);
  g_set_error (error, VG_HOST_ERROR,
               last ? classify_error (last) : VG_HOST_ERROR_FAILED, "%s: %s",
               what, words);
  return FALSE;
}

/* Without this, libvirt prints every error; callers report ours. */
static void
ignore_error (void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static gpointer
initialize_libvirt (gpointer data G_GNUC_UNUSED)
{
  virInitialize ();
  virSetErrorFunc (NULL, ignore_error);
  gvir_event_register ();
  return NULL;
}

/* libvirt has taken it for an alias of its client's configuration, in vain. */
static gboolean
is_no_uri (const char *uri)
{
  virErrorPtr last = virGetLastError ();

  return uri != NULL && strchr (uri, ':') == NULL && last != NULL
         && (last->code == VIR_ERR_NO_CONNECT
             || last->code == VIR_ERR_INTERNAL_ERROR);
}

/* What libvirt's own choice may surprise with. */
static const char *
explain_choice (const char *uri)
{
  return uri == NULL && geteuid () != 0
             ? "; without -c, an ordinary user's libvirt is qemu:///session; "
               "the host's guests are at qemu:///system"
             : "";
}

static gboolean
throw_unconnected (GError **error, const char *uri)
{
  g_autoptr (GError) why = NULL;

  if (is_no_uri (uri)) {
    g_autofree char *shown = vg_text_clean (uri, MAX_URI);

    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_URI,
                 "'%s' is not a connection URI of libvirt, such as "
                 "qemu:///system, nor an alias of one",
                 shown);
    return FALSE;
  }
  vg_host_throw (&why, "can't connect to libvirt%s%s", uri ? " at " : "",
                 uri ? uri : "");
  if (why->code == VG_HOST_ERROR_DENIED)
    g_set_error (error, why->domain, why->code,
                 "%s; libvirt permits root and members of the group libvirt%s",
                 why->message, explain_choice (uri));
  else
    g_set_error (error, why->domain, why->code,
                 "%s; is %s running, and is -c (LIBVIRT_DEFAULT_URI) right?%s",
                 why->message, vg_daemon_get_name (VG_DAEMON_DIRECTORY),
                 explain_choice (uri));
  return FALSE;
}

static virConnectPtr
open_uri (const char *uri)
{
  virConnectPtr connection =
      virConnectOpenAuth (uri, virConnectAuthPtrDefault, 0);

  g_debug ("libvirt: connect %s: %s", uri ? uri : "(its default)",
           connection != NULL ? "done" : virGetLastErrorMessage ());
  return connection;
}

/* The error is that of libvirt's own choice: the fallback is ours. */
static virConnectPtr
connect_once (const char *uri, GError **error)
{
  const char *fallback =
      uri == NULL ? vg_daemon_get_fallback (VG_DAEMON_DIRECTORY) : NULL;
  virConnectPtr connection = open_uri (uri);

  if (connection == NULL && !throw_unconnected (error, uri)
      && fallback != NULL) {
    connection = open_uri (fallback);
    if (connection != NULL)
      g_clear_error (error);
  }
  if (connection == NULL)
    return NULL;
  /* Not all drivers support it; then the next call detects a dead peer. */
  virConnectSetKeepAlive (connection, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT);
  return connection;
}

/* Watches the connection's events, and stores its URI once. */
static void
note_connection (VgHost *host)
{
  char *uri;

  vg_starts_watch (host->starts, host->connection);
  if (host->uri != NULL)
    return;
  uri = virConnectGetURI (host->connection);
  host->uri = g_strdup (uri ? uri : host->wanted_uri);
  free (uri);
}

VgHost *
vg_host_new (const char *uri)
{
  static GOnce once = G_ONCE_INIT;
  VgHost *host = g_new0 (VgHost, 1);

  g_once (&once, initialize_libvirt, NULL);
  g_mutex_init (&host->lock);
  host->wanted_uri = g_strdup (uri);
  host->starts = vg_starts_new ();
  return host;
}

VgHost *
vg_host_open (const char *uri, GError **error)
{
  g_autoptr (VgHost) host = vg_host_new (uri);

  host->connection = connect_once (uri, error);
  if (host->connection == NULL)
    return NULL;
  note_connection (host);
  return g_steal_pointer (&host);
}

void
vg_host_free (VgHost *host)
{
  if (host == NULL)
    return;
  vg_starts_free (host->starts);
  if (host->connection != NULL)
    virConnectClose (host->connection);
  g_mutex_clear (&host->lock);
  g_free (host->wanted_uri);
  g_free (host->uri);
  g_free (host->label);
  g_free (host);
}

const char *
vg_host_get_uri (VgHost *host)
{
  return host->uri;
}

VgStarts *
vg_host_get_starts (VgHost *host)
{
  return host->starts;
}

static gboolean
reconnect (VgHost *host, GError **error)
{
  gulong pause = RECONNECT_FIRST_PAUSE_US;

  g_clear_pointer (&host->connection, virConnectClose);
  for (guint try = 1;; try++) {
    g_autoptr (GError) why = NULL;

    host->connection = connect_once (host->wanted_uri, &why);
    if (host->connection != NULL) {
      note_connection (host);
      return TRUE;
    }
    if (try == RECONNECT_TRIES) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (pause);
    pause *= 2;
  }
}

virConnectPtr
vg_host_ref_connection (VgHost *host, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&host->lock);

  if ((host->connection == NULL || virConnectIsAlive (host->connection) != 1)
      && !reconnect (host, error))
    return NULL;
  virConnectRef (host->connection);
  return host->connection;
}

static gboolean
ask_label (VgHost *host, char **label, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  char *xml;
  gboolean ok;

  if (connection == NULL)
    return FALSE;
  xml = virConnectGetCapabilities (connection);
  g_debug ("libvirt: capabilities: %s",
           xml != NULL ? "done" : virGetLastErrorMessage ());
  if (xml == NULL)
    return vg_host_throw (error, "libvirt's capabilities can't be read");
  ok = vg_capabilities_find_base_label (xml, label, error);
  free (xml);
  if (!ok)
    g_prefix_error (error, "libvirt's capabilities can't be read: ");
  return ok;
}

/* Two threads may ask at once; the answers are the same. */
gboolean
vg_host_get_base_label (VgHost *host, char **label, GError **error)
{
  g_autofree char *answer = NULL;
  gboolean known;

  g_mutex_lock (&host->lock);
  known = host->label_known;
  g_mutex_unlock (&host->lock);
  if (!known && !ask_label (host, &answer, error))
    return FALSE;
  g_mutex_lock (&host->lock);
  if (!host->label_known)
    host->label = g_steal_pointer (&answer);
  host->label_known = TRUE;
  *label = g_strdup (host->label);
  g_mutex_unlock (&host->lock);
  return TRUE;
}
