/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets are taken out of texts however they are written there. */
#include "util/redact.h"

typedef struct {
  const char *secret, *text, *wanted;
} Case;

static const Case cases[] = {
  { "hush", "a hush, hush", "a ***, ***" },
  { "abc", "abc", "abc" },
  { "p\"\\w\xc3\xa4", "x \"p\\\"\\\\w\\u00e4\" y", "x \"***\" y" },
  { "p\"\\w\xc3\xa4", "p%22%5Cw%c3%a4 and p&quot;\\w&#xe4;", "*** and ***" },
  { "<b>  x</b>", "say <b>  x</b>", "say ***" },
  { "<b>  x</b>", "say &lt;b&gt;  x&lt;/b&gt; and &#60;b&#062;  x&#x3c/b>",
    "say *** and ***" },
  { "<b>  x</b>", "\\u003Cb>  x<\\/b\\u003e", "***" },
  { "a/b\nc d", "a\\/b\\nc d a%2Fb%0Ac+d a\\x2fb\\012c\\x20d", "*** *** ***" },
  { "q\"q&q", "{\\\"m\\\": \\\"q\\\\\\\"q&amp;q\\\"}",
    "{\\\"m\\\": \\\"***\\\"}" },
  { "a\\b%41c", "a\\\\b%41c a\\b%2541c", "*** ***" },
  { "\xf0\x9f\x98\x80!!", "\\ud83d\\ude00!! \\U0001f600!!", "*** ***" },
  { "0123456789", "a 01234567 b 0123456 c", "a *** b 0123456 c" },
  { "0123456789", "cut: 0123", "cut: ***" },
  { "0123456789", "cut: 012", "cut: 012" },
  { "Pa55&w\"rd", "UGE1NSZ3InJk, eFBhNTUmdyJyZA==, eHhQYTU1JnciCmQ",
    "***, e***==, eHhQYTU1JnciCmQ" },
  { "Pa55&w\"rd", "Basic ZGVtbzpQYTU1JnciXJk= ZGVtbzpQYTU1JncicmQ=",
    "Basic ZGVtbzpQYTU1JnciXJk= ZGVtbz***=" },
  { "Pa55&w\"rd",
    "5061353526772272 64; x=50613535267722726, 506135352677227264",
    "***; x***6, ***" },
  { "Pa55&w\"rd", "&#000000000080;a55&w\"rd &#x0000000000050;a55&w\"rd",
    "*** ***" },
  { "Pa55&w\"rd", "%u0050a55&w\"rd =50a55&w\"rd \\u{50}a55&w\"rd",
    "*** *** ***" },
  { "Pa55&w\"rd",
    "Pa55&\r\n w\"rd, Pa55&\x1b[1;31mw\"rd, Pa55&\xe2\x80\x8bw\"rd",
    "***, ***, ***" },
  /* Its beginning is cut off. */
  { "Pa55&w\"rd-42", "said: 5&w\"rd-42, 5&amp;w&quot;rd-42", "said: ***, ***" },
  { "Pa55&w\"rd-42", "not w\"rd-42, but ...w\"rd-42",
    "not w\"rd-42, but ...***" },
  { "Pa55&w\"rd-42", "rd-42 is wrong; w\"rd-42 too",
    "rd-42 is wrong; w\"rd-42 too" },
  { "Pa55&w\"rd42", "rd42 is wrong", "*** is wrong" },
  { "Pa55&w\"rd-42", "****d-42 xxxx-42, \xe2\x80\xa6rd-42.",
    "******* xxxx-42, \xe2\x80\xa6***." },
  { "gAAAAABl0Zk3xQ7T_9", "Zk3xQ7T_9 and BAl0Zk3xQ7T_8", "*** and BA***8" },
  { "gAAAAABl0Zk3xQ7T_9", "token=...T_9 ...Q7T_9x", "token=...T_9 ...Q7T_9x" },
  { "Pa55&w\"rd-42", "NSZ3InJkLTQy ZTUmdyJyZC00Mg==", "*** Z***==" },
  /* Words are not taken for parts of a secret that has them, unless long. */
  { "my-secret-password", "the password: a secret-password",
    "the password: a secret-password" },
  { "my-authentication", "authentication failed; see /v3/auth",
    "authentication failed; see /v3/auth" },
  { "horse authentication", "authentication house", "authentication house" },
  { "correct horse battery", "what: ct horse battery", "what: ***" },
  { "x-Glance 2024-11-29", "Glance 2024-11 of 2024-11-29",
    "Glance 2024-11 of 2024-11-29" },
  { "Account-404", "HTTP 404: Account 1", "HTTP 404: Account 1" },
  { "horseerror", "error: no; ... error ...error",
    "error: no; ... error ...***" },
  { "0123", "%&#;&#x;\\\\\\u12&am%4", "%&#;&#x;\\\\\\u12&am%4" },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *secrets[] = { "unused", cases[i].secret, NULL };
    g_autofree char *text = vg_redact (cases[i].text, secrets);

    g_assert_cmpstr (text, ==, cases[i].wanted);
  }
}

static void
test_none (void)
{
  static const char *const none[] = { NULL };
  g_autofree char *one = vg_redact ("hush", NULL);
  g_autofree char *two = vg_redact ("hush", none);
  g_autofree char *empty =
      vg_redact ("", (const char *const[]){ "hush", NULL });

  g_assert_cmpstr (one, ==, "hush");
  g_assert_cmpstr (two, ==, "hush");
  g_assert_cmpstr (empty, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redact/cases", test_cases);
  g_test_add_func ("/redact/none", test_none);
  return g_test_run ();
}
