/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which store somebody else's upload belongs in: each rule, what is left alone,
 * what is refused, and what Glance is asked for it, with whose token. */
#include <string.h>

#include "choose/decide.h"
#include "glance/caller.h"
#include "lib/glance-fake.h"

#define IMAGE "11111111-2222-4333-8444-555555555555"
#define BASE "4b1fe2c4-8a30-4a4e-b9e1-b8eb1a5d2f37"
#define OTHER "aaaaaaaa-2222-4333-8444-555555555555"
#define GONE "99999999-2222-4333-8444-555555555555"

static Fake *fake;

#define STORES                                                                 \
  "{'config': {'stores': [{'id': 'fast'}, {'id': 'cheap'},"                    \
  " {'id': 'reliable', 'default': 'true'},"                                    \
  " {'id': 'web', 'read-only': 'true'}], 'auth': false}, 'images': ["          \
  "{'id': '" BASE "', 'name': 'base', 'status': 'active', 'stores': 'fast',"   \
  " 'disk_format': 'raw', 'container_format': 'bare'},"                        \
  "{'id': '" OTHER "', 'name': 'other', 'status': 'active',"                   \
  " 'stores': 'cheap', 'disk_format': 'raw', 'container_format': 'bare',"      \
  " 'image_service:store_id': 'vanished'},"                                    \
  "{'id': '" IMAGE "', 'name': 'image', 'status': 'queued',"                   \
  " 'disk_format': 'raw', 'container_format': 'bare'%s}]}"

#define SNAPSHOT ", 'image_type': 'snapshot'"
#define OF_BASE ", 'base_image_ref': '" BASE "'"
#define NOTED(guest, project)                                                  \
  ", 'instance_uuid': '" guest "', 'owner': '" project "'"
#define PROPERTY(value) ", 'image_service:store_id': '" value "'"

typedef struct {
  const char *name;
  const char *record; /* further members */
  const char *store;  /* NULL: none is sent */
  const char *rule;   /* NULL: refused, or an error */
  VgUploadKind kind;
  const char *reason; /* pattern */
  const char *config; /* [glance] store */
  gboolean forbid_user;
  VgUploadFacts facts;
  gint code; /* of the error */
} Case;

static const VgUploadGuest of_flavor = { .flavor_store = "cheap" };
static const VgUploadGuest of_volume = { .volume_backed = TRUE };
static const VgUploadGuest of_image = { .image = BASE };

#define GUEST "77777777-2222-4333-8444-555555555555"
#define PROJECT "b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b"

/* The only guest of this host. */
static VgUploadGuest *
find_guest (const char *uuid, GCancellable *cancellable G_GNUC_UNUSED,
            gpointer data G_GNUC_UNUSED)
{
  VgUploadGuest *guest;

  if (strcmp (uuid, GUEST) != 0)
    return NULL;
  guest = g_new0 (VgUploadGuest, 1);
  guest->project = g_strdup (PROJECT);
  guest->flavor_store = g_strdup ("cheap");
  return guest;
}

#define SNAP VG_UPLOAD_SNAPSHOT
#define VOLUME VG_UPLOAD_VOLUME
#define OTHERS VG_UPLOAD_OTHER

