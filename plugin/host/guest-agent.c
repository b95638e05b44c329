/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent of a running guest. The agent's own state of the freeze decides
 * whether a guest is thawed, not the result of the command: an agent also
 * reports an error when a hook in the guest fails after the thaw. */
#include "host/guest.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "host/private.h"
#include "util/json.h"

/* In the agent's refusal of a command because the guest is frozen. */
#define FROZEN_STATE "the agent is in frozen state"

/* Sets libvirt's timeout for the agent, which applies to all clients. */
static void
limit_agent (virDomainPtr domain, guint timeout_s)
{
  virDomainAgentSetResponseTimeout (domain, (int) timeout_s, 0);
}

static void
unlimit_agent (virDomainPtr domain)
{
  virDomainAgentSetResponseTimeout (domain,
                                    VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK, 0);
}

/* Asks the agent, which answers this command also in a frozen guest. FALSE if
 * it gives no answer. */
static gboolean
ask_frozen (virDomainPtr domain, guint timeout_s, gboolean *frozen)
{
  g_autoptr (VgJson) json = NULL;
  const char *word = NULL;
  char *answer;

  g_debug ("domain %s: guest-fsfreeze-status", virDomainGetName (domain));
  answer = virDomainQemuAgentCommand (
      domain, "{\"execute\": \"guest-fsfreeze-status\"}", (int) timeout_s, 0);
  if (answer != NULL)
    json = vg_json_parse (answer, -1, NULL);
  free (answer);
  if (json != NULL)
    word = vg_json_get_string (json, "return");
  *frozen = g_strcmp0 (word, "frozen") == 0;
  return *frozen || g_strcmp0 (word, "thawed") == 0;
}

/* Queries the time, which changes nothing. A refusal counts as an answer; the
 * agent of a frozen guest refuses. libvirt marks a domain as tainted when its
 * agent is asked for the state, so that is not done always. */
static gboolean
ask_agent (virDomainPtr domain, guint timeout_s, gboolean *frozen)
{
  long long seconds;
  guint nseconds;
  gboolean answered = TRUE;

  g_debug ("domain %s: domtime, to see whether its agent answers",
           virDomainGetName (domain));
  *frozen = FALSE;
  limit_agent (domain, timeout_s);
  if (virDomainGetTime (domain, &seconds, &nseconds, 0) < 0) {
    answered = virGetLastErrorCode () != VIR_ERR_AGENT_UNRESPONSIVE
               && virGetLastErrorCode () != VIR_ERR_AGENT_UNSYNCED;
    if (answered)
      ask_frozen (domain, timeout_s, frozen);
  }
  unlimit_agent (domain);
  return answered;
}

gboolean
vg_guest_check_agent (VgGuest *guest, guint timeout_s, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  gboolean frozen;
  int state;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetState (domain, &state, NULL, 0) < 0)
    return vg_host_throw (error, "the state of domain %s can't be read",
                          vg_guest_get_name (guest));
  if (state != VIR_DOMAIN_RUNNING && state != VIR_DOMAIN_BLOCKED)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                 "domain %s is paused, so its guest agent can't answer",
                 vg_guest_get_name (guest));
  else if (!ask_agent (domain, timeout_s, &frozen))
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                 "the guest agent of domain %s doesn't answer within %u s",
                 vg_guest_get_name (guest), timeout_s);
  else if (frozen)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_FROZEN,
                 "somebody else has frozen the file systems of domain %s",
                 vg_guest_get_name (guest));
  else
    return TRUE;
  return FALSE;
}

gboolean
vg_guest_freeze (VgGuest *guest, const char *const *mountpoints,
                 guint timeout_s, guint *frozen, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  guint n = mountpoints != NULL ? g_strv_length ((char **) mountpoints) : 0;
  g_autoptr (GError) why = NULL;
  int count;

  if (domain == NULL)
    return FALSE;
  g_debug ("domain %s: domfsfreeze", vg_guest_get_name (guest));
  limit_agent (domain, timeout_s);
  count = virDomainFSFreeze (domain, n > 0 ? (const char **) mountpoints : NULL,
                             n, 0);
  *frozen = (guint) MAX (count, 0);
  if (count >= 0) {
    vg_guest_hold (guest, domain, timeout_s);
    return TRUE;
  }
  vg_host_throw (&why, "the file systems of domain %s can't be frozen",
                 vg_guest_get_name (guest));
  if (strstr (why->message, FROZEN_STATE) != NULL)
    why->code = VG_HOST_ERROR_FROZEN;
  g_propagate_error (error, g_steal_pointer (&why));
  unlimit_agent (domain);
  return FALSE;
}

gboolean
vg_guest_is_thawed (VgGuest *guest, guint timeout_s)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, NULL);
  gboolean frozen, known;

  if (domain == NULL)
    return FALSE;
  limit_agent (domain, timeout_s);
  known = ask_frozen (domain, timeout_s, &frozen);
  unlimit_agent (domain);
  return known && !frozen;
}

/* FALSE with error if the guest may still be frozen. */
static gboolean
thaw (virDomainPtr domain, guint timeout_s, GError **error)
{
  const char *name = virDomainGetName (domain);
  g_autofree char *said = NULL;
  g_autoptr (GError) why = NULL;
  gboolean frozen;

  g_debug ("domain %s: domfsthaw", name);
  if (virDomainFSThaw (domain, NULL, 0, 0) >= 0)
    return TRUE;
  said = g_strdup (virGetLastErrorMessage ());
  vg_host_throw (&why,
                 "the file systems of domain %s can't be thawed; try 'virsh "
                 "domfsthaw %s'",
                 name, name);
  if (ask_frozen (domain, timeout_s, &frozen) && !frozen) {
    g_warning ("the file systems of domain %s are thawed, although the guest "
               "agent reports an error: %s",
               name, said);
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Whether there is nothing to thaw. */
static gboolean
is_stopped (virDomainPtr domain)
{
  int active = virDomainIsActive (domain);

  return active == 0
         || (active < 0 && virGetLastErrorCode () == VIR_ERR_NO_DOMAIN);
}

/* After our own freeze, nothing is asked or set that was before: the guest
 * waits. */
static gboolean
thaw_within (VgGuest *guest, virDomainPtr domain, guint timeout_s,
             GError **error)
{
  guint limit_s = vg_guest_get_held_limit (guest, domain);
  gboolean thawed;

  vg_guest_let_go (guest);
  if (limit_s == 0 && is_stopped (domain))
    return TRUE;
  if (limit_s != timeout_s)
    limit_agent (domain, timeout_s);
  thawed = thaw (domain, timeout_s, error);
  unlimit_agent (domain);
  return thawed;
}

gboolean
vg_guest_thaw (VgGuest *guest, guint timeout_s, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, &why);

  if (domain == NULL) {
    if (vg_guest_is_gone (why))
      return TRUE;
  } else if (thaw_within (guest, domain, timeout_s, &why)
             || is_stopped (domain)) {
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}
