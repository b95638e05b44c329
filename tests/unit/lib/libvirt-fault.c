/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions that the linker puts in front of libvirt's, by --wrap. */
#include "lib/libvirt-fault.h"

#include <libvirt/virterror.h>
#include <string.h>

#define MAX_FAULTS 8

typedef struct {
  const char *function; /* NULL: none */
  int code;
  guint skip;
  guint times;
} Fault;

static struct {
  GMutex lock; /* for what follows */
  Fault faults[MAX_FAULTS];
  gboolean away;
  gboolean deaf;
  int reason;
  LibvirtMetadataHook hook;
  virConnectPtr connection;
  virConnectCloseFunc on_close;
  void *on_close_data;
  virConnectDomainEventMetadataChangeCallback on_metadata;
} state = { .reason = -1 };

static _Thread_local virError last;
static _Thread_local char message[100]; /* its */

void
libvirt_fail (const char *function, int code, guint skip, guint times)
{
  guint i = 0;

  g_mutex_lock (&state.lock);
  while (i < MAX_FAULTS && state.faults[i].function != NULL)
    i++;
  g_assert_cmpuint (i, <, MAX_FAULTS);
  state.faults[i] = (Fault){ function, code, skip, times };
  g_mutex_unlock (&state.lock);
}

void
libvirt_set_away (gboolean away)
{
  g_mutex_lock (&state.lock);
  state.away = away;
  g_mutex_unlock (&state.lock);
}

void
libvirt_set_deaf (gboolean deaf)
{
  g_mutex_lock (&state.lock);
  state.deaf = deaf;
  g_mutex_unlock (&state.lock);
}

void
libvirt_set_shutoff_reason (int reason)
{
  g_mutex_lock (&state.lock);
  state.reason = reason;
  g_mutex_unlock (&state.lock);
}

void
libvirt_set_metadata_hook (LibvirtMetadataHook hook)
{
  g_mutex_lock (&state.lock);
  state.hook = hook;
  g_mutex_unlock (&state.lock);
}

void
libvirt_close (void)
{
  g_assert_nonnull (state.on_close);
  state.on_close (state.connection, VIR_CONNECT_CLOSE_REASON_EOF,
                  state.on_close_data);
}

void
libvirt_fault_reset (void)
{
  g_mutex_lock (&state.lock);
  memset (state.faults, 0, sizeof state.faults);
  state.away = state.deaf = FALSE;
  state.reason = -1;
  state.hook = NULL;
  g_mutex_unlock (&state.lock);
}

static gboolean
is_away (void)
{
  gboolean away;

  g_mutex_lock (&state.lock);
  away = state.away;
  g_mutex_unlock (&state.lock);
  return away;
}

/* Declares libvirt's own function, and ours in front of it. */
#define WRAP(function)                                                         \
  extern __typeof__ (function) __real_##function, __wrap_##function;

WRAP (virGetLastError)
WRAP (virGetLastErrorCode)
WRAP (virGetLastErrorMessage)
WRAP (virConnectOpenAuth)
WRAP (virConnectIsAlive)
WRAP (virConnectRegisterCloseCallback)
WRAP (virConnectDomainEventRegisterAny)
WRAP (virDomainGetState)
WRAP (virDomainSetMetadata)

/* Makes it the thread's last error, until libvirt has a later one. */
static void
set_error (int code, const char *function)
{
  virResetLastError ();
  g_snprintf (message, sizeof message, "%s fails with %d", function, code);
  last = (virError){ .code = code,
                     .domain = VIR_FROM_TEST,
                     .level = VIR_ERR_ERROR,
                     .message = message };
}

virErrorPtr
__wrap_virGetLastError (void)
{
  virErrorPtr real = __real_virGetLastError ();

  return real != NULL || last.code == VIR_ERR_OK ? real : &last;
}

int
__wrap_virGetLastErrorCode (void)
{
  virErrorPtr error = virGetLastError ();

  return error != NULL ? error->code : VIR_ERR_OK;
}

const char *
__wrap_virGetLastErrorMessage (void)
{
  virErrorPtr error = virGetLastError ();

  return error != NULL ? error->message : "no error";
}

/* Whether the call is to fail; libvirt's last error is set then. */
static gboolean
must_fail (const char *function)
{
  int code = 0;

  g_mutex_lock (&state.lock);
  for (guint i = 0; i < MAX_FAULTS && code == 0; i++) {
    Fault *fault = &state.faults[i];

    if (fault->function == NULL || strcmp (fault->function, function) != 0)
      continue;
    if (fault->skip > 0) {
      fault->skip--;
      break;
    }
    code = fault->code;
    if (fault->times == 1)
      fault->function = NULL;
    else if (fault->times > 1)
      fault->times--;
  }
  g_mutex_unlock (&state.lock);
  if (code != 0)
    set_error (code, function);
  return code != 0;
}

