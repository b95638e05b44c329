/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the configuration file's options: their names, types, fields
 * and defaults. */
#pragma once

#include "util/config.h"

typedef enum {
  VG_CONFIG_STRING,
  VG_CONFIG_PATH, /* absolute: working directories vary; UTF-8, for XML and JSON
                   */
  VG_CONFIG_BOOLEAN,
  VG_CONFIG_COUNT,
  VG_CONFIG_POSITIVE, /* a count from 1 */
  VG_CONFIG_SIZE,
  VG_CONFIG_LIST,
  VG_CONFIG_UUID,
  VG_CONFIG_CHOICE,
  VG_CONFIG_COMPRESSION, /* true, false, or what vg_compression_parse() accepts
                          */
  VG_CONFIG_SWITCH       /* a choice of two, the second means TRUE */
} VgConfigType;

typedef struct {
  const char *section;
  const char *key;
  VgConfigType type;
  gsize offset;         /* in VgConfig or VgConfigStore */
  const char *fallback; /* the default, in the file's syntax */
  const char *choices;  /* VG_CONFIG_CHOICE, VG_CONFIG_SWITCH: allowed values,
                           separated by | */
  gboolean secret;
  const char *former; /* the key's former name, still accepted */
} VgConfigOption;

/* The prefix of the names of store sections. */
#define VG_CONFIG_STORE "store:"

/* The options of VgConfig, or of VgConfigStore, all of which are mandatory
 * strings; sets *n to their number. Static. */
const VgConfigOption *vg_config_options (gsize *n);
const VgConfigOption *vg_config_store_options (gsize *n);

/* The option with that key, or former key, in that section; NULL: there is
 * none. */
const VgConfigOption *vg_config_find_option (const char *section,
                                             const char *key);

/* Whether it is a section of VgConfig's. */
gboolean vg_config_is_section (const char *section);
