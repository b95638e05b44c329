/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells ThreadSanitizer how GLib synchronises threads, for programs of
 * --enable-thread-sanitizer. GLib itself is not instrumented, and its mutexes
 * are futexes: without this, all that they protect looks like a race. Each
 * function here stands in front of GLib's, calls that, and tells the order of
 * memory that GLib promises, no other. (Threads are pthread's, which
 * ThreadSanitizer knows. GLib's calls of itself don't come by here, those of
 * GObject, GIO and libvirt do.) */
#include "lib/tsan-glib.h"

#include <dlfcn.h>
#include <gio/gio.h>

extern void __tsan_init (void);

/* (Constructors of libraries come here before ThreadSanitizer is ready. A
 * module may have brought GIO.) */
gpointer
tsan_glib_find (const char *name)
{
  gpointer function, gio;

  __tsan_init ();
  function = dlsym (RTLD_NEXT, name);
  if (function == NULL) {
    gio = dlopen ("libgio-2.0.so.0", RTLD_LAZY | RTLD_NOLOAD);
    function = gio != NULL ? dlsym (gio, name) : NULL;
  }
  if (function == NULL)
    abort ();
  return function;
}

/* ThreadSanitizer ignores what GLib does with its own memory (see
 * tests/threads.supp), but not the end of ours. */
void
g_free (gpointer memory)
{
  free (memory);
}

/* GMutex and GCond. A static mutex is never cleared. */

void
g_mutex_init (GMutex *mutex)
{
  REAL (g_mutex_init)
  real (mutex);
  __tsan_mutex_create (mutex, 0);
}

void
g_mutex_clear (GMutex *mutex)
{
  REAL (g_mutex_clear)
  __tsan_mutex_destroy (mutex, __tsan_mutex_linker_init);
  real (mutex);
}

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock)
  __tsan_mutex_pre_lock (mutex, __tsan_mutex_linker_init);
  real (mutex);
  __tsan_mutex_post_lock (mutex, __tsan_mutex_linker_init, 0);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  const unsigned flags = __tsan_mutex_linker_init | __tsan_mutex_try_lock;
  gboolean locked;
  REAL (g_mutex_trylock)

  __tsan_mutex_pre_lock (mutex, flags);
  locked = real (mutex);
  __tsan_mutex_post_lock (
      mutex, flags | (locked ? 0 : __tsan_mutex_try_lock_failed), 0);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  REAL (g_mutex_unlock)
  __tsan_mutex_pre_unlock (mutex, 0);
  real (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

static void
begin_wait (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
}

static void
end_wait (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, __tsan_mutex_linker_init);
  __tsan_mutex_post_lock (mutex, __tsan_mutex_linker_init, 0);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  REAL (g_cond_wait)
  begin_wait (mutex);
  real (cond, mutex);
  end_wait (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;
  REAL (g_cond_wait_until)

  begin_wait (mutex);
  signalled = real (cond, mutex, end_time);
  end_wait (mutex);
  return signalled;
}

/* GRecMutex and GRWLock, which GObject uses. */

#define RECURSIVE (__tsan_mutex_linker_init | __tsan_mutex_write_reentrant)

void
g_rec_mutex_lock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_lock)
  __tsan_mutex_pre_lock (mutex, RECURSIVE);
  real (mutex);
  __tsan_mutex_post_lock (mutex, RECURSIVE, 0);
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_unlock)
  __tsan_mutex_pre_unlock (mutex, 0);
  real (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

void
g_rw_lock_writer_lock (GRWLock *lock)
{
  REAL (g_rw_lock_writer_lock)
  __tsan_mutex_pre_lock (lock, __tsan_mutex_linker_init);
  real (lock);
  __tsan_mutex_post_lock (lock, __tsan_mutex_linker_init, 0);
}

void
g_rw_lock_writer_unlock (GRWLock *lock)
{
  REAL (g_rw_lock_writer_unlock)
  __tsan_mutex_pre_unlock (lock, 0);
  real (lock);
  __tsan_mutex_post_unlock (lock, 0);
}

void
g_rw_lock_reader_lock (GRWLock *lock)
{
  const unsigned flags = __tsan_mutex_linker_init | __tsan_mutex_read_lock;
  REAL (g_rw_lock_reader_lock)

  __tsan_mutex_pre_lock (lock, flags);
  real (lock);
  __tsan_mutex_post_lock (lock, flags, 0);
}

void
g_rw_lock_reader_unlock (GRWLock *lock)
{
  REAL (g_rw_lock_reader_unlock)
  __tsan_mutex_pre_unlock (lock, __tsan_mutex_read_lock);
  real (lock);
  __tsan_mutex_post_unlock (lock, __tsan_mutex_read_lock);
}

/* Initialisation at the first use. Later uses load the variable atomically, in
 * code that is instrumented: so what is released is that variable. */

#undef g_once
#undef g_once_init_enter
#undef g_once_init_leave

typedef struct {
  GOnce *once;
  GThreadFunc function;
  gpointer data;
} OnceCall;

static gpointer
call_once_function (gpointer data)
{
  OnceCall *call = data;
  gpointer result = call->function (call->data);

  __tsan_release ((void *) &call->once->status);
  return result;
}

gpointer
g_once_impl (GOnce *once, GThreadFunc function, gpointer data)
{
  OnceCall call = { once, function, data };
  gpointer result;
  REAL (g_once_impl)

  result = real (once, call_once_function, &call);
  __tsan_acquire ((void *) &once->status);
  return result;
}

gboolean (g_once_init_enter) (volatile void *location)
{
  gboolean first;
  REAL (g_once_init_enter)

  first = real (location);
  __tsan_acquire ((void *) location);
  return first;
}

void (g_once_init_leave) (volatile void *location, gsize result)
{
  REAL (g_once_init_leave)
  __tsan_release ((void *) location);
  real (location, result);
}

/* Counted references: what was done with an object comes before its end. */

gboolean (g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  gboolean last;
  REAL (g_atomic_ref_count_dec)

  __tsan_release (count);
  last = real (count);
  if (last)
    __tsan_acquire (count);
  return last;
}

static __thread GDestroyNotify clear_box;

static void
clear_acquired (gpointer box)
{
  __tsan_acquire (box);
  if (clear_box != NULL)
    clear_box (box);
}

void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  GDestroyNotify outer = clear_box;
  REAL (g_atomic_rc_box_release_full)

  clear_box = clear;
  __tsan_release (box);
  real (box, clear_acquired);
  clear_box = outer;
}

void
g_atomic_rc_box_release (gpointer box)
{
  g_atomic_rc_box_release_full (box, NULL);
}

/* (GLib's own decrement is a barrier for all who drop a reference.) */
void
g_object_unref (gpointer object)
{
  REAL (g_object_unref)
  __tsan_release (object);
  __tsan_acquire (object);
  real (object);
}
