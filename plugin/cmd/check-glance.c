/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file, the credentials and the stores. */
#include <errno.h>
#include <sys/stat.h>

#include "cmd/check.h"
#include "glance/glance.h"
#include "job/drain.h"

static gboolean
has_secret (const VgConfig *config)
{
  return config->password != NULL || config->token != NULL
         || config->application_credential_secret != NULL;
}

/* It was read before; what is wrong in it ends the program. */
void
vg_check_configuration (VgChecks *checks)
{
  const VgConfig *config = checks->config;
  struct stat st;

  vg_checks_begin (checks, "configuration");
  if (config->path == NULL)
    vg_checks_add (checks, VG_CHECK_OK, NULL, NULL,
                   "there is no file; the defaults apply");
  else if (has_secret (config) && stat (config->path, &st) == 0
           && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    vg_checks_add (checks, VG_CHECK_PROBLEM, config->path, "chmod 600 it",
                   "it holds a secret, and others than its owner may use it "
                   "(mode %03o)",
                   (guint) st.st_mode & 0777);
  else
    vg_checks_add (checks, VG_CHECK_OK, config->path, NULL, "it was read");
  if (vg_drain_is_on (config))
    vg_checks_add (checks, VG_CHECK_WARNING, config->drain_file,
                   "remove it when the host is in service again",
                   "this host is being drained: nothing new begins");
}

static void
check_stores (VgChecks *checks)
{
  const VgConfig *config = checks->config;
  gboolean ok =
      vg_check_store (checks, config->store, config->store, "[glance] store");

  for (guint i = 0; i < config->rbd_stores->len; i++) {
    const VgConfigStore *store = config->rbd_stores->pdata[i];

    ok = vg_check_store (checks, store->name, store->name,
                         "a section [store:NAME]")
         && ok;
  }
  if (ok)
    vg_checks_add (checks, VG_CHECK_OK, NULL, NULL,
                   "Glance has %u named store%s", checks->stores->list->len,
                   checks->stores->list->len == 1 ? "" : "s");
}

static VgStores *
ask_glance (VgChecks *checks, VgGlance *glance, GError **error)
{
  const char *project;

  if (!vg_glance_connect (glance, checks->cancellable, error))
    return NULL;
  project = vg_glance_get_project_id (glance);
  vg_checks_add (checks, VG_CHECK_OK, NULL, NULL,
                 "there is a token%s%s, and Glance is at %s",
                 project != NULL ? " for the project " : "",
                 project != NULL ? project : "",
                 vg_glance_get_endpoint (glance));
  vg_checks_begin (checks, "stores");
  return vg_glance_get_stores (glance, checks->cancellable, error);
}

static const char *
advise (const GError *error)
{
  if (g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE))
    return "check auth_url and endpoint_override, the network and the services";
  if (g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH)
      || g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN))
    return "check the credentials in [glance] or OS_*, and their roles";
  return "see CREDENTIALS in virt-glance.conf(5)";
}

void
vg_check_glance (VgChecks *checks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGlance) glance = NULL;

  vg_checks_begin (checks, "credentials");
  glance = vg_glance_new (checks->config, &error);
  if (glance != NULL)
    checks->stores = ask_glance (checks, glance, &error);
  if (checks->stores != NULL)
    check_stores (checks);
  else
    vg_checks_fail (checks, NULL, error, advise (error));
}
