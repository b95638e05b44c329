/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's XML: either a domain that keeps its header's promises, or an
 * error.
 */
#include "domain/domain.h"

#include "fuzz/fuzz.h"

static void
check_domain (const VgDomain *domain)
{
  gboolean found = domain->root == NULL;

  g_assert_nonnull (domain->name);
  g_assert_true ((domain->origin == VG_ORIGIN_UNKNOWN)
                 == (domain->origin_from == NULL));
  if (domain->origin == VG_ORIGIN_IMAGE)
    g_assert_nonnull (domain->image_ref);
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    g_autofree char *shown = vg_source_describe (disk->source);

    g_assert_nonnull (disk->target);
    g_assert_nonnull (shown);
    g_assert_true (vg_domain_find_disk (domain, disk->target, NULL) != NULL);
    found = found || disk == domain->root;
  }
  g_assert_true (found);
  g_assert_true (vg_domain_get_root (domain, NULL) == domain->root);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain =
      vg_domain_parse ((const char *) data, (gssize) size, &error);

  fuzz_check_result (domain != NULL, error);
  if (domain != NULL)
    check_domain (domain);
  else
    g_assert_true (
        g_error_matches (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML));
  return 0;
}
