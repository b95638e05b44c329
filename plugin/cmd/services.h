/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that a run over many guests needs: Glance, with Keystone, and
 * libvirt. */
#pragma once

#include "cmd/command.h"
#include "cmd/outage.h"
#include "glance/glance.h"
#include "host/host.h"

typedef struct {
  VgGlance *glance; /* NULL: not opened yet */
  VgHost *host;     /* likewise; it reconnects by itself */
} VgServices;

void vg_services_clear (VgServices *services);

/* Authenticates, so that a wrong password is tried once and not for each guest,
 * then connects to libvirt, as the command line and the configuration say;
 * while one of them is away, waits if outage permits. Its probe is
 * vg_services_probe(). Fails as vg_glance_new(), vg_glance_connect(),
 * vg_host_open() and vg_outage_await_after(); what is open by then is to be
 * cleared, too. Blocks. */
gboolean vg_services_open (VgServices *services, const VgCommandLine *line,
                           VgOutage *outage, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* VgOutageProbe; data: VgServices, with a Glance. VG_HOST_ERROR or
 * VG_GLANCE_ERROR. */
gboolean vg_services_probe (gpointer data, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
