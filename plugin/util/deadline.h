/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last resort against peers that don't answer: an end of the process that
 * no library can prevent. libvirt, for one, waits without a limit for a QEMU or
 * a libvirtd that was stopped. */
#pragma once

#include <glib.h>

/* Ends the process in so many seconds, whatever its threads do by then: prints
 * text on stderr, and calls _exit() with the status. Only a process whose work
 * survives SIGKILL may use it; a job's does, by its journal. text is copied; a
 * byte after the 500th is left out. 0 s: never. The earliest of several
 * deadlines holds. Takes SIGALRM; see alarm(2). */
void vg_deadline_set (guint seconds, const char *text, int status);

/* Takes it back: the work is done. */
void vg_deadline_clear (void);
