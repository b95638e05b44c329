/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the files of tests/data/domain for the unit tests. file: a name without
 * ".xml". A file that can't be read or parsed fails the test. */
#pragma once

#include "domain/domain.h"

char *domain_file_load (const char *file, gsize *length);
VgDomain *domain_file_parse (const char *file);
