/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the spool of guest-fixture.h. */
#include "lib/guest-order.h"

#include "request/spool.h"

VgOrder *
guest_get_order (GuestFixture *f)
{
  g_autoptr (GPtrArray) pending = vg_spool_list (f->dir, TRUE, NULL);
  g_autoptr (GPtrArray) all = vg_spool_list (f->dir, FALSE, NULL);

  g_assert_cmpuint (pending->len, ==, 0);
  g_assert_cmpuint (all->len, <=, 1);
  return all->len == 1 ? g_steal_pointer (&all->pdata[0]) : NULL;
}
