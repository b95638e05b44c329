/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that echoes a secret: no message has it, nor a part of it. */
#include <string.h>

#include "glance/fault.h"

typedef struct {
  const char *name, *secret, *before, *echo; /* the body's text */
} Case;

static const Case cases[] = {
  { "tags", "x<b>  y</b>zz", "{\"message\": \"", "no x<b>  y</b>zz here\"}" },
  { "spaces", "two  spaces", "<p>", "no two  spaces here</p>" },
  { "json", "quo\"te\\back", "{\"message\": \"",
    "no quo\\\"te\\\\back here\"}" },
  { "entities", "a<b&c\"d", "<p>", "no a&lt;b&amp;c&quot;d here</p>" },
  { "percent", "a b/c?dd", "", "no a%20b%2Fc%3Fdd here" },
  { "line", "Zwei Worte", "", "no Zwei\nWorte here" },
};

static void
assert_silent (const char *message, const char *secret)
{
  for (gsize i = 0; i + 4 <= strlen (secret); i++) {
    g_autofree char *part = g_strndup (secret + i, 4);

    if (strstr (message, part) != NULL)
      g_error ("'%s' in: %s", part, message);
  }
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  const char *secrets[] = { c->secret, NULL };

  /* Also where the text is cut after 400 characters. */
  for (guint i = 0; i < 410; i += i < 380 ? 380 : 1) {
    g_autofree char *filling = g_strnfill (i, '.');
    g_auto (VgHttpAnswer)
        answer = { .status = 409, .body = g_string_new (c->before) };
    g_autoptr (GError) error = NULL;

    g_string_append (answer.body, filling);
    g_string_append (answer.body, c->echo);
    error = vg_fault_new ("Keystone", "do it", &answer, secrets);
    assert_silent (error->message, c->secret);
    g_assert_true (i > 0 || strstr (error->message, "no *** here") != NULL);
  }
}

/* The token is longer than what is shown of an id, and is cut there. */
static void
test_request_id (void)
{
  g_autofree char *token = g_strnfill (180, 'A');
  const char *secrets[] = { token, NULL };
  g_auto (VgHttpAnswer)
      answer = { .status = 409,
                 .body = g_string_new (NULL),
                 .request_id = g_strconcat ("req-", token, NULL) };
  g_autoptr (GError) error = vg_fault_new ("Glance", "do it", &answer, secrets);

  g_assert_cmpstr (error->message, ==,
                   "can't do it: Glance answered HTTP 409 (Conflict) (request "
                   "req-***)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/echo/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/echo/request-id", test_request_id);
  return g_test_run ();
}
