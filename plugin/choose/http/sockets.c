/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket file that nobody listens on any more is replaced. */
#include "choose/http/sockets.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "choose/service.h"
#include "util/text.h"

#define UNIX "unix:"
#define MAX_SHOWN 120
#define BACKLOG 128

G_DEFINE_QUARK (vg_service_error_quark, vg_service_error)

static void
throw_address (GError **error, const char *address, const char *why)
{
  g_autofree char *shown = vg_text_clean (address, MAX_SHOWN);

  g_set_error (error, VG_SERVICE_ERROR, VG_SERVICE_ERROR_ADDRESS,
               "can't listen on '%s': %s", shown, why);
}

static GSocketAddress *
parse_ip (const char *address, GError **error)
{
  const char *colon = strrchr (address, ':');
  g_autofree char *host = NULL;
  GSocketAddress *parsed = NULL;
  guint64 port;

  if (colon != NULL
      && g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL)) {
    host = g_strndup (address, (gsize) (colon - address));
    if (*host == '[' && g_str_has_suffix (host, "]")) {
      host[strlen (host) - 1] = '\0';
      memmove (host, host + 1, strlen (host));
    }
    parsed = g_inet_socket_address_new_from_string (host, (guint) port);
  }
  if (parsed == NULL)
    throw_address (error, address,
                   "expected an IP address and a port, like 127.0.0.1:8777, or "
                   "unix: and a path");
  return parsed;
}

/* Whether a program listens there. */
static gboolean
is_alive (GSocketAddress *address)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  return socket != NULL && g_socket_connect (socket, address, NULL, NULL);
}

static GSocketAddress *
parse_unix (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  struct stat info;

  if (!g_path_is_absolute (path)) {
    throw_address (error, path, "the path of a socket must begin with a slash");
    return NULL;
  }
  address = g_unix_socket_address_new (path);
  if (lstat (path, &info) == 0 && S_ISSOCK (info.st_mode)
      && !is_alive (address))
    (void) g_unlink (path);
  return g_steal_pointer (&address);
}

static GSocket *
open_socket (const char *text, GError **error)
{
  g_autoptr (GSocketAddress) address =
      g_str_has_prefix (text, UNIX) ? parse_unix (text + strlen (UNIX), error)
                                    : parse_ip (text, error);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) why = NULL;

  if (address == NULL)
    return NULL;
  socket = g_socket_new (g_socket_address_get_family (address),
                         G_SOCKET_TYPE_STREAM, 0, &why);
  if (socket != NULL) {
    g_socket_set_listen_backlog (socket, BACKLOG);
    if (g_socket_bind (socket, address, TRUE, &why)
        && g_socket_listen (socket, &why))
      return g_steal_pointer (&socket);
  }
  throw_address (error, text, why->message);
  return NULL;
}

static gboolean
take_sockets (GPtrArray *sockets, GError **error)
{
  int n = sd_listen_fds (TRUE);

  for (int i = 0; i < n; i++) {
    GSocket *socket =
        sd_is_socket (SD_LISTEN_FDS_START + i, AF_UNSPEC, SOCK_STREAM, 1) > 0
            ? g_socket_new_from_fd (SD_LISTEN_FDS_START + i, NULL)
            : NULL;

    if (socket == NULL) {
      throw_address (error, "systemd's socket",
                     "it is not a listening stream socket");
      return FALSE;
    }
    g_ptr_array_add (sockets, socket);
  }
  if (n <= 0)
    throw_address (error, "systemd's socket",
                   "systemd has given none; use --listen ADDRESS, or start "
                   "virt-glance-choose.socket");
  return n > 0;
}

GPtrArray *
vg_sockets_open (const char *address, GError **error)
{
  g_autoptr (GPtrArray) sockets =
      g_ptr_array_new_with_free_func (g_object_unref);
  GSocket *socket;

  if (address == NULL)
    return take_sockets (sockets, error) ? g_steal_pointer (&sockets) : NULL;
  socket = open_socket (address, error);
  if (socket == NULL)
    return NULL;
  g_ptr_array_add (sockets, socket);
  return g_steal_pointer (&sockets);
}

char *
vg_sockets_describe (GSocket *socket)
{
  g_autoptr (GSocketAddress) address =
      g_socket_get_local_address (socket, NULL);

  if (address == NULL)
    return g_strdup ("(unknown)");
  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    return g_strconcat (
        UNIX, g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)),
        NULL);
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
}
