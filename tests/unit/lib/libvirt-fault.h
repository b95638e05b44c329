/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A libvirt that fails as it is told: some of its functions have another one in
 * front of them, in a program that is linked with $(LIBVIRT_FAULT_WRAPS). Any
 * thread may call these. */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

/* The next so many calls of that function of libvirt's, after skip ones that
 * succeed, fail with that VIR_ERR_…; times 0: all. */
void libvirt_fail (const char *function, int code, guint skip, guint times);

/* A name for that: virConnectDomainEventRegisterAny() of lifecycle events. By
 * its own name it is that of metadata's. */
#define LIBVIRT_REGISTER_LIFECYCLE "virConnectDomainEventRegisterAny/lifecycle"

/* libvirt is gone, or there again: connections are dead, and none can be made.
 */
void libvirt_set_away (gboolean away);

/* Tells who registered for that that the connection was closed. */
void libvirt_close (void);

/* Whether events of metadata are lost. */
void libvirt_set_deaf (gboolean deaf);

/* Why a domain that is shut off is so from now on: a VIR_DOMAIN_SHUTOFF_…; -1:
 * as libvirt says. */
void libvirt_set_shutoff_reason (int reason);

/* Called around each change of an element of the metadata: xml NULL: it is
 * removed; done: it is over. */
typedef void (*LibvirtMetadataHook) (const char *uri, const char *xml,
                                     gboolean done);
void libvirt_set_metadata_hook (LibvirtMetadataHook hook);

/* Everything as libvirt has it. */
void libvirt_fault_reset (void);
