/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a request's options: how each is said on the command line, in
 * XML, in policies and in the spool, where it may be said, and where in
 * VgRequest its value is. */
#pragma once

#include "request/request.h"

/* Where an option may be said. */
typedef enum {
  VG_PLACE_COMMAND_SNAPSHOT,
  VG_PLACE_COMMAND_BACKUP,
  VG_PLACE_COMMAND_INSPECT,
  VG_PLACE_SNAPSHOT,    /* the element <snapshot> of a request */
  VG_PLACE_BACKUP,      /* <backup> */
  VG_PLACE_ON_STOPPED,  /* a policy for VG_EVENT_STOPPED: element or file */
  VG_PLACE_ON_BACKUP,   /* … for VG_EVENT_BACKUP */
  VG_PLACE_ON_SNAPSHOT, /* … for VG_EVENT_SNAPSHOT */
  VG_N_PLACES,
} VgRequestPlace;

/* What its values are. */
typedef enum {
  VG_OPTION_TEXT,
  VG_OPTION_CHOICE, /* one of choices */
  VG_OPTION_LIST,   /* texts, or choices; each is there once */
  VG_OPTION_PAIRS,  /* a list of "KEY=VALUE" */
  VG_OPTION_DISKS,  /* a list; its key takes "root" and "all" besides */
  VG_OPTION_FLAG,
  VG_OPTION_NUMBER, /* 0 to max */
  VG_OPTION_RATE,   /* bytes a second; may be said with a suffix */
} VgOptionKind;

/* The types of fields in VgRequest, and a pointer to one. */
typedef enum {
  VG_FIELD_TEXT,
  VG_FIELD_LIST, /* NULL-ended, and not empty */
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
  const char *name; /* on the command line: "limit-rate"; of a list it is the
                       name of its child elements, too. NULL: in neither */
  const char *argument; /* for --help: "RATE"; NULL: it takes none */
  const char *key;      /* in XML and policies: "limit_rate"; NULL: in none */
  VgOptionKind kind;
  gsize offset;     /* in VgRequest */
  guint places;     /* a bit for each VgRequestPlace */
  const char *help; /* for --help */

  /* What not all of them have: NULL or 0 */
  const char *json;    /* in the spool; NULL: the key */
  gint64 max;          /* of a number */
  const char *choices; /* "raw|qcow2": allowed values */
  gboolean (*check) (const char *value, GError **error);
  const char *fallback; /* a value, as it stands at its key, for requests that
                           say none at the places where they could */
  gsize rival;          /* in VgRequest: an option that decides the same */
  const char *record;   /* the member of an image's record in Glance that its
                           value is; what else it does is programmed */
} VgRequestOption;

/* All of them; *n is their number. Static. */
const VgRequestOption *vg_request_options (guint *n);

VgFieldType vg_request_option_get_type (const VgRequestOption *option);

/* The option's field in the request. */
VgField vg_request_option_get_field (const VgRequestOption *option,
                                     const VgRequest *request);

/* Whether the request says anything of it. */
gboolean vg_request_option_is_said (const VgRequestOption *option,
                                    const VgRequest *request);

/* Whether it is a place on the command line. */
gboolean vg_request_place_is_command (VgRequestPlace place);

/* The word for the option at that place: "limit-rate" or "limit_rate". NULL
 * where it can't be said there. */
const char *vg_request_option_get_word (const VgRequestOption *option,
                                        VgRequestPlace place);

/* The name of the child elements that an option which is a list may have at
 * that place: "tag". NULL for other options, and elsewhere. */
const char *vg_request_option_get_child (const VgRequestOption *option,
                                         VgRequestPlace place);

/* The option of that word, or that child element, at that place. NULL with
 * VG_REQUEST_ERROR_SYNTAX, whose message names those that are known. */
const VgRequestOption *vg_request_option_find (VgRequestPlace place,
                                               const char *word,
                                               GError **error);
const VgRequestOption *vg_request_option_find_child (VgRequestPlace place,
                                                     const char *name,
                                                     GError **error);
