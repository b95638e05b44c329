/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets that the service listens on. */
#pragma once

#include <gio/gio.h>

/* Opens the socket with that address (see VgServiceOptions), or takes those
 * that systemd has opened (address NULL). An array of GSocket; free with
 * g_ptr_array_unref(). NULL with VG_SERVICE_ERROR. */
GPtrArray *vg_sockets_open (const char *address, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "127.0.0.1:8777", "unix:PATH", for people. Free with g_free(). */
char *vg_sockets_describe (GSocket *socket);
