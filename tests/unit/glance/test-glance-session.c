/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authentication and token renewal, with a misbehaving Keystone. */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inventory/stores.h"
#include "lib/session-fixture.h"
#include "lib/workdir.h"

static void
set_string (char **field, const char *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

/* A file with a new key and its certificate for 127.0.0.1. */
static char *
make_certificate (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) openssl = NULL;
  char *path = NULL;
  int fd = g_file_open_tmp ("virt-glance-XXXXXX.pem", &path, &error);

  g_assert_no_error (error);
  close (fd);
  openssl = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "openssl", "req", "-x509",
      "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "1", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
      "-keyout", path, "-out", path, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (openssl, NULL, &error));
  g_assert_no_error (error);
  return path;
}

/* One POST, then GETs, all on one connection. */
static void
test_round_trips (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgStores) stores = NULL;
  g_autoptr (VgJson) log = NULL;

  g_assert_null (vg_glance_get_endpoint (f->glance));
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  g_assert_cmpstr (vg_glance_get_endpoint (f->glance), ==, fake->url);
  g_assert_nonnull (vg_glance_get_project_id (f->glance));
  stores = vg_glance_get_stores (f->glance, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpuint (stores->list->len, ==, 4);
  fake_make_image (f->glance);
  log = fake_log (fake);
  g_assert_cmpuint (json_object_array_length (log), ==, 3);
  for (gsize i = 1; i < 3; i++)
    g_assert_cmpint (
        vg_json_get_int (json_object_array_get_idx (log, 0), "connection", 0),
        ==,
        vg_json_get_int (json_object_array_get_idx (log, i), "connection", -1));
}

static void
test_accept_json (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgJson) request = NULL;
  VgJson *headers;

  fake_make_image (f->glance);
  request = fake_last (fake, "POST", "/v2/images");
  headers = vg_json_get (request, "headers");
  g_assert_cmpstr (vg_json_get_string (headers, "accept"), ==,
                   "application/json");
  g_assert_cmpstr (vg_json_get_string (headers, "content-type"), ==,
                   "application/json");
}

static void
test_wrong_password (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_string (&f->config->password, "wrong-and-secret");
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (
      f, VG_GLANCE_ERROR_AUTH,
      "can't authenticate to Keystone at http://127.0.0.1:*/v3 with "
      "[glance] of the configuration: Keystone answered HTTP 401 "
      "(Unauthorized): The request you have made requires "
      "authentication;*");
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 1);
}

static void
test_application_credential (SessionFixture *f,
                             G_GNUC_UNUSED gconstpointer data)
{
  f->config->application_credential_id = g_strdup ("app");
  f->config->application_credential_secret = g_strdup ("secret");
  session_renew (f);
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  g_assert_no_error (f->error);
}

static void
test_token (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (vg_glance_connect (f->glance, NULL, NULL));
  f->config->auth_type = g_strdup ("v3token");
  f->config->token = g_strdup (f->glance->token);
  session_renew (f);
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  g_assert_no_error (f->error);
}

static void
test_unscoped (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_control (fake, "{'config':{'scoped':false}}");
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG,
                         "*no project*project_name*");
}

/* An endpoint without Keystone: no token is requested or sent. */
static void
test_without_keystone (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgJson) request = NULL;
  g_autofree char *url = g_strconcat (fake->url, "/image/v2/", NULL);

  fake_control (fake, "{'config':{'auth':false}}");
  set_string (&f->config->auth_url, NULL);
  f->config->endpoint_override = g_strdup (url);
  session_renew (f);
  fake_make_image (f->glance);
  request = fake_last (fake, "POST", "/image/v2/images");
  g_assert_null (
      vg_json_get_string (vg_json_get (request, "headers"), "x-auth-token"));
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 0);

  fake_reset (fake, NULL);
  g_assert_null (vg_glance_get_stores (f->glance, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_AUTH, "*HTTP 401*token*");
}

