/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's backup jobs. A job counts as absent only if libvirt says so: one in
 * an unknown state may still be filling its scratch file. */
#include "host/backup.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "host/private.h"

#define END_TIMEOUT_US (60 * G_USEC_PER_SEC)
#define END_FIRST_PAUSE_US 2000

gboolean
vg_backup_begin (VgGuest *guest, const char *xml, gboolean reuse,
                 GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  const char *name = vg_guest_get_name (guest);
  g_autoptr (GError) why = NULL;
  const guint own = reuse ? VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL : 0;
  guint flags = own;
  int code;

  if (domain == NULL)
    return FALSE;
#if LIBVIR_CHECK_VERSION(11, 10, 0)
  flags |= VIR_DOMAIN_BACKUP_BEGIN_PRESERVE_SHUTDOWN_DOMAIN;
#endif
  g_debug ("domain %s: backup-begin %s", name, xml);
  if (virDomainBackupBegin (domain, xml, NULL, flags) == 0)
    return TRUE;
  /* Retries without the new flag: the daemon may be older than the library. */
  if (flags != own && virGetLastErrorCode () == VIR_ERR_INVALID_ARG
      && virDomainBackupBegin (domain, xml, NULL, own) == 0)
    return TRUE;

  code = virGetLastErrorCode ();
  vg_host_throw (&why, "a backup job of domain %s can't be started", name);
  if (virDomainIsActive (domain) == 0)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NOT_RUNNING,
                 "domain %s is no longer running", name);
  else
    g_set_error (error, VG_HOST_ERROR,
                 code == VIR_ERR_OPERATION_INVALID ? VG_HOST_ERROR_BUSY
                                                   : (VgHostError) why->code,
                 "%s", why->message);
  return FALSE;
}

/* A search in a backup job's XML. */
typedef struct {
  const char *socket;
  gboolean found;
} Search;

static void
on_element (GMarkupParseContext *context G_GNUC_UNUSED, const char *element,
            const char **names, const char **values, gpointer data,
            GError **error G_GNUC_UNUSED)
{
  Search *search = data;

  if (strcmp (element, "server") != 0)
    return;
  for (gsize i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "socket") == 0
        && strcmp (values[i], search->socket) == 0)
      search->found = TRUE;
}

gboolean
vg_backup_find_socket (const char *xml, const char *socket, gboolean *found,
                       GError **error)
{
  const GMarkupParser parser = { .start_element = on_element };
  Search search = { .socket = socket };
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, 0, &search, NULL);
  gboolean ok = g_markup_parse_context_parse (context, xml, -1, error)
                && g_markup_parse_context_end_parse (context, error);

  *found = ok && search.found;
  return ok;
}

static gboolean
ask (virDomainPtr domain, const char *name, const char *socket,
     gboolean *running, GError **error)
{
  char *xml = virDomainBackupGetXMLDesc (domain, 0);
  int code = xml == NULL ? virGetLastErrorCode () : VIR_ERR_OK;

  *running = FALSE;
  if (xml != NULL) {
    gboolean ok = vg_backup_find_socket (xml, socket, running, error);

    free (xml);
    if (!ok)
      g_prefix_error (error,
                      "the backup job of domain %s can't be read: ", name);
    return ok;
  }
  if (code == VIR_ERR_NO_DOMAIN_BACKUP || code == VIR_ERR_NO_DOMAIN
      || code == VIR_ERR_NO_SUPPORT)
    return TRUE;
  return vg_host_throw (error, "the backup job of domain %s can't be read",
                        name);
}

gboolean
vg_backup_is_running (VgGuest *guest, const char *socket, gboolean *running,
                      GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, &why);

  *running = FALSE;
  if (domain != NULL)
    return ask (domain, vg_guest_get_name (guest), socket, running, error);
  if (vg_guest_is_gone (why))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static VgBackupEnd
judge_end (int type, virTypedParameterPtr params, int n, char **why)
{
  const char *message = NULL;
  int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

  virTypedParamsGetInt (params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
  if (operation != VIR_DOMAIN_JOB_OPERATION_BACKUP)
    return VG_BACKUP_END_UNKNOWN;
  if (type == VIR_DOMAIN_JOB_COMPLETED || type == VIR_DOMAIN_JOB_CANCELLED)
    return VG_BACKUP_END_ORDERED;
  if (type != VIR_DOMAIN_JOB_FAILED)
    return VG_BACKUP_END_UNKNOWN;
  virTypedParamsGetString (params, n, VIR_DOMAIN_JOB_ERRMSG, &message);
  *why = g_strdup (message);
  return VG_BACKUP_END_FAILED;
}

VgBackupEnd
vg_backup_get_end (VgGuest *guest, char **why)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, NULL);
  const guint flags =
      VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED;
  virTypedParameterPtr params = NULL;
  VgBackupEnd end;
  int type, n = 0;

  *why = NULL;
  if (domain == NULL
      || virDomainGetJobStats (domain, &type, &params, &n, flags) < 0)
    return VG_BACKUP_END_UNKNOWN;
  end = judge_end (type, params, n, why);
  virTypedParamsFree (params, n);
  return end;
}

/* Asks libvirt to end the job, unless it has accepted that before. It refuses
 * while it begins the job or has just ended it, or holds the domain's lock for
 * another request. refusal: its last words, or NULL. */
static void
ask_to_end (VgGuest *guest, char **refusal, gboolean *accepted)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (virDomain) domain = NULL;

  if (*accepted)
    return;
  g_clear_pointer (refusal, g_free);
  domain = vg_guest_lookup (guest, &why);
  if (domain == NULL) {
    *refusal = g_strdup (why->message);
    return;
  }
  g_debug ("domain %s: domjobabort", vg_guest_get_name (guest));
  *accepted = virDomainAbortJob (domain) == 0;
  if (*accepted)
    return;
  vg_host_throw (&why, "it can't be aborted");
  *refusal = g_strdup (why->message);
  g_debug ("domain %s: %s", vg_guest_get_name (guest), *refusal);
}

static gboolean
throw_endless (VgGuest *guest, const char *refusal, GError **error)
{
  const char *name = vg_guest_get_name (guest);

  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "the backup job of domain %s doesn't end%s%s; try 'virsh "
               "domjobabort %s'",
               name, refusal != NULL ? ": " : "",
               refusal != NULL ? refusal : "", name);
  return FALSE;
}

/* libvirt only asks QEMU to end the job, and handles the end in an event
 * handler. That may be delayed by half a minute, for example behind a
 * connecting agent, which itself waits for the end of this job. A job with
 * another socket is never aborted: ours is looked for before each request. */
gboolean
vg_backup_end (VgGuest *guest, const char *socket, GError **error)
{
  gulong pause = END_FIRST_PAUSE_US;
  gint64 deadline = g_get_monotonic_time () + END_TIMEOUT_US;
  g_autofree char *refusal = NULL;
  gboolean running, accepted = FALSE;

  for (;;) {
    if (!vg_backup_is_running (guest, socket, &running, error))
      return FALSE;
    if (!running)
      return TRUE;
    if (g_get_monotonic_time () > deadline)
      return throw_endless (guest, refusal, error);
    ask_to_end (guest, &refusal, &accepted);
    g_usleep (pause);
    pause = MIN (pause * 2, G_USEC_PER_SEC / 2);
  }
}
