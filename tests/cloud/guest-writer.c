/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps writing in a test guest, as guest-init says: a program since what it
 * does ten times a second costs an emulated processor much if each write is a
 * process. guest-writer NUMBER SECONDS goes on after the line of that number,
 * and waits so long after each line. It ends when there is /run/stop. A write
 * that fails is not told: the log has a gap then. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Writes and syncs the text at the beginning of the file, which is there, or
 * with O_APPEND at its end. */
static void
put (const char *path, int flags, const char *text, int length)
{
  int fd = open (path, O_WRONLY | flags);

  if (fd < 0)
    return;
  if (write (fd, text, (size_t) length) == length)
    (void) fsync (fd);
  close (fd);
}

static double
read_uptime (void)
{
  FILE *file = fopen ("/proc/uptime", "r");
  double seconds = 0;

  if (file == NULL)
    return 0;
  if (fscanf (file, "%lf", &seconds) != 1)
    seconds = 0;
  fclose (file);
  return seconds;
}

int
main (int argc, char **argv)
{
  long number = argc > 1 ? atol (argv[1]) : 0;
  double pause = argc > 2 ? atof (argv[2]) : 0;
  char text[64];
  int length;

  while (access ("/run/stop", F_OK) != 0) {
    number++;
    length = snprintf (text, sizeof text, "%ld %.2f\n", number, read_uptime ());
    put ("/data/log", O_APPEND, text, length);
    length = snprintf (text, sizeof text, "%012ld\n", number);
    put ("/data/mark", 0, text, length);
    put ("/data2/mark", 0, text, length);
    usleep ((useconds_t) (pause * 1e6));
  }
  return 0;
}
