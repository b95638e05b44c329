/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The body of a failed answer, which may echo secrets: the message has none of
 * them. The first line is the content type. */
#include "fuzz/fuzz.h"
#include "glance/fault.h"

#include <string.h>

#define TOKEN "gAAAAABtoken-Zq"
#define PASSWORD "p<a>ss \"w&rd  Xy"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const secrets[] = { TOKEN, PASSWORD, NULL };
  g_auto (VgHttpAnswer) answer = { .status = 500 };
  const uint8_t *end = memchr (data, '\n', size);
  size_t line = end != NULL ? (size_t) (end - data) : 0;
  g_autoptr (GError) error = NULL;

  answer.content_type = g_strndup ((const char *) data, line);
  answer.request_id = g_strdup ("req-" TOKEN);
  answer.body =
      g_string_new_len ((const char *) data + line, (gssize) (size - line));
  error = vg_fault_new ("Glance", "create an image", &answer, secrets);
  g_assert_nonnull (error);
  fuzz_check_result (FALSE, error);
  g_assert_null (strstr (error->message, TOKEN));
  g_assert_null (strstr (error->message, PASSWORD));
  return 0;
}
