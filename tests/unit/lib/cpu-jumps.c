/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be preloaded into qemu-img when it makes a LUKS header. It
 * measures its CPU time for more and more iterations of the passphrase's hash,
 * until they took half a second; before QEMU 9.2.1 it gives up if the kernel's
 * clock stands still meanwhile. Here that clock goes on by a second at each
 * look: the first iterations are enough, on each machine. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>

/* (Of which header declares it how depends on the C library.) */
int getrusage (__rusage_who_t who, struct rusage *usage);

int
getrusage (__rusage_who_t who, struct rusage *usage)
{
  static atomic_int looks;
  int (*real) (__rusage_who_t, struct rusage *) =
      (int (*) (__rusage_who_t, struct rusage *)) dlsym (RTLD_NEXT,
                                                         "getrusage");
  int result = real (who, usage);

  if (result == 0)
    usage->ru_utime.tv_sec += ++looks;
  return result;
}