static const Case cases[] = {
  { "base", SNAPSHOT OF_BASE, "fast", "base-image", SNAP, "*holds*" BASE "*" },
  { "backup", ", 'image_type': 'backup'" OF_BASE, "fast", "base-image",
    VG_UPLOAD_BACKUP, "*" },
  { "base-upper-case",
    SNAPSHOT ", 'base_image_ref': '4B1FE2C4-8A30-4A4E-B9E1-B8EB1A5D2F37'",
    "fast", "base-image", SNAP, "*" },
  { "plain", OF_BASE PROPERTY ("cheap"), NULL, "none", OTHERS,
    "*no snapshot, backup*" },
  { "plain-with-config", "", NULL, "none", OTHERS, "*", "cheap" },
  { "client", SNAPSHOT OF_BASE, NULL, "client", OTHERS, "*named*nope*",
    .facts.client_store = "nope" },
  { "property", SNAPSHOT OF_BASE PROPERTY ("cheap"), "cheap", "user", SNAP,
    "*property*", "reliable" },
  { "property-forbidden", SNAPSHOT OF_BASE PROPERTY ("cheap"), "fast",
    "base-image", SNAP, "*", .forbid_user = TRUE },
  { "property-empty", SNAPSHOT OF_BASE PROPERTY (""), "fast", "base-image",
    SNAP, "*" },
  { "property-unknown", SNAPSHOT OF_BASE PROPERTY ("nope"), NULL, NULL, SNAP,
    "*property image_service:store_id: the store 'nope' was not found*",
    .code = VG_GLANCE_ERROR_STORE },
  { "property-read-only", SNAPSHOT OF_BASE PROPERTY ("web"), NULL, NULL, SNAP,
    "*'web' is read-only*", .code = VG_GLANCE_ERROR_STORE },
  { "property-reserved", SNAPSHOT OF_BASE PROPERTY ("os_glance_staging_store"),
    NULL, NULL, SNAP, "*was not found*", .code = VG_GLANCE_ERROR_STORE },
  { "property-hostile", SNAPSHOT OF_BASE PROPERTY ("a\\nb"), NULL, NULL, SNAP,
    "*'a\\x0ab' was not found*", .code = VG_GLANCE_ERROR_STORE },
  { "property-inherited",
    SNAPSHOT ", 'base_image_ref': '" OTHER "'" PROPERTY ("vanished"), "cheap",
    "base-image", SNAP, "*" },
  { "config", SNAPSHOT OF_BASE, "reliable", "config", SNAP, "*?glance]*",
    "reliable" },
  { "config-unknown", SNAPSHOT OF_BASE, NULL, NULL, SNAP,
    "?glance] store: the store 'nope' was not found*", "nope",
    .code = VG_GLANCE_ERROR_STORE },
  { "config-not-for-volumes", "", "fast", "base-image", VOLUME, "*", "reliable",
    .facts.base_ref = BASE },
  { "volume", "", "fast", "base-image", VOLUME, "*", .facts.base_ref = BASE },
  { "volume-property", PROPERTY ("cheap"), "cheap", "user", VOLUME, "*",
    .facts.base_ref = BASE },
  { "volume-base-none", "", NULL, "default", VOLUME, "*is unknown*",
    .facts.base_ref = "None" },
  { "header-before-record", SNAPSHOT ", 'base_image_ref': '" OTHER "'", "fast",
    "base-image", VOLUME, "*", .facts.base_ref = BASE },
  /* Cinder's upload of a volume that was made from a snapshot has the
   * snapshot's properties; the header names the snapshot. */
  { "volume-of-snapshot", SNAPSHOT OF_BASE, "cheap", "base-image", VOLUME, "*",
    "reliable", .facts.base_ref = OTHER },
  { "volume-of-volumes-snapshot", SNAPSHOT, "fast", "base-image", VOLUME, "*",
    "reliable", .facts.base_ref = BASE },
  { "volume-of-snapshot-of-guest", SNAPSHOT OF_BASE NOTED (GUEST, PROJECT),
    "cheap", "base-image", VOLUME, "*", .facts.base_ref = OTHER,
    .facts.find_guest = find_guest },
  { "snapshot-with-header", SNAPSHOT OF_BASE, "reliable", "config", SNAP, "*",
    "reliable", .facts.base_ref = "4B1FE2C4-8A30-4A4E-B9E1-B8EB1A5D2F37" },
  { "snapshot-without-data",
    SNAPSHOT OF_BASE PROPERTY ("nope") ", 'block_device_mapping': '[]'", NULL,
    "none", OTHERS, "*no data*", "reliable" },
  { "base-gone", SNAPSHOT ", 'base_image_ref': '" GONE "'", NULL, "default",
    SNAP, "*" GONE " was deleted or is not visible*" },
  { "base-unknown", SNAPSHOT ", 'base_image_ref': ''", NULL, "default", SNAP,
    "*base image is unknown*" },
  { "guest-flavor", SNAPSHOT OF_BASE, "cheap", "config", SNAP, "*flavor*",
    .facts.guest = &of_flavor },
  { "guest-volume", SNAPSHOT OF_BASE, NULL, "default", SNAP, "*is a volume*",
    .facts.guest = &of_volume },
  { "guest-image", SNAPSHOT, "fast", "base-image", SNAP, "*",
    .facts.guest = &of_image },
  { "guest-found", SNAPSHOT OF_BASE NOTED (GUEST, PROJECT), "cheap", "config",
    SNAP, "*flavor*", .facts.find_guest = find_guest },
  { "guest-of-nobody", SNAPSHOT OF_BASE NOTED (OTHER, PROJECT), "fast",
    "base-image", SNAP, "*", .facts.find_guest = find_guest },
  { "guest-of-others", SNAPSHOT OF_BASE NOTED (GUEST, "somebody"), "fast",
    "base-image", SNAP, "*", .facts.find_guest = find_guest },
  { "guest-not-looked-for", SNAPSHOT OF_BASE NOTED (GUEST, PROJECT), "fast",
    "base-image", SNAP, "*" },
  { "guest-hostile", SNAPSHOT OF_BASE NOTED ("../1", PROJECT), "fast",
    "base-image", SNAP, "*", .facts.find_guest = find_guest },
  { "image-gone", .reason = "*" GONE "*", .facts.image = GONE,
    .code = VG_GLANCE_ERROR_NOT_FOUND },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *order =
      g_strdup_printf (STORES, test->record != NULL ? test->record : "");
  VgCaller caller = { .token = "token-of-the-caller" };
  VgUploadFacts facts = test->facts;
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgGlance) glance = NULL;
  g_autoptr (VgDecision) decision = NULL;
  g_autoptr (GError) error = NULL;

  fake_reset (fake, order);
  config->endpoint_override = g_strdup (fake->url);
  config->store = g_strdup (test->config);
  config->allow_user_store = !test->forbid_user;
  glance = vg_glance_new_for_callers (config, 10, &error);
  g_assert_no_error (error);
  vg_glance_set_caller (glance, &caller);
  if (facts.image == NULL)
    facts.image = IMAGE;
  decision = vg_decide (glance, config, &facts, NULL, &error);
  if (test->rule == NULL) {
    g_assert_null (decision);
    g_assert_error (error, VG_GLANCE_ERROR, test->code);
    g_test_message ("%s", error->message);
    g_assert_true (g_pattern_match_simple (test->reason, error->message));
    return;
  }
  g_assert_no_error (error);
  g_test_message ("%s: %s", decision->rule, decision->reason);
  g_assert_cmpstr (decision->store, ==, test->store);
  g_assert_cmpstr (decision->rule, ==, test->rule);
  g_assert_cmpint (decision->kind, ==, test->kind);
  g_assert_true (g_pattern_match_simple (test->reason, decision->reason));
}

