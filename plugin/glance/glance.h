/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image service: https://docs.openstack.org/api-ref/image/v2/
 *
 * A VgGlance is a session: credentials, a token that is renewed before it
 * expires and after a 401, the endpoint found in Keystone's catalog, and a
 * connection that is kept. It is used by one thread at a time. Every call
 * blocks, may be cancelled (G_IO_ERROR_CANCELLED), and repeats what is safe to
 * repeat [glance] num_retries times with growing pauses (connection refused
 * or cut, 429 and 503 with their Retry-After, 500, 502, 504). No secret is
 * ever part of a message.
 */
#pragma once

#include <gio/gio.h>

#include "inventory/error.h"
#include "inventory/stores.h"
#include "util/body.h"
#include "util/config.h"
#include "util/json.h"

typedef struct _VgGlance VgGlance;

/* Gathers the credentials: OS_* variables (OS_CLOUD with clouds.yaml) where
 * they are set, else the configuration's. Asks nobody yet. config is borrowed
 * and must outlive it. NULL with VG_GLANCE_ERROR_CONFIG. */
VgGlance *vg_glance_new (const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_glance_free (VgGlance *glance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGlance, vg_glance_free)

/* Limits later uploads to so many bytes a second (0: no limit), instead of
 * [glance] upload_rate. */
void vg_glance_set_upload_rate (VgGlance *glance, guint64 rate);

/* Signs in and finds the endpoint; the other calls do it by themselves. */
gboolean vg_glance_connect (VgGlance *glance, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The endpoint without /v2, once connected; borrowed, NULL before. */
const char *vg_glance_get_endpoint (VgGlance *glance);

/* The project signed in to; borrowed; NULL where unknown (no Keystone). */
const char *vg_glance_get_project_id (VgGlance *glance);

/* The stores; …/detail is read too where policy lets us. */
VgStores *vg_glance_get_stores (VgGlance *glance, GCancellable *cancellable,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

VgImageRecord *vg_glance_get_image (VgGlance *glance, const char *id,
                                    GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes the record, queued. body is the request's JSON object (with the id
 * that the caller chose and journalled: so a repeat after a lost answer finds
 * 409 and takes the record that is there as its own). */
VgImageRecord *vg_glance_create_image (VgGlance *glance, VgJson *body,
                                       GCancellable *cancellable,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The images, newest first, that filters ("key", "value", …, NULL) leave of
 * those that we may see: VgImageRecord. Glance may pass over a filter that it
 * doesn't know. Free with g_ptr_array_unref(). */
GPtrArray *vg_glance_list_images (VgGlance *glance, const char *const *filters,
                                  GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes the image, whatever its state; one that is not there is success.
 * Not cancellable: it is how things are undone. */
gboolean vg_glance_delete_image (VgGlance *glance, const char *id,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets whether the image can be deleted by nobody. To let one be deleted that
 * is not there is success. */
gboolean vg_glance_protect_image (VgGlance *glance, const char *id,
                                  gboolean protect, GCancellable *cancellable,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes the project a member of the image, which is "shared". *accepted:
 * whether that is accepted too: the member's to do, or an administrator's. */
gboolean vg_glance_share_image (VgGlance *glance, const char *id,
                                const char *project, gboolean *accepted,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const char *image_id;
  const char *store;     /* X-Image-Meta-Store, or NULL: no header */
  const char *base_ref;  /* X-OpenStack-Base-Image-Ref, or NULL: no header */
  const char *hash_algo; /* what Glance is expected to use ("sha512"), from the
                            base image's record, say; NULL: sha512 */
  /* Called now and then by the uploading thread, sent rising to total; falls
   * back to 0 when a try is repeated. May be NULL. */
  void (*progress) (guint64 sent, guint64 total, gpointer data);
  gpointer progress_data;
} VgUpload;

/* Uploads body (borrowed) with a Content-Length and waits until the image is
 * active; then compares size and hash. A try that failed and may be repeated
 * rewinds the body. An error of the body itself is handed on as it is, and
 * the image is queued again, or will be in a moment. Returns the active
 * record. Errors: CONTENT, QUOTA, STORE, INTEGRITY (the image is active, but
 * wrong: delete it), the others. */
VgImageRecord *vg_glance_upload (VgGlance *glance, const VgUpload *upload,
                                 VgBody *body, GCancellable *cancellable,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives a queued image its bytes by the place where they are already (url:
 * "rbd://FSID/POOL/IMAGE/SNAP"), instead of an upload, and waits until it is
 * active, for [glance] timeout after each change. Returns the active record.
 * Errors: LOCATION (Glance takes none from us; the image is queued as before:
 * upload it), INTEGRITY (Glance took it and gave it up, which may have deleted
 * what is there), CONFLICT (the image is not queued), NOT_FOUND, the others. */
VgImageRecord *vg_glance_add_location (VgGlance *glance, const char *id,
                                       const char *url,
                                       GCancellable *cancellable,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Copies an active image to more stores by the import method copy-image and
 * waits until it is there (or failed, or after timeout_s seconds without any
 * step forward). The image stays active whatever happens. */
gboolean vg_glance_copy_image (VgGlance *glance, const char *id,
                               const char *const *stores, guint timeout_s,
                               GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
