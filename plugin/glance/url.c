/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URLs are parsed by libcurl, so that both always agree on the host. */
#include "glance/url.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

#include "inventory/error.h"

static char *
get_host (const char *url)
{
  CURLU *parts = curl_url ();
  char *part = NULL, *host = NULL;

  if (curl_url_set (parts, CURLUPART_URL, url, 0) == CURLUE_OK
      && curl_url_get (parts, CURLUPART_HOST, &part, 0) == CURLUE_OK)
    host = g_strdup (part);
  curl_free (part);
  curl_url_cleanup (parts);
  return host;
}

gboolean
vg_url_is_loopback (const char *url)
{
  g_autofree char *host = get_host (url);
  g_autoptr (GInetAddress) address = NULL;
  gsize n = host != NULL ? strlen (host) : 0;

  if (n == 0)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  if (*host == '[' && host[n - 1] == ']') {
    host[n - 1] = '\0';
    address = g_inet_address_new_from_string (host + 1);
  } else {
    address = g_inet_address_new_from_string (host);
  }
  return address != NULL && g_inet_address_get_is_loopback (address);
}

gboolean
vg_url_check (const char *text, const char *what, GError **error)
{
  CURLU *parts = curl_url ();
  char *scheme = NULL, *host = NULL, *other = NULL;
  const char *why = NULL;

  if (curl_url_set (parts, CURLUPART_URL, text, 0) != CURLUE_OK
      || curl_url_get (parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK
      || curl_url_get (parts, CURLUPART_HOST, &host, 0) != CURLUE_OK
      || (strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0))
    why = "must be a URL that begins with http:// or https://";
  else if (curl_url_get (parts, CURLUPART_USER, &other, 0) == CURLUE_OK
           || curl_url_get (parts, CURLUPART_PASSWORD, &other, 0) == CURLUE_OK)
    why = "must not hold a user name or password";
  else if (curl_url_get (parts, CURLUPART_QUERY, &other, 0) == CURLUE_OK
           || curl_url_get (parts, CURLUPART_FRAGMENT, &other, 0) == CURLUE_OK)
    why = "must not have a query (?) or fragment (#)";
  curl_free (scheme);
  curl_free (host);
  curl_free (other);
  curl_url_cleanup (parts);
  if (why == NULL)
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, "%s %s", what,
               why);
  return FALSE;
}
