/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the credentials work, found out before an order needs them. */
#pragma once

#include <gio/gio.h>

#include "util/config.h"

typedef struct _VgCredentialsWatch VgCredentialsWatch;

/* Gets a token now and every quarter of an hour, in a thread of its own. Logs
 * a warning if that fails, once for each reason, and when it works again.
 * config is borrowed. Never NULL; without a thread, which is logged, it does
 * nothing. */
VgCredentialsWatch *vg_credentials_watch_new (const VgConfig *config);

/* Ends the thread, promptly. */
void vg_credentials_watch_free (VgCredentialsWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCredentialsWatch, vg_credentials_watch_free)

/* One try. *complaint: what the last one logged, or NULL; replaced. */
void vg_credentials_check (const VgConfig *config, char **complaint,
                           GCancellable *cancellable);
