/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A test of ThreadSanitizer with tsan-glib.c: code that is right, "ok-…", and
 * code that has a race, "race-…", for each way of GLib to synchronise threads.
 * Prints the names of the cases; with a name carries that out. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* What two threads change. What keeps them apart is chosen by the case. */
typedef struct {
  GMutex lock;
  GCond changed;
  GOnce once;
  gsize initialised;
  GAsyncQueue *queue;
  GCancellable *cancellable;
  GMainLoop *loop;
  gboolean wrong; /* the case is a race */
  gint started;   /* atomic */
  int value;
} Case;

static void
change (Case *c)
{
  c->value++;
}

/* Both threads have begun, so no start or end of one orders them. */
static void
meet (Case *c)
{
  g_atomic_int_inc (&c->started);
  while (g_atomic_int_get (&c->started) < 2)
    g_thread_yield ();
}

static gpointer
use_nothing (gpointer data)
{
  meet (data);
  change (data);
  return NULL;
}

static gpointer
use_mutex (gpointer data)
{
  Case *c = data;

  meet (c);
  g_mutex_lock (&c->lock);
  if (!c->wrong)
    change (c);
  g_mutex_unlock (&c->lock);
  if (c->wrong)
    change (c);
  return NULL;
}

static gpointer
use_trylock (gpointer data)
{
  Case *c = data;
  gboolean locked;

  meet (c);
  while (!(locked = g_mutex_trylock (&c->lock)) && !c->wrong)
    g_thread_yield ();
  change (c);
  if (locked && !c->wrong)
    g_mutex_unlock (&c->lock);
  return NULL;
}

/* The other thread sets the value and signals; this one waits. */
static gpointer
use_cond (gpointer data)
{
  Case *c = data;

  g_mutex_lock (&c->lock);
  if (!c->wrong)
    c->value = 1;
  g_atomic_int_set (&c->started, 1);
  g_cond_signal (&c->changed);
  g_mutex_unlock (&c->lock);
  if (c->wrong)
    change (c);
  return NULL;
}

static void
await_cond (Case *c)
{
  g_mutex_lock (&c->lock);
  while (!g_atomic_int_get (&c->started))
    g_cond_wait_until (&c->changed, &c->lock,
                       g_get_monotonic_time () + G_USEC_PER_SEC);
  change (c);
  g_mutex_unlock (&c->lock);
}

static gpointer
initialise (gpointer data)
{
  change (data);
  return data;
}

static gpointer
use_once (gpointer data)
{
  Case *c = data;
  int seen;

  meet (c);
  g_once (&c->once, initialise, c);
  seen = c->value;
  if (c->wrong)
    c->value = seen + 1;
  return NULL;
}

static gpointer
use_once_init (gpointer data)
{
  Case *c = data;
  int seen;

  meet (c);
  if (g_once_init_enter (&c->initialised)) {
    change (c);
    g_once_init_leave (&c->initialised, 1);
  }
  seen = c->value;
  if (c->wrong)
    c->value = seen + 1;
  return NULL;
}

static gpointer
take_from_queue (gpointer data)
{
  Case *c = data;

  change (g_async_queue_pop (c->queue));
  return NULL;
}

static void
change_item (gpointer item, gpointer data G_GNUC_UNUSED)
{
  change (item);
}

