/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody who mistyped a word may have meant. */
#pragma once

#include <glib.h>

/* The one of n words that is most like the wrong one: at most a third of its
 * characters is missing, wrong, too many, or swapped with the next one (the
 * "optimal string alignment" distance). NULL if none is. Borrowed. */
const char *vg_similar_find (const char *wrong, const char *const *words,
                             gsize n);
