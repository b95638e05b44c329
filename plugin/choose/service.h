/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP service that answers proxies. It is a module, because of its
 * library, and knows neither Glance nor the rules: it is given a function that
 * answers. */
#pragma once

#include "choose/answer.h"

#define VG_SERVICE_MODULE "choose"
#define VG_SERVICE_SYMBOL "vg_service"

#define VG_SERVICE_ERROR (vg_service_error_quark ())
typedef enum {
  VG_SERVICE_ERROR_ADDRESS, /* not an address, or it can't be listened on */
} VgServiceError;
GQuark vg_service_error_quark (void);

typedef struct {
  guint timeout;       /* s, after which a question is answered, whatever the
                          function does */
  const char *address; /* "IP:PORT", "[IPv6]:PORT", "unix:PATH"; NULL: the
                          sockets that systemd has opened */
  VgAnswerFunc answer;
  gpointer data;
} VgServiceOptions;

/* The type of the module's symbol VG_SERVICE_SYMBOL. */
typedef struct {
  /* Serves in the default main context until SIGINT or SIGTERM, then answers
   * what is asked already. Prints "listening on ADDRESS" lines first. FALSE
   * with VG_SERVICE_ERROR. */
  gboolean (*run) (const VgServiceOptions *options, GError **error);
} VgService;
