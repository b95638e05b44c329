/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of confined programs share: a disk, and programs that are let
 * see it. */
#pragma once

#include <gio/gio.h>

#include "disk/confined.h"
#include "lib/workdir.h"

/* A user who is not root, and owns nothing. */
#define CONFINE_NOBODY "+65534:+65534"

typedef struct {
  Workdir *dir;
  VgConfig *config;
  VgConfine *confine;
  GPtrArray *files; /* of paths, admitted, for the next program */
  char *disk;       /* mode 0600, with the text "blocks" */
} ConfineFixture;

/* Adds a test with that fixture. */
void confine_fixture_add (const char *path,
                          void (*test) (ConfineFixture *, gconstpointer));

/* Skips the test and returns TRUE: where namespaces can't be made, and for
 * others than root. */
gboolean confine_skip_unless_confined (const ConfineFixture *fix);
gboolean confine_skip_unless_root (void);

/* From now on, programs act as the user of that label; NULL: as ours. */
void confine_set_user (ConfineFixture *fix, const char *label);

/* Lets the next programs read a file. */
void confine_admit (ConfineFixture *fix, const char *path);

/* Starts a program with pipes; its keys are "secret" each. */
GSubprocess *confine_spawn (const ConfineFixture *fix,
                            VgConfinedProgram *program, GError **error,
                            const char *const *words);

/* Runs a program; returns what it prints, or NULL if it fails. What it writes
 * to stderr is put into messages, unless that is NULL. */
char *confine_run_as (const ConfineFixture *fix, VgConfinedProgram program,
                      char **messages, const char *const *words);

#define confine_run(fix, ...)                                                  \
  confine_run_as (fix, (VgConfinedProgram){ 0 }, NULL,                         \
                  (const char *const[]){ __VA_ARGS__, NULL })

/* Waits for a process with text in its command line; returns its id. */
int confine_await_process (const char *text);
