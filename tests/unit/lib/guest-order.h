/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent put into the spool of guest-fixture.h. */
#pragma once

#include "lib/guest-fixture.h"
#include "request/order.h"

/* The only order that waits, or NULL, to be freed with vg_order_free(); and no
 * order is pending. */
VgOrder *guest_get_order (GuestFixture *f);
