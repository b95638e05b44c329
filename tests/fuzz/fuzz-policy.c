/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A policy file, for each event. */
#include "fuzz/fuzz.h"
#include "request/policy-files.h"

static const char domain_xml[] =
    "<domain type='kvm'><name>instance-00000001</name><metadata>"
    "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>"
    "<nova:name>web-1</nova:name><nova:flavor name='m1.small'/>"
    "<nova:owner><nova:project uuid='p1'>demo</nova:project></nova:owner>"
    "</nova:instance></metadata></domain>";

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const VgEvent events[] = { VG_EVENT_STOPPED, VG_EVENT_BACKUP,
                                    VG_EVENT_SNAPSHOT };
  g_autoptr (VgDomain) domain = vg_domain_parse (domain_xml, -1, NULL);
  g_autofree char *path = fuzz_write ("policy.conf", data, size);

  g_assert_nonnull (domain);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgRequest) request = NULL;
    g_autofree char *from = NULL;
    gboolean ok = vg_policy_find_in_files (
        domain, events[i], NULL, NULL, fuzz_folder (), &request, &from, &error);

    fuzz_check_result (ok, error);
    g_assert_true (ok || request == NULL);
    g_assert_true ((request == NULL) == (from == NULL));
  }
  return 0;
}
