/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sharing images. A project that is a member of an image can see and download
 * it by its id. The image appears in the project's lists after the membership
 * was accepted, which Glance permits only to the member itself or an
 * administrator. */
#include "glance/session.h"
#include "util/text.h"

#define MAX_SHOWN 80

/* The state of vg_glance_share_image(). */
typedef struct {
  VgGlance *glance;
  char *path; /* of the image's members */
  char *action;
  GCancellable *cancellable;
} Sharing;

static void
clear_sharing (Sharing *sharing)
{
  g_free (sharing->path);
  g_free (sharing->action);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sharing, clear_sharing)

/* A 409 means that the project already is a member, after a lost answer. */
static gboolean
add_member (const Sharing *sharing, const char *project, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (VgJson) body = json_object_new_object ();
  VgCall call = { .method = "POST",
                  .path = sharing->path,
                  .action = sharing->action,
                  .json = body };

  vg_json_set_string (body, "member", project);
  if (!vg_session_call (sharing->glance, &call, &answer, sharing->cancellable,
                        error))
    return FALSE;
  if (answer.status == 200 || answer.status == 409)
    return TRUE;
  return vg_session_throw (sharing->glance, sharing->action, &answer, error);
}

/* FALSE without error: only the member may accept. */
static gboolean
accept_membership (const Sharing *sharing, const char *project, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (VgJson) body = json_object_new_object ();
  g_autofree char *escaped = g_uri_escape_string (project, NULL, FALSE);
  g_autofree char *path = g_strconcat (sharing->path, "/", escaped, NULL);
  VgCall call = { .method = "PUT",
                  .path = path,
                  .action = sharing->action,
                  .json = body,
                  .once = TRUE };

  vg_json_set_string (body, "status", "accepted");
  return vg_session_call (sharing->glance, &call, &answer, sharing->cancellable,
                          error)
         && answer.status == 200;
}

gboolean
vg_glance_share_image (VgGlance *glance, const char *id, const char *project,
                       gboolean *accepted, GCancellable *cancellable,
                       GError **error)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *shown_project = vg_text_clean (project, MAX_SHOWN);
  g_auto (Sharing) sharing = {
    .glance = glance,
    .path = g_strconcat ("/v2/images/", escaped, "/members", NULL),
    .action = g_strdup_printf ("share image %s with project %s", shown,
                               shown_project),
    .cancellable = cancellable,
  };
  g_autoptr (GError) why = NULL;

  *accepted = FALSE;
  if (!add_member (&sharing, project, error))
    return FALSE;
  *accepted = accept_membership (&sharing, project, &why);
  if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}