/* A function that does nothing else but to fail if it is told so. */
#define FAULTY(type, function, parameters, arguments, failed)                  \
  WRAP (function)                                                              \
  type __wrap_##function parameters                                            \
  {                                                                            \
    return must_fail (#function) ? failed : __real_##function arguments;       \
  }

FAULTY (int, virConnectListAllDomains,
        (virConnectPtr connection, virDomainPtr **domains, unsigned int flags),
        (connection, domains, flags), -1)
FAULTY (char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags),
        (domain, flags), NULL)
FAULTY (char *, virDomainGetMetadata,
        (virDomainPtr domain, int type, const char *uri, unsigned int flags),
        (domain, type, uri, flags), NULL)
FAULTY (int, virDomainListAllSnapshots,
        (virDomainPtr domain, virDomainSnapshotPtr **snapshots,
         unsigned int flags),
        (domain, snapshots, flags), -1)
FAULTY (char *, virDomainSnapshotGetXMLDesc,
        (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags),
        NULL)

virConnectPtr
__wrap_virConnectOpenAuth (const char *uri, virConnectAuthPtr auth,
                           unsigned int flags)
{
  if (!is_away () && !must_fail ("virConnectOpenAuth"))
    return __real_virConnectOpenAuth (uri, auth, flags);
  if (is_away ())
    set_error (VIR_ERR_NO_CONNECT, "virConnectOpenAuth");
  return NULL;
}

int
__wrap_virConnectIsAlive (virConnectPtr connection)
{
  return is_away () ? 0 : __real_virConnectIsAlive (connection);
}

int
__wrap_virConnectRegisterCloseCallback (virConnectPtr connection,
                                        virConnectCloseFunc function,
                                        void *data, virFreeCallback free_data)
{
  if (must_fail ("virConnectRegisterCloseCallback"))
    return -1;
  state.connection = connection;
  state.on_close = function;
  state.on_close_data = data;
  return __real_virConnectRegisterCloseCallback (connection, function, data,
                                                 free_data);
}

static void
pass_metadata (virConnectPtr connection, virDomainPtr domain, int type,
               const char *uri, void *data)
{
  gboolean deaf;

  g_mutex_lock (&state.lock);
  deaf = state.deaf;
  g_mutex_unlock (&state.lock);
  if (!deaf)
    state.on_metadata (connection, domain, type, uri, data);
}

int
__wrap_virConnectDomainEventRegisterAny (
    virConnectPtr connection, virDomainPtr domain, int event,
    virConnectDomainEventGenericCallback function, void *data,
    virFreeCallback free_data)
{
  if (event == VIR_DOMAIN_EVENT_ID_METADATA_CHANGE) {
    if (must_fail ("virConnectDomainEventRegisterAny"))
      return -1;
    state.on_metadata =
        (virConnectDomainEventMetadataChangeCallback) (void *) function;
    function = VIR_DOMAIN_EVENT_CALLBACK (pass_metadata);
  } else if (must_fail (LIBVIRT_REGISTER_LIFECYCLE)) {
    return -1;
  }
  return __real_virConnectDomainEventRegisterAny (connection, domain, event,
                                                  function, data, free_data);
}

int
__wrap_virDomainGetState (virDomainPtr domain, int *number, int *reason,
                          unsigned int flags)
{
  int result = must_fail ("virDomainGetState")
                   ? -1
                   : __real_virDomainGetState (domain, number, reason, flags);

  g_mutex_lock (&state.lock);
  if (result == 0 && reason != NULL && *number == VIR_DOMAIN_SHUTOFF
      && state.reason >= 0)
    *reason = state.reason;
  g_mutex_unlock (&state.lock);
  return result;
}

int
__wrap_virDomainSetMetadata (virDomainPtr domain, int type, const char *xml,
                             const char *key, const char *uri,
                             unsigned int flags)
{
  LibvirtMetadataHook hook;
  int result;

  if (must_fail ("virDomainSetMetadata"))
    return -1;
  g_mutex_lock (&state.lock);
  hook = state.hook;
  g_mutex_unlock (&state.lock);
  if (hook != NULL)
    hook (uri, xml, FALSE);
  result = __real_virDomainSetMetadata (domain, type, xml, key, uri, flags);
  if (hook != NULL && result == 0)
    hook (uri, xml, TRUE);
  return result;
}
