/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests that are cancelled, and one of a process that was suspended. */
#include <unistd.h>

#include "lib/session-fixture.h"

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (100 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* At once, while waiting for an answer or pausing. */
static void
test_cancel (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const rules[] = {
    "{'rules':[{'path':'/v2/.*','stall':0}]}",
    "{'rules':[{'path':'/v2/.*','status':503,"
    "'headers':['Retry-After: 100']}]}"
  };

  g_assert_true (vg_glance_connect (f->glance, NULL, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    gint64 begin = g_get_monotonic_time ();
    GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

    fake_control (fake, rules[i]);
    g_assert_null (
        vg_glance_get_image (f->glance, "i", cancellable, &f->error));
    g_thread_join (thread);
    g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&f->error);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 90 * G_USEC_PER_SEC);
  }
}

/* Cancels when Glance has begun to create an image, and lets it go on then. */
static gpointer
cancel_creation (gpointer cancellable)
{
  while (fake_count (fake, "POST", "/v2/images") == 0)
    g_usleep (10 * 1000);
  g_cancellable_cancel (cancellable);
  fake_control (fake, "{'release':true}");
  return NULL;
}

/* Else Glance could create the image after the caller has deleted it. */
static void
test_cancel_create (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgJson) body = json_object_new_object ();
  g_autoptr (VgJson) image = NULL;
  GThread *thread;

  g_assert_true (vg_glance_connect (f->glance, NULL, NULL));
  vg_json_set_string (body, "name", "one");
  fake_control (fake, "{'rules':[{'method':'POST','path':'/v2/images',"
                      "'hold':true}]}");
  thread = g_thread_new ("cancel", cancel_creation, cancellable);
  g_assert_null (
      vg_glance_create_image (f->glance, body, cancellable, &f->error));
  g_thread_join (thread);
  image = fake_image (fake, vg_json_get_string (body, "id"));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_nonnull (image);
}

/* Nothing is asked of Glance after a cancellation. */
static void
test_cancelled_before (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgJson) body = json_object_new_object ();

  g_assert_true (vg_glance_connect (f->glance, NULL, NULL));
  g_cancellable_cancel (cancellable);
  vg_json_set_string (body, "name", "one");
  g_assert_null (
      vg_glance_create_image (f->glance, body, cancellable, &f->error));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fake_count (fake, "POST", "/v2/images"), ==, 0);
}

/* A process that was suspended itself (SIGSTOP, or a suspended machine) must
 * not report a stall: the answer has arrived. */
static void
test_suspended (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *script =
      g_strdup_printf ("sleep 0.2; kill -STOP %d; sleep 4; kill -CONT %d",
                       (int) getpid (), (int) getpid ());
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  f->config->timeout = 2;
  fake_reset (fake, "{'rules':[{'path':'/v2/images/i','delay':0.6,"
                    "'status':404,'json':{}}]}");
  session_renew (f);
  g_assert_true (vg_glance_connect (f->glance, NULL, NULL));
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "/bin/sh", "-c",
                              script, NULL);
  g_assert_no_error (error);
  g_assert_null (vg_glance_get_image (f->glance, "i", NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*");
  g_assert_cmpuint (fake_count (fake, "GET", "/v2/images/i"), ==, 1);
  /* The next test is not to be suspended. */
  g_assert_true (g_subprocess_wait (process, NULL, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  session_fixture_add ("/glance-image/cancel", test_cancel);
  session_fixture_add ("/glance-image/cancel-create", test_cancel_create);
  session_fixture_add ("/glance-image/cancelled-before", test_cancelled_before);
  session_fixture_add ("/glance-image/suspended", test_suspended);
  return session_fixture_run ();
}