static void
test_catalog (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char order[] =
      "{'config':{'catalog':["
      "{'interface':'public','region':'a','url':'{base}/public-a'},"
      "{'interface':'internal','region':'b','url':'{base}/internal-b/v2/'},"
      "{'interface':'public','region':'b','url':'{base}/public-b'},"
      "{'interface':'admin','region':'b','url':'http://u:secret@h/'}]}}";
  /* interface, region, and the endpoint's end */
  static const char *const rows[][3] = { { "internal", NULL, "/internal-b" },
                                         { "public", NULL, "/public-a" },
                                         { "public", "b", "/public-b" } };

  fake_control (fake, order);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_string (&f->config->valid_interfaces[0], rows[i][0]);
    set_string (&f->config->region_name, rows[i][1]);
    session_renew (f);
    g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
    g_assert_true (
        g_str_has_suffix (vg_glance_get_endpoint (f->glance), rows[i][2]));
  }
  set_string (&f->config->region_name, "c");
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (
      f, VG_GLANCE_ERROR_CONFIG,
      "*interface public or public in the region c (it has: public "
      "in a, internal in b, public in b, admin in b)*");
  set_string (&f->config->valid_interfaces[0], "admin");
  set_string (&f->config->region_name, NULL);
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG,
                         "*must not hold a user name*");
}

static void
test_keystone_faults (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const struct {
    const char *rule;
    gint code; /* -1: finally succeeds */
    guint tries;
    const char *message;
  } rows[] = {
    { "'status':503,'times':2", -1, 3, NULL },
    { "'status':503,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 3, "*HTTP 503*" },
    { "'cut':0", -1, 2, NULL },
    { "'status':201,'body':'<html>hello</html>'", VG_GLANCE_ERROR_PROTOCOL, 1,
      "*HTTP 201*hello*" },
    { "'status':201,'json':[],'headers':['X-Subject-Token: t']",
      VG_GLANCE_ERROR_PROTOCOL, 1, "*not from Keystone*auth_url*" },
    { "'status':404,'body':'<h1>Not Found</h1>'", VG_GLANCE_ERROR_PROTOCOL, 1,
      "*check auth_url*" },
    { "'status':401,'json':{'error':{'message':'secret is wrong'}}",
      VG_GLANCE_ERROR_AUTH, 1, "*: ??? is wrong*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *order = g_strdup_printf (
        "{'rules':[{'path':'/v3/auth/tokens',%s}]}", rows[i].rule);

    fake_reset (fake, order);
    session_renew (f);
    if (vg_glance_connect (f->glance, NULL, &f->error))
      g_assert_cmpint (rows[i].code, ==, -1);
    else
      session_assert_failed (f, rows[i].code, rows[i].message);
    g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==,
                      rows[i].tries);
  }
}

static void
test_refused_connection (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_string (&f->config->auth_url, "http://127.0.0.1:1/v3");
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (
      f, VG_GLANCE_ERROR_UNAVAILABLE,
      "can't authenticate to Keystone at http://127.0.0.1:1/v3 *");
}

