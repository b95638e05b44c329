/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest is one piece, of copies. */
#include "choose/guest.h"

void
vg_upload_guest_free (VgUploadGuest *guest)
{
  if (guest == NULL)
    return;
  g_free (guest->project);
  g_free (guest->flavor_store);
  g_free (guest->image);
  g_free (guest->disk_fsid);
  g_free (guest);
}
