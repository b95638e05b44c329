/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs "qemu-img info", then "qemu-img convert -p". The files get names for it,
 * because bubblewrap makes its view from paths. The source's is removed again
 * as soon as qemu-img tells of any progress: then it has opened the files. */
#include "disk/convert.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/chain.h"
#include "disk/confined.h"
#include "disk/disk.h"
#include "util/child.h"
#include "util/json.h"

#define NOBODY 65534
#define NOBODY_LABEL "+65534:+65534"
#define INFO_TIMEOUT_MS 30000
/* Of what qemu-img prints between two progresses: "    (12.34/100%)\r". */
#define LINE 64

typedef struct {
  const VgConversion *what;
  VgConfine *confine;
  const char *from, *to; /* paths */
  guint64 size;          /* virtual, in bytes */
  GCancellable *cancellable;
} Converter;

/* Who a file belongs to: to qemu-img's user, or to us. */
static gboolean
give (const Converter *converter, VgNewFile *file, uid_t uid, gid_t gid,
      GError **error)
{
  int number;

  if (!converter->confine->is_root
      || fchown (vg_new_file_get_fd (file), uid, gid) == 0)
    return TRUE;
  number = errno;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "qemu-img can't be given a file in the directory of --to: %s",
               g_strerror (number));
  return FALSE;
}

/* The paths that the program sees; to: NULL if it needs the source alone. */
static GSubprocess *
spawn (const Converter *converter, const char *const *words, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  VgConfinedProgram program = { .launcher = launcher,
                                .argv = argv,
                                .files = files };
  GSubprocess *process;

  for (; *words != NULL; words++)
    g_ptr_array_add (argv, (char *) *words);
  g_ptr_array_add (argv, NULL);
  g_ptr_array_add (files, (char *) converter->from);
  if (converter->to != NULL)
    g_ptr_array_add (files, (char *) converter->to);
  process = vg_confined_spawn (converter->confine, &program, error);
  if (process == NULL && error != NULL && (*error)->domain == G_SPAWN_ERROR)
    g_prefix_error (error,
                    "qemu-img (Debian: qemu-utils) is needed to convert: ");
  return process;
}

/* qemu-img's messages name the hidden files. */
static gboolean
throw_failed (char *messages, const char *what, GError **error)
{
  if (vg_confined_explain ("qemu-img", messages, error))
    return FALSE;
  if (strstr (messages, g_strerror (ENOSPC)) != NULL
      || strstr (messages, "No space left") != NULL)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_FULL,
                 "there is no space left for the converted image; free some "
                 "in the directory of --to, or choose another one");
  else
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "qemu-img can't %s: %s", what,
                 *messages != '\0' ? g_strstrip (messages) : "it was ended");
  return FALSE;
}

static VgJson *
ask_info (Converter *converter, GError **error)
{
  const char *words[] = {
    "qemu-img",      "info",          "-f", converter->what->from_format,
    "--output=json", converter->from, NULL
  };
  g_autoptr (GSubprocess) process = spawn (converter, words, error);
  g_autofree char *out = NULL, *messages = NULL;
  g_autoptr (GError) why = NULL;

  if (process == NULL)
    return NULL;
  if (!vg_child_communicate_within (process, INFO_TIMEOUT_MS,
                                    converter->cancellable, &out, &messages,
                                    error)) {
    if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_prefix_error (error, "qemu-img can't read the image: ");
    return NULL;
  }
  if (g_subprocess_get_successful (process))
    return vg_json_parse (out, -1, error);
  throw_failed (messages, "read the image", error);
  return NULL;
}

/* qemu-img would not find the other file, or, in its view, one of the system's.
 */
static gboolean
check_alone (Converter *converter, const char *advice, GError **error)
{
  g_autoptr (VgJson) info = ask_info (converter, error);
  VgJson *data;

  if (info == NULL)
    return FALSE;
  data = vg_json_get (vg_json_get (info, "format-specific"), "data");
  converter->size = (guint64) vg_json_get_int (info, "virtual-size", 0);
  if (vg_json_get_string (info, "backing-filename") == NULL
      && vg_json_get_string (info, "full-backing-filename") == NULL
      && vg_json_get_string (data, "data-file") == NULL)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "the image has a backing file, which Glance doesn't have%s",
               advice);
  return FALSE;
}

/* "(12.34/100%)" at the end of what was printed so far; -1: there is none. */
static double
read_percent (const char *printed)
{
  const char *start = strrchr (printed, '(');
  double percent;
  char *end;

  if (start == NULL)
    return -1;
  percent = g_ascii_strtod (start + 1, &end);
  return *end == '/' && percent >= 0 && percent <= 100 ? percent : -1;
}