static gboolean
change_and_quit (gpointer data)
{
  Case *c = data;

  change (c);
  g_main_loop_quit (c->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
add_to_loop (gpointer data)
{
  Case *c = data;

  if (!c->wrong)
    change (c);
  g_idle_add (change_and_quit, c);
  if (c->wrong)
    change (c);
  return NULL;
}

static gpointer
cancel (gpointer data)
{
  Case *c = data;

  if (!c->wrong)
    change (c);
  g_cancellable_cancel (c->cancellable);
  if (c->wrong)
    change (c);
  return NULL;
}

typedef struct {
  Case *c;
  gint users; /* atomic */
  int own[2]; /* of each user */
} Box;

static void
clear_box (gpointer data)
{
  Box *box = data;

  box->own[0] += box->own[1];
}

/* Changes its part of the box while it has a reference, or c after that. */
static gpointer
drop_box (gpointer data)
{
  Box *box = data;
  Case *c = box->c;

  meet (c);
  box->own[g_atomic_int_add (&box->users, 1)]++;
  g_atomic_rc_box_release_full (box, clear_box);
  if (c->wrong)
    change (c);
  return NULL;
}

/* Runs it in two threads, of which this is one. */
static void
run_twice (Case *c, GThreadFunc function)
{
  GThread *thread = g_thread_new ("case", function, c);

  function (c);
  g_thread_join (thread);
}

static void
run_cond (Case *c)
{
  GThread *thread = g_thread_new ("case", use_cond, c);

  await_cond (c);
  g_thread_join (thread);
}

static void
run_queue (Case *c)
{
  GThread *thread = g_thread_new ("case", take_from_queue, c);

  if (!c->wrong)
    change (c);
  g_async_queue_push (c->queue, c);
  if (c->wrong)
    change (c);
  g_thread_join (thread);
}

static void
run_pool (Case *c)
{
  GThreadPool *pool = g_thread_pool_new (change_item, NULL, 2, FALSE, NULL);

  change (c);
  g_thread_pool_push (pool, c, NULL);
  if (c->wrong)
    change (c);
  g_thread_pool_free (pool, FALSE, TRUE);
  change (c);
}

static void
run_idle (Case *c)
{
  GThread *thread = g_thread_new ("case", add_to_loop, c);

  g_main_loop_run (c->loop);
  g_thread_join (thread);
}

static void
run_cancel (Case *c)
{
  GThread *thread = g_thread_new ("case", cancel, c);

  while (!g_cancellable_is_cancelled (c->cancellable))
    g_thread_yield ();
  change (c);
  g_thread_join (thread);
}

static void
run_box (Case *c)
{
  Box *box = g_atomic_rc_box_new0 (Box);
  GThread *thread;

  box->c = c;
  thread = g_thread_new ("case", drop_box, g_atomic_rc_box_acquire (box));
  drop_box (box);
  g_thread_join (thread);
}

static const struct {
  const char *name;
  void (*run) (Case *c);
  GThreadFunc twice;
} cases[] = {
  { "mutex", NULL, use_mutex },   { "trylock", NULL, use_trylock },
  { "cond", run_cond, NULL },     { "once", NULL, use_once },
  { "queue", run_queue, NULL },   { "once-init", NULL, use_once_init },
  { "pool", run_pool, NULL },     { "idle", run_idle, NULL },
  { "cancel", run_cancel, NULL }, { "box", run_box, NULL },
};

static void
run (const char *name, gsize i, gboolean wrong)
{
  Case c = { .once = G_ONCE_INIT, .wrong = wrong };

  g_mutex_init (&c.lock);
  g_cond_init (&c.changed);
  c.queue = g_async_queue_new ();
  c.cancellable = g_cancellable_new ();
  c.loop = g_main_loop_new (NULL, FALSE);
  if (cases[i].run != NULL)
    cases[i].run (&c);
  else
    run_twice (&c, cases[i].twice);
  g_main_loop_unref (c.loop);
  g_object_unref (c.cancellable);
  g_async_queue_unref (c.queue);
  printf ("%s: %d\n", name, c.value);
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    printf ("race-plain\n");
  else if (strcmp (argv[1], "race-plain") == 0)
    run_twice (&(Case){ 0 }, use_nothing);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gboolean wrong = FALSE; wrong <= TRUE; wrong++) {
      g_autofree char *name =
          g_strconcat (wrong ? "race-" : "ok-", cases[i].name, NULL);

      if (argc < 2)
        printf ("%s\n", name);
      else if (strcmp (argv[1], name) == 0)
        run (name, i, wrong);
    }
  return 0;
}
