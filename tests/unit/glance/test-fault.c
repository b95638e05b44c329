/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages for failed answers. */
#include <string.h>

#include "glance/fault.h"
#include "glance/url.h"

typedef struct {
  const char *name;
  guint status;
  const char *type; /* of the body; NULL: JSON */
  const char *body; /* or NULL */
  gint code;
  const char *expected; /* the message after "can't do it: Glance answered " */
} Case;

static const Case cases[] = {
  { "glance", 403, NULL,
    "{\"message\": \"You may not.<br /><br />\\n\\n\\n\", \"code\": "
    "\"403 Forbidden\", \"title\": \"Forbidden\"}",
    VG_GLANCE_ERROR_FORBIDDEN,
    "HTTP 403 (Forbidden): You may not; the policy does not permit this "
    "user and project to do that" },
  { "keystone", 409, NULL,
    "{\"error\": {\"code\": 409, \"message\": \"Twice.\", \"title\": \"C\"}}",
    VG_GLANCE_ERROR_CONFLICT, "HTTP 409 (Conflict): Twice" },
  { "title-only", 400, NULL, "{\"title\": \"Bad Request\"}",
    VG_GLANCE_ERROR_PROTOCOL,
    "HTTP 400 (Bad Request); change the value that it rejects (a name, a "
    "property, the format or the store); see Glance's log" },
  { "no-message", 404, NULL, "{\"message\": 7}", VG_GLANCE_ERROR_NOT_FOUND,
    "HTTP 404 (Not Found)" },
  { "null", 404, NULL, "null", VG_GLANCE_ERROR_NOT_FOUND,
    "HTTP 404 (Not Found): null" },
  { "html", 502, "text/html",
    "<!DOCTYPE html><html><head><title>x</title><style>b{}</style></head>\n"
    "<body><h1>Bad  gateway</h1><p>proxy&nbsp;&lt;b&gt; &amp;lt; 1 < 2"
    "<script>alert()</script></body></html>",
    VG_GLANCE_ERROR_UNAVAILABLE,
    "HTTP 502 (Bad Gateway): Bad gateway proxy <b> &lt; 1 < 2; try again "
    "later" },
  { "html-404", 404, "text/html", "<h1>Not here</h1>", VG_GLANCE_ERROR_PROTOCOL,
    "HTTP 404 (Not Found): Not here; the response is not from the service "
    "itself; check the endpoint's URL" },
  { "html-cut", 500, "text/html", "<html><body class=\"",
    VG_GLANCE_ERROR_UNAVAILABLE,
    "HTTP 500 (Internal Server Error); see the server's log" },
  { "json-cut", 500, NULL, "{\"message\": \"a", VG_GLANCE_ERROR_UNAVAILABLE,
    "HTTP 500 (Internal Server Error): {\"message\": \"a; see the server's "
    "log" },
  { "empty", 503, NULL, NULL, VG_GLANCE_ERROR_UNAVAILABLE,
    "HTTP 503 (Service Unavailable); try again later" },
  { "hostile", 409, "text/plain", "a\033[31mb\r\nc \xff d",
    VG_GLANCE_ERROR_CONFLICT, "HTTP 409 (Conflict): a\\x1b[31mb c \\xff d" },
  { "300", 300, NULL, "{\"versions\": []}", VG_GLANCE_ERROR_PROTOCOL,
    "HTTP 300 (Multiple Choices); this URL is not the image API; check "
    "endpoint_override or Keystone's catalog" },
  { "418", 418, NULL, NULL, VG_GLANCE_ERROR_PROTOCOL, "HTTP 418" },
  { "413", 413, NULL, NULL, VG_GLANCE_ERROR_QUOTA,
    "HTTP 413 (Request Entity Too Large); delete images or raise the quota" },
  { "429", 429, NULL, NULL, VG_GLANCE_ERROR_UNAVAILABLE,
    "HTTP 429 (Too Many Requests); try again later" },
  { "599", 599, NULL, NULL, VG_GLANCE_ERROR_UNAVAILABLE, "HTTP 599" },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_auto (VgHttpAnswer)
      answer = { .status = test->status,
                 .body = g_string_new (test->body),
                 .content_type =
                     g_strdup (test->type ? test->type : "application/json") };
  g_autoptr (GError) error = vg_fault_new ("Glance", "do it", &answer, NULL);
  g_autofree char *expected =
      g_strconcat ("can't do it: Glance answered ", test->expected, NULL);

  g_assert_error (error, VG_GLANCE_ERROR, test->code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_request_id (void)
{
  g_auto (VgHttpAnswer) answer = { .status = 409,
                                   .body = g_string_new (NULL),
                                   .request_id = g_strdup ("req-1\x1b") };
  g_autoptr (GError) error = vg_fault_new ("Glance", "do it", &answer, NULL);

  g_assert_cmpstr (error->message, ==,
                   "can't do it: Glance answered HTTP 409 (Conflict) (request "
                   "req-1\\x1b)");
}

static void
test_keystone_token (void)
{
  g_auto (VgHttpAnswer)
      answer = { .status = 404,
                 .body =
                     g_string_new ("{\"error\": {\"message\": \"No token\"}}"),
                 .content_type = g_strdup ("application/json") };
  g_autoptr (GError) token = vg_fault_new ("Keystone", "a", &answer, NULL);
  g_autoptr (GError) page = NULL;

  g_assert_error (token, VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH);
  g_assert_nonnull (strstr (token->message, "No token; check auth_url"));
  g_assert_nonnull (strstr (token->message, "OS_TOKEN"));
  g_free (answer.content_type);
  answer.content_type = g_strdup ("text/html");
  page = vg_fault_new ("Keystone", "a", &answer, NULL);
  g_assert_error (page, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
  g_assert_null (strstr (page->message, "OS_TOKEN"));
}

/* A long or malicious text is processed quickly and shortened. */
static void
test_long (void)
{
  g_auto (VgHttpAnswer) answer = { .status = 409, .body = g_string_new (NULL) };
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < 1000000; i++)
    g_string_append (answer.body, "<head>a ");
  error = vg_fault_new ("Glance", "do it", &answer, NULL);
  g_assert_cmpuint (strlen (error->message), <, 700);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
}

static void
test_redact (void)
{
  static const char *const secrets[] = { "is", "hush", "quota", NULL };
  g_auto (VgHttpAnswer) answer = {
    .status = 413,
    .body = g_string_new ("{\"message\": \"hush! it is <b>hush</b>\"}")
  };
  g_autoptr (GError) error = vg_fault_new ("Glance", "do it", &answer, secrets);

  g_assert_cmpstr (error->message, ==,
                   "can't do it: Glance answered HTTP 413 (Request Entity Too "
                   "Large): ***! it is ***; delete images or raise the quota");
}

static void
test_urls (void)
{
  static const char *const good[] = { "http://h", "https://h:9292/image",
                                      "http://[::1]:9292", NULL };
  static const char *const bad[] = { "",
                                     "h:9292",
                                     "ftp://h",
                                     "http://",
                                     "http://u@h",
                                     "http://u:hush@h",
                                     "http://h/?a=hush",
                                     "http://h/#x",
                                     "http://h h",
                                     "file:///etc/passwd",
                                     NULL };
  static const char *const loopback[] = { "http://127.0.0.1:1/x",
                                          "https://localhost",
                                          "http://[::1]:9292/",
                                          "http://127.8.9.1", NULL };
  static const char *const remote[] = { "http://192.0.2.1",
                                        "http://localhost.example",
                                        "http://[2001:db8::1]", "nonsense",
                                        NULL };

  for (gsize i = 0; good[i] != NULL; i++)
    g_assert_true (vg_url_check (good[i], "x", NULL));
  for (gsize i = 0; bad[i] != NULL; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (vg_url_check (bad[i], "auth_url", &error));
    g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
    g_assert_true (g_str_has_prefix (error->message, "auth_url "));
    g_assert_null (strstr (error->message, "hush"));
  }
  for (gsize i = 0; loopback[i] != NULL; i++)
    g_assert_true (vg_url_is_loopback (loopback[i]));
  for (gsize i = 0; remote[i] != NULL; i++)
    g_assert_false (vg_url_is_loopback (remote[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/fault/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/fault/request-id", test_request_id);
  g_test_add_func ("/fault/keystone-token", test_keystone_token);
  g_test_add_func ("/fault/long", test_long);
  g_test_add_func ("/fault/redact", test_redact);
  g_test_add_func ("/fault/urls", test_urls);
  return g_test_run ();
}
