/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a request's options: their names on the command line, in XML, in
 * policies and in the spool, the places that allow them, and the fields of
 * VgRequest that hold their values. */
#pragma once

#include "request/request.h"

/* Places that allow an option. */
typedef enum {
  VG_PLACE_COMMAND_SNAPSHOT,
  VG_PLACE_COMMAND_BACKUP,
  VG_PLACE_COMMAND_INSPECT,
  VG_PLACE_COMMAND_PRUNE,
  VG_PLACE_SNAPSHOT,    /* the element <snapshot> of a request */
  VG_PLACE_BACKUP,      /* <backup> */
  VG_PLACE_ON_STOPPED,  /* a policy for VG_EVENT_STOPPED: element or file */
  VG_PLACE_ON_BACKUP,   /* … for VG_EVENT_BACKUP */
  VG_PLACE_ON_SNAPSHOT, /* … for VG_EVENT_SNAPSHOT */
  VG_N_PLACES,
} VgRequestPlace;

/* Kinds of values. */
typedef enum {
  VG_OPTION_TEXT,
  VG_OPTION_CHOICE, /* one of choices */
  VG_OPTION_LIST,   /* texts, or choices, without duplicates */
  VG_OPTION_PAIRS,  /* a list of "KEY=VALUE" */
  VG_OPTION_DISKS,  /* a list; its key also accepts "root" and "all" */
  VG_OPTION_FLAG,
  VG_OPTION_NUMBER, /* 0 to max */
  VG_OPTION_RATE,   /* bytes per second; may have a suffix */
} VgOptionKind;

/* The types of fields in VgRequest, and a pointer to one. */
typedef enum {
  VG_FIELD_TEXT,
  VG_FIELD_LIST, /* NULL-ended, not empty */
  VG_FIELD_FLAG,
  VG_FIELD_NUMBER,
} VgFieldType;

typedef union {
  char **text;
  char ***list;
  gboolean *flag;
  gint64 *number;
} VgField;

typedef struct {
  const char *name;     /* on the command line: "limit-rate"; also the name of a
                           list's child elements. NULL: in neither */
  const char *argument; /* for --help: "RATE"; NULL: no argument */
  const char *key;      /* in XML and policies: "limit_rate"; NULL: in none */
  VgOptionKind kind;
  gsize offset;     /* in VgRequest */
  guint places;     /* a bit for each VgRequestPlace */
  const char *help; /* for --help */

  /* Optional: NULL or 0 if absent */
  const char *json;    /* in the spool; NULL: the key */
  gint64 max;          /* of a number */
  const char *choices; /* "raw|qcow2": allowed values */
  gboolean (*check) (const char *value, GError **error);
  const char *fallback; /* a value in the syntax of key: the default at the
                           places that allow the option */
  gsize rival;          /* in VgRequest: an option with the same purpose */
  const char *record; /* the member of an image's record in Glance that gets the
                         value; other effects are in code */
} VgRequestOption;

/* All options; *n is their number. Static. */
const VgRequestOption *vg_request_options (guint *n);

VgFieldType vg_request_option_get_type (const VgRequestOption *option);

/* The option's field in the request. */
VgField vg_request_option_get_field (const VgRequestOption *option,
                                     const VgRequest *request);

/* Whether the request sets the option. */
gboolean vg_request_option_is_said (const VgRequestOption *option,
                                    const VgRequest *request);

/* Whether the place is on the command line. */
gboolean vg_request_place_is_command (VgRequestPlace place);

/* The option's name at that place: "limit-rate" or "limit_rate". NULL if not
 * allowed there. */
const char *vg_request_option_get_word (const VgRequestOption *option,
                                        VgRequestPlace place);

/* The name of a list option's child elements at that place: "tag". NULL for
 * other options and places. */
const char *vg_request_option_get_child (const VgRequestOption *option,
                                         VgRequestPlace place);

/* Finds an option by its name, or its child element's, at that place. NULL with
 * VG_REQUEST_ERROR_SYNTAX; the message lists the known names. */
const VgRequestOption *vg_request_option_find (VgRequestPlace place,
                                               const char *word,
                                               GError **error);
const VgRequestOption *vg_request_option_find_child (VgRequestPlace place,
                                                     const char *name,
                                                     GError **error);
