/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance choose: which store an image that somebody else uploads belongs
 * in. */
#include <stdio.h>

#include "choose/answerer.h"
#include "choose/decide.h"
#include "choose/service.h"
#include "cmd/choose-guest.h"
#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "util/module.h"
#include "util/text.h"

#define TIMEOUT_S 2
#define MAX_TIMEOUT_S 60
#define NOT_GIVEN G_MININT

typedef struct {
  const VgCommandLine *line;
  char *image;           /* --image, or NULL */
  char *domain;          /* --domain, or NULL */
  char *listen;          /* --listen, or NULL */
  gboolean activated;    /* --activated */
  gboolean with_libvirt; /* --with-libvirt */
  int timeout;           /* --timeout, s, or NOT_GIVEN */
} Question;

static void
clear_question (Question *question)
{
  g_free (question->image);
  g_free (question->domain);
  g_free (question->listen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, clear_question)

static void
print_json (const Question *question, const VgDecision *decision)
{
  g_autoptr (VgJson) json = json_object_new_object ();

  vg_json_set_string (json, "image", question->image);
  vg_json_set_string (json, "domain", question->domain);
  vg_json_set_string (json, "kind", vg_upload_kind_to_string (decision->kind));
  vg_json_set_string (json, "store", decision->store);
  vg_json_set_string (json, "rule", decision->rule);
  vg_json_set_string (json, "reason", decision->reason);
  vg_output_print (json, stdout);
}

static void
print_text (const VgDecision *decision)
{
  g_autofree char *store =
      vg_text_clean (decision->store ? decision->store : "Glance's default", 0);
  g_autofree char *reason = vg_text_clean (decision->reason, 0);

  printf ("store: %s (%s)\n", store, reason);
}

static int
print_decision (const Question *question, const VgUploadFacts *facts,
                GCancellable *cancellable)
{
  const VgCommandLine *line = question->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDecision) decision = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (line->config, &error);

  if (glance != NULL)
    decision = vg_decide (glance, line->config, facts, cancellable, &error);
  if (decision == NULL)
    return vg_exit_with_error (error);
  if (line->json)
    print_json (question, decision);
  else
    print_text (decision);
  return VG_EXIT_SUCCESS;
}

static int
print_for_domain (const Question *question, GCancellable *cancellable)
{
  const VgCommandLine *line = question->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuestFinder) finder =
      vg_guest_finder_new (line->config, vg_command_line_get_uri (line));
  g_autoptr (VgUploadGuest) guest =
      vg_guest_finder_look (finder, question->domain, cancellable, &error);
  VgUploadFacts facts = { .image = question->image, .guest = guest };

  if (guest == NULL)
    return vg_exit_with_error (error);
  return print_decision (question, &facts, cancellable);
}

static int
print_answer (GCancellable *cancellable, gpointer data)
{
  const Question *question = data;
  VgUploadFacts facts = { .image = question->image };

  return question->domain != NULL
             ? print_for_domain (question, cancellable)
             : print_decision (question, &facts, cancellable);
}

static int
serve (const Question *question)
{
  const VgCommandLine *line = question->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuestFinder) finder =
      vg_guest_finder_new (line->config, vg_command_line_get_uri (line));
  guint timeout =
      question->timeout != NOT_GIVEN ? (guint) question->timeout : TIMEOUT_S;
  g_autoptr (VgAnswerer) answerer = vg_answerer_new (
      line->config, timeout,
      question->with_libvirt ? vg_guest_finder_find : NULL, finder, &error);
  const VgService *service =
      answerer != NULL
          ? vg_module_load (VG_SERVICE_MODULE, VG_SERVICE_SYMBOL, &error)
          : NULL;
  VgServiceOptions options = { timeout, question->listen, vg_answerer_answer,
                               answerer };

  if (service == NULL || !service->run (&options, &error))
    return vg_exit_with_error (error);
  return VG_EXIT_SUCCESS;
}

static int
throw_usage (const char *what)
{
  return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                "%s; see 'virt-glance choose --help'", what);
}

/* The message for a wrong combination or value of the options, or NULL. */
static const char *
find_misuse (const Question *question, gboolean serves)
{
  if (!serves && question->with_libvirt)
    return "--with-libvirt belongs to --listen or --activated";
  if (!serves && question->timeout != NOT_GIVEN)
    return "--timeout belongs to --listen or --activated";
  if (serves
      && (question->image != NULL || question->domain != NULL
          || (question->listen != NULL && question->activated)))
    return "--listen, --activated, and --image or --domain exclude each other";
  if (question->timeout != NOT_GIVEN
      && (question->timeout < 1 || question->timeout > MAX_TIMEOUT_S))
    return "--timeout must be from 1 to " G_STRINGIFY (MAX_TIMEOUT_S);
  return NULL;
}

int
vg_cmd_choose (VgCommandLine *line, int argc, char **argv)
{
  g_auto (Question) question = { .line = line, .timeout = NOT_GIVEN };
  const GOptionEntry own[] = {
    { "image", 0, 0, G_OPTION_ARG_FILENAME, &question.image,
      "an image, queued or not", "ID" },
    { "domain", 0, 0, G_OPTION_ARG_FILENAME, &question.domain,
      "the guest of which it is, or would be, a snapshot", "DOMAIN" },
    { "listen", 0, 0, G_OPTION_ARG_FILENAME, &question.listen,
      "answer a proxy at IP:PORT or unix:PATH", "ADDRESS" },
    { "activated", 0, 0, G_OPTION_ARG_NONE, &question.activated,
      "answer a proxy at the sockets that systemd opened", NULL },
    { "with-libvirt", 0, 0, G_OPTION_ARG_NONE, &question.with_libvirt,
      "with them: look at the guests of this host, too", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &question.timeout,
      "with them: answer after so many seconds", "SECONDS" },
    { NULL },
  };
  const GOptionEntry *tables[] = { own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 0);
  const char *misuse;
  gboolean serves;

  if (status != VG_EXIT_SUCCESS)
    return status;
  serves = question.listen != NULL || question.activated;
  misuse = find_misuse (&question, serves);
  if (misuse != NULL)
    return throw_usage (misuse);
  if (serves)
    return serve (&question);
  if (question.image == NULL && question.domain == NULL)
    return throw_usage ("expected --image ID, --domain DOMAIN or --listen "
                        "ADDRESS");
  if (question.image != NULL && !vg_text_is_uuid (question.image)) {
    g_autofree char *shown = vg_text_clean (question.image, 60);

    return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                  "'%s' is not an image's id, which is a UUID; "
                                  "'openstack image list' shows them",
                                  shown);
  }
  return vg_command_run_query (print_answer, &question);
}
