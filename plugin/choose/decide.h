/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which store an image that somebody else uploads belongs in: Nova's snapshot
 * or backup, Cinder's volume. The rules are those of our own uploads
 * (plan/store-choice.h); see virt-glance(1), "WHICH STORE". */
#pragma once

#include "choose/guest.h"
#include "glance/glance.h"
#include "plan/store-choice.h"

/* An upload that needs a store; all borrowed. Strings may be NULL. */
typedef struct {
  const char *image;        /* its id; NULL: of no image yet, but of a snapshot
                               of the guest below */
  const char *client_store; /* X-Image-Meta-Store, as the client sent it */
  const char *base_ref;     /* X-OpenStack-Base-Image-Ref, which Cinder sends */
  /* The guest of which it is an image; or NULL, and what finds the guest that
   * Nova has noted in the image's record; or NULL. */
  const VgUploadGuest *guest;
  VgFindUploadGuest find_guest;
  gpointer find_data;
} VgUploadFacts;

typedef enum {
  VG_UPLOAD_OTHER, /* somebody's image: left alone */
  VG_UPLOAD_SNAPSHOT,
  VG_UPLOAD_BACKUP,
  VG_UPLOAD_VOLUME,
} VgUploadKind;

/* "other", "snapshot", "backup", "volume": for --json and logs. */
const char *vg_upload_kind_to_string (VgUploadKind kind);

typedef struct {
  VgUploadKind kind;
  char *store;      /* to be sent as X-Image-Meta-Store; NULL: nothing is */
  const char *rule; /* static: "client", "user", "config", "base-image",
                       "default"; "none": left alone */
  char *reason;     /* one clause for people */
} VgDecision;

void vg_decision_free (VgDecision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDecision, vg_decision_free)

/* Asks Glance for the image, its stores, and the base image, as far as the
 * answer depends on them, and decides. Blocks. NULL with VG_GLANCE_ERROR_STORE
 * if a store that was named is not there or can't be written to: the upload
 * should be refused; with another error if Glance did not answer, or refused.
 */
VgDecision *vg_decide (VgGlance *glance, const VgConfig *config,
                       const VgUploadFacts *facts, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
