/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the fake, which ends when its standard input is closed. */
#include "lib/glance-fake.h"
#include "glance/glance.h"

#include <string.h>

static VgJson *
send_request (Fake *fake, const char *method, const char *path,
              const char *content)
{
  g_autofree char *url = g_strconcat (fake->url, path, NULL);
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  VgHttpRequest request = { .method = method, .url = url, .content = content };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&fake->lock);
  VgJson *json;

  if (!vg_http_send (fake->http, &request, &answer, NULL, &error))
    g_error ("the fake does not answer: %s", error->message);
  g_assert_cmpuint (answer.status, ==, 200);
  json = vg_json_parse (answer.body->str, (gssize) answer.body->len, &error);
  g_assert_no_error (error);
  return json;
}

/* Removes the OS_* variables of the environment in which the tests run. */
static void
forget_credentials (void)
{
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_unsetenv (*name);
}

Fake *
fake_new (const char *pem)
{
  VgHttpOptions options = { .timeout = 60, .insecure = TRUE };
  g_autofree char *script =
      g_build_filename (g_getenv ("VG_SRCDIR"), "tests/fake_glance.py", NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GError) error = NULL;
  Fake *fake = g_new0 (Fake, 1);

  forget_credentials ();
  fake->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                        | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                    &error, "/usr/bin/python3", "-ESs", script,
                                    pem != NULL ? "--tls" : NULL, pem, NULL);
  g_assert_no_error (error);
  lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (fake->process));
  fake->url = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fake->url);
  g_mutex_init (&fake->lock);
  fake->http = vg_http_new (&options);
  return fake;
}

void
fake_free (Fake *fake)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (fake->process), NULL,
                         NULL);
  g_subprocess_wait (fake->process, NULL, NULL);
  g_object_unref (fake->process);
  vg_http_free (fake->http);
  g_mutex_clear (&fake->lock);
  g_free (fake->url);
  g_free (fake);
}

void
fake_control (Fake *fake, const char *order)
{
  g_autofree char *content = g_strdup (order);
  g_autoptr (VgJson) json = NULL;

  json = send_request (fake, "POST", "/_control",
                       g_strdelimit (content, "'", '"'));
}

void
fake_reset (Fake *fake, const char *order)
{
  fake_control (fake, "{'reset': true}");
  if (order != NULL)
    fake_control (fake, order);
}

VgJson *
fake_log (Fake *fake)
{
  g_autoptr (VgJson) json = send_request (fake, "GET", "/_log", NULL);

  return json_object_get (vg_json_get_array (json, "requests"));
}

static gboolean
request_matches (VgJson *request, const char *method, const char *path)
{
  return g_strcmp0 (vg_json_get_string (request, "method"), method) == 0
         && g_strcmp0 (vg_json_get_string (request, "path"), path) == 0;
}

guint
fake_count (Fake *fake, const char *method, const char *path)
{
  g_autoptr (VgJson) log = fake_log (fake);
  guint count = 0;

  for (gsize i = 0; i < json_object_array_length (log); i++)
    count += request_matches (json_object_array_get_idx (log, i), method, path);
  return count;
}

VgJson *
fake_last (Fake *fake, const char *method, const char *path)
{
  g_autoptr (VgJson) log = fake_log (fake);

  for (gsize i = json_object_array_length (log); i-- > 0;) {
    VgJson *request = json_object_array_get_idx (log, i);

    if (request_matches (request, method, path))
      return json_object_get (request);
  }
  g_error ("no %s %s was asked", method, path);
}

VgJson *
fake_images (Fake *fake)
{
  g_autoptr (VgJson) json = send_request (fake, "GET", "/_images", NULL);

  return json_object_get (vg_json_get_array (json, "images"));
}

VgJson *
fake_image (Fake *fake, const char *id)
{
  g_autoptr (VgJson) images = fake_images (fake);

  for (gsize i = 0; i < json_object_array_length (images); i++) {
    VgJson *image = json_object_array_get_idx (images, i);

    if (g_strcmp0 (vg_json_get_string (image, "id"), id) == 0)
      return json_object_get (image);
  }
  return NULL;
}

VgConfig *
fake_config (Fake *fake)
{
  VgConfig *config = vg_config_new ();

  config->auth_url = g_strconcat (fake->url, "/v3", NULL);
  config->username = g_strdup ("demo");
  config->password = g_strdup ("secret");
  config->project_name = g_strdup ("demo");
  config->timeout = 4; /* longer than any delay of the fake */
  config->num_retries = 2;
  return config;
}

VgGlance *
fake_session (const VgConfig *config)
{
  g_autoptr (GError) error = NULL;
  VgGlance *glance = vg_glance_new (config, &error);

  g_assert_no_error (error);
  vg_http_set_pause (glance->http, 10);
  return glance;
}

void
fake_make_image (VgGlance *glance)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) body = json_object_new_object ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_json_set_string (body, "id", FAKE_IMAGE);
  vg_json_set_string (body, "name", "snap");
  vg_json_set_string (body, "disk_format", "qcow2");
  vg_json_set_string (body, "container_format", "bare");
  record = vg_glance_create_image (glance, body, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (record->status, ==, "queued");
}

static gssize
read_body (VgBody *base, void *buf, gsize n, GError **error)
{
  FakeBody *body = (FakeBody *) base;
  guint64 end = MIN (body->end_at, body->fail_at);
  guchar *bytes = buf;

  if (body->at >= body->fail_at) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "the disk is on fire");
    return -1;
  }
  n = MIN (n, end - body->at);
  for (gsize i = 0; i < n; i++)
    bytes[i] = (guchar) ((body->at + i) * 2654435761u >> 13);
  body->at += n;
  return (gssize) n;
}

static gboolean
rewind_body (VgBody *base, G_GNUC_UNUSED GError **error)
{
  FakeBody *body = (FakeBody *) base;

  body->at = 0;
  body->rewinds++;
  return TRUE;
}

static void
free_body (G_GNUC_UNUSED VgBody *base)
{
}

void
fake_body_init (FakeBody *body, guint64 length)
{
  memset (body, 0, sizeof *body);
  body->base.length = length;
  body->base.read = read_body;
  body->base.rewind = rewind_body;
  body->base.free = free_body;
  body->fail_at = G_MAXUINT64;
  body->end_at = length;
}
