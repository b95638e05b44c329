/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One job per domain: a lock that ends with its process. */
#pragma once

#include <glib.h>

#define VG_LOCK_ERROR (vg_lock_error_quark ())
typedef enum {
  VG_LOCK_ERROR_HELD, /* another job has the lock; the message names it */
  VG_LOCK_ERROR_FAILED,
} VgLockError;
GQuark vg_lock_error_quark (void);

typedef struct _VgLock VgLock;

/* Takes the lock of the domain with that UUID for a job, without waiting. */
VgLock *vg_lock_take (const char *state_path, const char *uuid,
                      const char *job_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_lock_free (VgLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgLock, vg_lock_free)

/* How much of the job is done, for who looks at it; up to 100. */
void vg_lock_set_percent (VgLock *lock, guint percent);

/* The value that the job with that id set last, or -1. */
int vg_lock_get_percent (const char *state_path, const char *uuid,
                         const char *job_id);

/* Whether it could be taken now; takes and makes nothing. The same errors. */
gboolean vg_lock_try (const char *state_path, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether that job holds the domain's lock at this moment, so is alive. */
gboolean vg_lock_holds_job (const char *state_path, const char *uuid,
                            const char *job_id);
