/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image service: https://docs.openstack.org/api-ref/image/v2/
 *
 * A VgGlance is a session: credentials, a token that is renewed before it
 * expires and after a 401, the endpoint from Keystone's catalog, and a
 * persistent connection. Use it from one thread at a time. Every call blocks
 * and can be cancelled (G_IO_ERROR_CANCELLED). Calls that are safe to repeat
 * are retried [glance] num_retries times with growing pauses (connection
 * refused or cut, 429 and 503 with their Retry-After, 500, 502, 504). Messages
 * never contain a secret.
 */
#pragma once

#include <gio/gio.h>

#include "glance/pace.h"
#include "inventory/error.h"
#include "inventory/stores.h"
#include "util/body.h"
#include "util/config.h"
#include "util/json.h"

typedef struct _VgGlance VgGlance;

/* Loads the credentials: OS_* variables (OS_CLOUD with clouds.yaml) if set,
 * else the configuration's. Sends no requests. config is borrowed and must
 * outlive the session. NULL with VG_GLANCE_ERROR_CONFIG. */
VgGlance *vg_glance_new (const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_glance_free (VgGlance *glance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGlance, vg_glance_free)

/* Limits later uploads to so many bytes a second (0: no limit), instead of
 * [glance] upload_rate. */
void vg_glance_set_upload_rate (VgGlance *glance, guint64 rate);

/* Keeps later uploads, besides, to a rate that may change meanwhile; ask NULL:
 * no more. data is borrowed. */
void vg_glance_set_upload_pace (VgGlance *glance, VgPaceRate ask,
                                gpointer data);

/* Authenticates and finds the endpoint. Optional: the other calls do so too. */
gboolean vg_glance_connect (VgGlance *glance, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The endpoint without /v2; borrowed; NULL before authentication. */
const char *vg_glance_get_endpoint (VgGlance *glance);

/* Whether Glance may still carry out the last call that changes something,
 * though it failed: no answer came, or only a gateway's. */
gboolean vg_glance_was_unanswered (const VgGlance *glance);

/* The project we authenticated to; static; NULL if unknown (no Keystone). */
const char *vg_glance_get_project_id (VgGlance *glance);

/* The stores; uses …/detail if policy permits. */
VgStores *vg_glance_get_stores (VgGlance *glance, GCancellable *cancellable,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

VgImageRecord *vg_glance_get_image (VgGlance *glance, const char *id,
                                    GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Creates the image record, queued. body: the request's JSON object. It has an
 * id chosen and journalled by the caller, so that a retry after a lost answer
 * finds a 409 and adopts the existing record. */
VgImageRecord *vg_glance_create_image (VgGlance *glance, VgJson *body,
                                       GCancellable *cancellable,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The visible images that match filters ("key", "value", …, NULL), newest
 * first: VgImageRecord. Glance may ignore an unknown filter. Free with
 * g_ptr_array_unref(). */
GPtrArray *vg_glance_list_images (VgGlance *glance, const char *const *filters,
                                  GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same without a bound on their number, page by page: visit gets each
 * record, and owns it. After an error it may have got some of them. */
typedef void (*VgImageVisit) (VgImageRecord *record, gpointer data);
gboolean vg_glance_visit_images (VgGlance *glance, const char *const *filters,
                                 VgImageVisit visit, gpointer data,
                                 GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes the image in any state. A missing image is success, and so is one
 * that Glance has left in the state "deleted". Not cancellable, because
 * rollback needs it. */
gboolean vg_glance_delete_image (VgGlance *glance, const char *id,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets or clears the image's deletion protection. Clearing it on a missing
 * image is success. */
gboolean vg_glance_protect_image (VgGlance *glance, const char *id,
                                  gboolean protect, GCancellable *cancellable,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds the project as a member of the image, whose visibility must be "shared".
 * *accepted: whether the membership could be accepted too, which only the
 * member or an administrator may do. */
gboolean vg_glance_share_image (VgGlance *glance, const char *id,
                                const char *project, gboolean *accepted,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const char *image_id;
  const char *store;     /* X-Image-Meta-Store; NULL: no header */
  const char *base_ref;  /* X-OpenStack-Base-Image-Ref; NULL: no header */
  const char *hash_algo; /* the algorithm that Glance probably uses ("sha512"),
                            e.g. from the base image's record; NULL: sha512 */
  /* Called every 100 ms or so by the uploading thread. sent rises to total, and
   * falls back to 0 on a retry. May be NULL. */
  void (*progress) (guint64 sent, guint64 total, gpointer data);
  gpointer progress_data;
} VgUpload;

/* Uploads body (borrowed) with a Content-Length, waits until the image is
 * active, and compares size and hash. Retries rewind the body. Errors of the
 * body are returned unchanged; the image is queued then, or will be soon.
 * Returns the active record. Errors: CONTENT, QUOTA, STORE, INTEGRITY (the
 * image is active but wrong: delete it), STUCK (delete it, and upload to a new
 * image), and the others. */
VgImageRecord *vg_glance_upload (VgGlance *glance, const VgUpload *upload,
                                 VgBody *body, GCancellable *cancellable,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds the location of existing data (url: "rbd://FSID/POOL/IMAGE/SNAP") to a
 * queued image instead of an upload, and waits until the image is active, up to
 * [glance] timeout after each change. Returns the active record. Errors:
 * LOCATION (Glance accepts no locations from us; the image is still queued:
 * upload it), INTEGRITY (Glance added the location and removed it again, and
 * may have deleted the data there), CONFLICT (the image is not queued),
 * NOT_FOUND, and the others. */
VgImageRecord *vg_glance_add_location (VgGlance *glance, const char *id,
                                       const char *url,
                                       GCancellable *cancellable,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Copies an active image to more stores with the import method copy-image.
 * Waits until the copies exist, have failed, or made no progress for timeout_s
 * seconds. The image stays active in any case. */
gboolean vg_glance_copy_image (VgGlance *glance, const char *id,
                               const char *const *stores, guint timeout_s,
                               GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