/* (It tells of 0 % before it opens the files.) */
static void
heed_progress (const Converter *converter, double percent)
{
  const VgConversion *what = converter->what;

  if (percent > 0)
    vg_new_file_hide (what->from);
  if (percent >= 0 && what->progress != NULL)
    what->progress ((guint64) ((double) converter->size * percent / 100),
                    converter->size, what->progress_data);
}

/* Whether there is something to read, or the end. */
static gboolean
await_output (int fd, GCancellable *cancellable, GError **error)
{
  GPollFD fds[2] = { { .fd = fd, .events = G_IO_IN } };
  guint n = 1;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (g_cancellable_make_pollfd (cancellable, &fds[1]))
    n = 2;
  g_poll (fds, n, -1);
  if (n == 2)
    g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
follow (Converter *converter, GSubprocess *process, GError **error)
{
  int fd = g_unix_input_stream_get_fd (
      G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (process)));
  char printed[LINE + 1];

  while (await_output (fd, converter->cancellable, error)) {
    ssize_t n = read (fd, printed, LINE);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n <= 0)
      return TRUE;
    vg_new_file_start_writing (converter->what->to);
    printed[n] = '\0';
    heed_progress (converter, read_percent (printed));
  }
  return FALSE;
}

static gboolean
run_convert (Converter *converter, GError **error)
{
  const VgConversion *what = converter->what;
  const char *words[] = { "qemu-img",
                          "convert",
                          "-p",
                          "-f",
                          what->from_format,
                          "-O",
                          what->to_format,
                          converter->from,
                          converter->to,
                          NULL };
  GSubprocess *process = spawn (converter, words, error);
  g_autofree char *messages = NULL;
  gboolean ok;

  if (process == NULL)
    return FALSE;
  ok = follow (converter, process, error)
       && vg_child_communicate (process, converter->cancellable, NULL,
                                &messages, error);
  if (!ok) {
    vg_confined_end (process);
    return FALSE;
  }
  ok = g_subprocess_get_successful (process)
       || throw_failed (messages, "convert the image", error);
  g_object_unref (process);
  return ok;
}

static gboolean
convert_as_nobody (Converter *converter, GError **error)
{
  const VgConversion *what = converter->what;
  const char *to = converter->to;

  converter->to = NULL;
  if (!vg_confine_admit_own (converter->confine, converter->from,
                             vg_new_file_get_fd (what->from), FALSE, error)
      || !check_alone (converter,
                       ", so it can't be converted; it can be restored in its "
                       "own format, without --format",
                       error))
    return FALSE;
  converter->to = to;
  return vg_confine_admit_own (converter->confine, to,
                               vg_new_file_get_fd (what->to), TRUE, error)
         && run_convert (converter, error);
}

gboolean
vg_convert (const VgConfig *config, const VgConversion *what,
            GCancellable *cancellable, GError **error)
{
  const char *label = geteuid () == 0 ? NOBODY_LABEL : NULL;
  g_autoptr (VgConfine) confine = vg_confine_new (config, NULL, label, error);
  Converter converter = { .what = what,
                          .confine = confine,
                          .cancellable = cancellable };
  gboolean ok;

  if (confine == NULL)
    return FALSE;
  converter.from = vg_new_file_show (what->from, error);
  if (converter.from != NULL)
    converter.to = vg_new_file_show (what->to, error);
  ok = converter.to != NULL
       && give (&converter, what->from, NOBODY, NOBODY, error)
       && give (&converter, what->to, NOBODY, NOBODY, error)
       && convert_as_nobody (&converter, error);
  vg_new_file_hide (what->from);
  return ok && give (&converter, what->to, geteuid (), getegid (), error);
}

gboolean
vg_convert_check (const VgConfig *config, VgNewFile *file, const char *format,
                  guint64 *size, GCancellable *cancellable, GError **error)
{
  const VgConversion what = { .from = file, .from_format = format };
  const char *label = geteuid () == 0 ? NOBODY_LABEL : NULL;
  g_autoptr (VgConfine) confine = vg_confine_new (config, NULL, label, error);
  Converter converter = { .what = &what,
                          .confine = confine,
                          .cancellable = cancellable };
  gboolean ok;

  if (confine == NULL)
    return FALSE;
  converter.from = vg_new_file_show (file, error);
  ok = converter.from != NULL && give (&converter, file, NOBODY, NOBODY, error)
       && vg_confine_admit_own (confine, converter.from,
                                vg_new_file_get_fd (file), FALSE, error)
       && check_alone (&converter, "", error);
  *size = converter.size;
  return ok && give (&converter, file, geteuid (), getegid (), error);
}