static void
test_bad_addresses (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_string (&f->config->auth_url, "http://u:secret@h/v3");
  g_assert_null (vg_glance_new (f->config, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG, "*auth_url must not hold*");
  set_string (&f->config->auth_url, NULL);
  f->config->endpoint_override = g_strdup ("glance:9292");
  g_assert_null (vg_glance_new (f->config, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG,
                         "*endpoint_override must be a URL*");
}

/* Loopback is reached in spite of a proxy for all hosts and a slow start. */
static void
test_proxy (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gboolean connected;

  g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
  connected = vg_glance_connect (f->glance, NULL, &f->error);
  g_unsetenv ("http_proxy");
  g_assert_no_error (f->error);
  g_assert_true (connected);
}

/* Renewed with less than two minutes left; a token with a shorter lifetime is
 * used for the first half of it. */
static void
test_expiry (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const struct {
    gint64 life, left; /* s */
    guint posts;
  } rows[] = {
    { 3600, 180, 1 }, { 3600, 119, 2 }, { 200, 160, 1 }, { 200, 99, 2 }
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    fake_reset (fake, NULL);
    session_renew (f);
    g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
    f->glance->token_until =
        g_get_monotonic_time () + rows[i].left * G_USEC_PER_SEC;
    f->glance->token_from =
        f->glance->token_until - rows[i].life * G_USEC_PER_SEC;
    fake_make_image (f->glance);
    g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==,
                      rows[i].posts);
  }
}

/* The token's lifetime is taken from Keystone's answer. */
static void
test_lifetime (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_control (fake, "{'config':{'token_life':1000.5}}");
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  g_assert_cmpint (
      ABS (f->glance->token_until - f->glance->token_from - 1000500000), <, 10);
}

static void
test_401_once (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgStores) stores = NULL;

  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  fake_control (fake, "{'rules':[{'path':'/v2/info/.*','revoke':true}]}");
  stores = vg_glance_get_stores (f->glance, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_nonnull (stores);
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 2);

  fake_control (fake, "{'rules':[{'path':'/v2/.*','status':401,'times':0}]}");
  g_assert_null (vg_glance_get_image (f->glance, "x", NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_AUTH,
                         "can't read image x: Glance*401*");
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 3);
}

/* libcurl would wait for one who writes to it, deaf to a cancellation. */
static void
test_pipes (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  char **const options[] = { &f->config->cafile, &f->config->certfile,
                             &f->config->keyfile };
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *fifo = workdir_path (dir, "fifo");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    set_string (options[i], fifo);
    g_assert_null (vg_glance_new (f->config, &f->error));
    session_assert_failed (f, VG_GLANCE_ERROR_CONFIG,
                           "*fifo: it is not a regular*");
    set_string (options[i], NULL);
  }
}

/* A certificate is accepted if cafile has its CA, or with insecure. */
static void
test_tls (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *pem = make_certificate ();
  Fake *secure = fake_new (pem);

  vg_config_free (f->config);
  f->config = fake_config (secure);
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG, "*certificate*set cafile*");

  f->config->cafile = g_strdup ("/nonexistent");
  session_renew (f);
  g_assert_false (vg_glance_connect (f->glance, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFIG,
                         "*/nonexistent*set cafile*");

  set_string (&f->config->cafile, pem);
  session_renew (f);
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  g_assert_no_error (f->error);

  set_string (&f->config->cafile, NULL);
  f->config->insecure = TRUE;
  session_renew (f);
  g_assert_true (vg_glance_connect (f->glance, NULL, &f->error));
  fake_free (secure);
  g_unlink (pem);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  session_fixture_add ("/glance-session/round-trips", test_round_trips);
  session_fixture_add ("/glance-session/accept-json", test_accept_json);
  session_fixture_add ("/glance-session/wrong-password", test_wrong_password);
  session_fixture_add ("/glance-session/application-credential",
                       test_application_credential);
  session_fixture_add ("/glance-session/token", test_token);
  session_fixture_add ("/glance-session/unscoped", test_unscoped);
  session_fixture_add ("/glance-session/without-keystone",
                       test_without_keystone);
  session_fixture_add ("/glance-session/catalog", test_catalog);
  session_fixture_add ("/glance-session/keystone-faults", test_keystone_faults);
  session_fixture_add ("/glance-session/refused-connection",
                       test_refused_connection);
  session_fixture_add ("/glance-session/bad-addresses", test_bad_addresses);
  session_fixture_add ("/glance-session/proxy", test_proxy);
  session_fixture_add ("/glance-session/expiry", test_expiry);
  session_fixture_add ("/glance-session/lifetime", test_lifetime);
  session_fixture_add ("/glance-session/401-once", test_401_once);
  session_fixture_add ("/glance-session/pipes", test_pipes);
  session_fixture_add ("/glance-session/tls", test_tls);
  return session_fixture_run ();
}
