/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes in a test guest all the time, past its page cache: guest-load FILE MIB
 * fills the file, and then overwrites 64 KiB of it at random, one after the
 * other, until there is /run/stop. The host counts what it does. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE ((size_t) 64 << 10)

int
main (int argc, char **argv)
{
  uint64_t pieces = argc > 2 ? strtoull (argv[2], NULL, 10) << 4 : 0;
  void *piece;
  int fd;

  if (pieces == 0 || posix_memalign (&piece, PIECE, PIECE) != 0)
    return 1;
  for (size_t i = 0; i < PIECE / sizeof (long); i++)
    ((long *) piece)[i] = random ();
  fd = open (argv[1], O_WRONLY | O_CREAT | O_DIRECT, 0600);
  if (fd < 0)
    return 1;
  for (uint64_t i = 0; i < pieces; i++)
    if (pwrite (fd, piece, PIECE, (off_t) (i * PIECE)) != (ssize_t) PIECE)
      return 1;
  (void) fsync (fd);
  while (access ("/run/stop", F_OK) != 0)
    if (pwrite (fd, piece, PIECE,
                (off_t) ((uint64_t) random () % pieces * PIECE))
        != (ssize_t) PIECE)
      return 1;
  close (fd);
  return 0;
}