/* Each caller's own token goes to Glance, with those headers, and nothing else
 * is asked. */
static void
test_caller (void)
{
  g_autofree char *order = g_strdup_printf (STORES, SNAPSHOT OF_BASE);
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgGlance) glance = NULL;
  g_autoptr (VgJson) log = NULL;
  g_autoptr (GError) error = NULL;
  VgUploadFacts facts = { .image = IMAGE };
  const VgCaller callers[] = {
    { "token-a", "service-a", "req-11111111-2222-4333-8444-555555555555" },
    { "token-b", NULL, NULL },
    { NULL, NULL, NULL },
  };

  fake_reset (fake, order);
  config->endpoint_override = g_strconcat (fake->url, "/v2/", NULL);
  glance = vg_glance_new_for_callers (config, 10, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++) {
    g_autoptr (VgDecision) decision = NULL;

    vg_glance_set_caller (glance, &callers[i]);
    decision = vg_decide (glance, config, &facts, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (decision->store, ==, "fast");
  }
  log = fake_log (fake);
  g_assert_cmpuint (json_object_array_length (log), ==, 9);
  for (gsize i = 0; i < 9; i++) {
    VgJson *request = json_object_array_get_idx (log, i);
    VgJson *headers = vg_json_get (request, "headers");
    const VgCaller *caller = &callers[i / 3];

    g_assert_cmpstr (vg_json_get_string (headers, "x-auth-token"), ==,
                     caller->token);
    g_assert_cmpstr (vg_json_get_string (headers, "x-service-token"), ==,
                     caller->service_token);
    g_assert_cmpstr (vg_json_get_string (headers, "x-openstack-request-id"), ==,
                     caller->request_id);
    g_assert_cmpint (
        vg_json_get_int (request, "connection", -1), ==,
        vg_json_get_int (json_object_array_get_idx (log, 0), "connection", -2));
  }
}

static void
test_no_address (void)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_glance_new_for_callers (config, 10, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "endpoint_override"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fake = fake_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/decide/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/decide/caller", test_caller);
  g_test_add_func ("/decide/no-address", test_no_address);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
