/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance check: the list of what was found, and the parts that find it.
 * All only look; they leave nothing behind. */
#pragma once

#include <gio/gio.h>

#include "cmd/command.h"
#include "disk/confine.h"
#include "host/host.h"
#include "inventory/stores.h"
#include "util/json.h"

typedef enum {
  VG_CHECK_OK,
  VG_CHECK_WARNING, /* doesn't change the exit status */
  VG_CHECK_PROBLEM,
} VgCheckState;

typedef struct {
  const char *topic; /* static: "credentials" */
  char *subject;     /* a store, a file, a domain; or NULL */
  VgCheckState state;
  char *text;
  const char *advice; /* static: what to do, a clause; or NULL */
  VgJson *policies;   /* of a domain; or NULL */
} VgCheckItem;

void vg_check_item_free (gpointer item);

typedef struct {
  const VgConfig *config;
  const char *uri;
  GCancellable *cancellable;
  GMutex lock;       /* protects the members below */
  GPtrArray *items;  /* of VgCheckItem */
  const char *topic; /* what is being looked at */

  VgHost *host;     /* NULL: libvirt can't be reached */
  VgStores *stores; /* NULL: Glance can't be asked */
  char **uuids;     /* of the domains, or NULL */
} VgChecks;

/* Names what is looked at from now on: for later items, and if it hangs. */
void vg_checks_begin (VgChecks *checks, const char *topic);

/* Adds an item; it takes what is returned by no reference. subject and advice
 * may be NULL. Returns the item, for its policies. */
VgCheckItem *vg_checks_add (VgChecks *checks, VgCheckState state,
                            const char *subject, const char *advice,
                            const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Adds a problem, from an error. */
void vg_checks_fail (VgChecks *checks, const char *subject, const GError *error,
                     const char *advice);

/* Each adds at least one item. */
void vg_check_configuration (VgChecks *checks);
void vg_check_glance (VgChecks *checks);
void vg_check_policy_files (VgChecks *checks);
void vg_check_directories (VgChecks *checks);
void vg_check_hypervisor (VgChecks *checks);
void vg_check_confinement (VgChecks *checks);
void vg_check_guests (VgChecks *checks);

/* A problem if Glance has no such store that can be written to. where: what
 * names it, a clause. TRUE if it has, or wasn't asked. */
gboolean vg_check_store (VgChecks *checks, const char *subject,
                         const char *store, const char *where);

/* Whether a file of AppArmor's in that directory ("/etc/apparmor.d") gives QEMU
 * a rule about something below runtime_path. */
gboolean vg_check_find_apparmor_rule (const char *directory,
                                      const char *runtime_path);
