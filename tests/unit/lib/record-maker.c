/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes image records for the unit tests. */
#include "lib/record-maker.h"

#include "lib/domain-file.h"

VgJson *
record_make (const char *file, const VgRecordFacts *facts)
{
  g_autoptr (VgDomain) domain = domain_file_parse (file);
  g_autoptr (VgRequest) nothing = vg_request_new (NULL);
  g_autoptr (GError) error = NULL;
  VgRecordFacts own = *facts;
  VgJson *record;

  own.domain = domain;
  own.name = "name";
  if (own.request == NULL)
    own.request = nothing;
  own.disk_format = "qcow2";
  record = vg_record_new (&own, &error);
  g_assert_no_error (error);
  return record;
}

void
record_assert_string (VgJson *record, const char *key, const char *value)
{
  g_assert_cmpstr (vg_json_get_string (record, key), ==, value);
}
