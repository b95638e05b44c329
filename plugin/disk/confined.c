/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program finds is made by bwrap(1), from paths. Between the check of
 * a path and then, its owner may have put another file there; so a shell
 * compares what is there now with what was admitted, and then becomes the
 * program. (Options are those of bubblewrap 0.4.1.) */
#include "disk/confined.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/filter.h"
#include "util/child.h"

#define KEY_FOLDER "/keys"
#define PATH_INSIDE "/usr/sbin:/usr/bin:/sbin:/bin"
#define READ_ALL "dac_read_search"
#define END_TIMEOUT_MS 2000

#define LISTEN "LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; "

/* bwrap's child waits for its parent, and asks to be killed with it only once
 * the view is made; if the parent is gone by then, it lives on. So a shell
 * beside bwrap waits for the end of standard input, a pipe that only we can
 * write to, and kills all that bwrap has started: its process group, which
 * nothing leaves before that. (4 is a free descriptor, of one digit.) */
#define WATCH                                                                  \
  "exec 4<&0 </dev/null; "                                                     \
  "(read -r end <&4; kill -9 -$$) >/dev/null 2>&1 3<&- & "                     \
  "exec 4<&-; exec \"$@\""

#define ADVICE                                                                 \
  "install bubblewrap and setpriv (util-linux), let this process make "        \
  "namespaces, or set confine_helpers = false in [DEFAULT], which lets "       \
  "QEMU's "                                                                    \
  "programs read guests' disks as root"

static const char *const namespaces[] = {
  "--unshare-pid", "--unshare-net",        "--unshare-ipc",
  "--unshare-uts", "--unshare-cgroup-try",
};

/* Runs in the child, so that it dies with the calling thread. */
static void
set_up_child (gpointer data)
{
  const struct rlimit none = { 0, 0 };

  setsid (); /* a group for vg_child_kill(), and no terminal */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (data))
    raise (SIGKILL);
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setrlimit (RLIMIT_CORE, &none); /* it may have keys */
}

static void G_GNUC_NULL_TERMINATED
add (GPtrArray *argv, ...)
{
  va_list args;
  const char *arg;

  va_start (args, argv);
  while ((arg = va_arg (args, const char *)) != NULL)
    g_ptr_array_add (argv, g_strdup (arg));
  va_end (args);
}

/* bwrap makes parents that only root may enter. */
static void
add_parents (GPtrArray *argv, const char *path)
{
  for (const char *end = strchr (path + 1, '/'); end != NULL;
       end = strchr (end + 1, '/')) {
    g_autofree char *parent = g_strndup (path, (gsize) (end - path));

    add (argv, "--dir", parent, NULL);
  }
}

/* /lib and the like are links to /usr, or directories. */
static void
add_system (GPtrArray *argv)
{
  static const char *const folders[] = { "/bin",   "/sbin",  "/lib",
                                         "/lib32", "/lib64", "/libx32" };
  static const char *const files[] = { "/etc/ld.so.cache",
                                       "/etc/alternatives" };

  add (argv, "--ro-bind", "/usr", "/usr", "--dev", "/dev", "--dir", "/etc",
       NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *target = g_file_read_link (folders[i], NULL);

    if (target != NULL)
      add (argv, "--symlink", target, folders[i], NULL);
    else
      add (argv, "--ro-bind-try", folders[i], folders[i], NULL);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    add (argv, "--ro-bind-try", files[i], files[i], NULL);
}

static const char *
get_bind (const VgConfineFile *file)
{
  if (file->is_device)
    return "--dev-bind";
  return file->writable ? "--bind" : "--ro-bind";
}

static void
add_files (const VgConfine *confine, const VgConfinedProgram *program,
           GPtrArray *argv)
{
  for (guint i = 0; i < program->files->len; i++) {
    const VgConfineFile *file =
        vg_confine_find (confine, program->files->pdata[i]);

    add_parents (argv, file->path);
    add (argv, get_bind (file), file->real, file->path, NULL);
  }
}

static void
add_keys (const VgConfinedProgram *program, GPtrArray *argv)
{
  add (argv, "--dir", KEY_FOLDER, NULL);
  for (guint i = 0; i < program->n_keys; i++) {
    g_autofree char *fd = g_strdup_printf ("%u", VG_CONFINED_KEYS + i);
    g_autofree char *path = g_strconcat (KEY_FOLDER "/", fd, NULL);

    add (argv, "--file", fd, path, NULL);
  }
}

/* Compares the files' devices and numbers. */
static char *
write_script (const VgConfine *confine, const VgConfinedProgram *program)
{
  GString *script = g_string_new ("PATH=" PATH_INSIDE "; export PATH; ");
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) numbers = g_string_new (NULL);

  for (guint i = 0; i < program->files->len; i++) {
    const VgConfineFile *file =
        vg_confine_find (confine, program->files->pdata[i]);
    g_autofree char *name = g_shell_quote (file->path);

    g_string_append_printf (names, " %s", name);
    g_string_append_printf (numbers, "%s%ju:%ju", i > 0 ? "\n" : "",
                            (uintmax_t) file->device, (uintmax_t) file->inode);
  }
  if (program->files->len > 0)
    g_string_append_printf (
        script,
        "[ \"$(stat -Lc %%d:%%i --%s)\" = '%s' ] || "
        "{ echo 'the files were replaced while they were opened' >&2; exit 1; }"
        "; ",
        names->str, numbers->str);
  g_string_append (script, "exec \"$@\"");
  return g_string_free (script, FALSE);
}

static gboolean
needs_privilege (const VgConfine *confine, const VgConfinedProgram *program)
{
  for (guint i = 0; i < program->files->len; i++)
    if (vg_confine_find (confine, program->files->pdata[i])->privileged)
      return TRUE;
  return FALSE;
}

static void
add_user (const VgConfine *confine, gboolean privileged, GPtrArray *argv)
{
  const VgProbeUser *user = &confine->user;
  g_autoptr (GString) groups = g_string_new (NULL);
  const char *kept = privileged ? "=-all,+" READ_ALL : "=-all";

  for (gsize i = 0; i < user->n_groups; i++)
    g_string_append_printf (groups, "%s%u", i > 0 ? "," : "",
                            (guint) user->groups[i]);
  add (argv, "setpriv", "--groups", groups->str, NULL);
  g_ptr_array_add (argv, g_strdup_printf ("--reuid=%u", (guint) user->uid));
  g_ptr_array_add (argv, g_strdup_printf ("--regid=%u", (guint) user->gid));
  g_ptr_array_add (argv, g_strconcat ("--inh-caps", kept, NULL));
  g_ptr_array_add (argv, g_strconcat ("--ambient-caps", kept, NULL));
  g_ptr_array_add (argv, g_strconcat ("--bounding-set", kept, NULL));
  add (argv, "--", NULL);
}

/* The command that bwrap runs; found is the program's path. */
static void
add_command (const VgConfine *confine, const VgConfinedProgram *program,
             const char *found, GPtrArray *argv)
{
  g_autofree char *script = write_script (confine, program);

  add (argv, "/bin/sh", "-c", script, "sh", NULL);
  if (confine->is_root)
    add_user (confine, needs_privilege (confine, program), argv);
  if (program->listens)
    add (argv, "/bin/sh", "-c", LISTEN "exec \"$@\"", "sh", NULL);
  add (argv, found, NULL);
  for (guint i = 1; program->argv->pdata[i] != NULL; i++)
    add (argv, (char *) program->argv->pdata[i], NULL);
}

/* Gives the filter to the launcher as well. */
static gboolean
add_filter (const VgConfinedProgram *program, GPtrArray *argv, GError **error)
{
  guint number = VG_CONFINED_KEYS + program->n_keys;
  g_autofree char *text = g_strdup_printf ("%u", number);
  int fd = vg_filter_open (error);

  if (fd < 0)
    return FALSE;
  g_subprocess_launcher_take_fd (program->launcher, fd, (gint) number);
  add (argv, "--seccomp", text, NULL);
  return TRUE;
}

/* What the sandbox is made of, without the command. */
static GPtrArray *
start_command (const VgConfine *confine)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  add (argv, "/bin/sh", "-c", WATCH, "sh", confine->bwrap, "--die-with-parent",
       "--chdir", "/", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (namespaces); i++)
    add (argv, namespaces[i], NULL);
  if (!confine->is_root)
    add (argv, "--unshare-user", NULL);
  return argv;
}

static GPtrArray *
wrap (const VgConfine *confine, const VgConfinedProgram *program,
      const char *found, GError **error)
{
  g_autoptr (GPtrArray) argv = start_command (confine);

  if (!add_filter (program, argv, error))
    return NULL;
  add_system (argv);
  if (!g_str_has_prefix (found, "/usr/")) {
    add_parents (argv, found);
    add (argv, "--ro-bind", found, found, NULL);
  }
  add_files (confine, program, argv);
  add_keys (program, argv);
  add (argv, "--remount-ro", "/", NULL);
  add_command (confine, program, found, argv);
  g_ptr_array_add (argv, NULL);
  return g_steal_pointer (&argv);
}

/* A shell tells the program its own process id. */
static GPtrArray *
leave_open (const VgConfinedProgram *program, const char *found)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  if (program->listens)
    add (argv, "/bin/sh", "-c", LISTEN "exec \"$@\"", "sh", NULL);
  add (argv, found, NULL);
  for (guint i = 1; program->argv->pdata[i] != NULL; i++)
    add (argv, (char *) program->argv->pdata[i], NULL);
  g_ptr_array_add (argv, NULL);
  return argv;
}

static GPtrArray *
make_command (const VgConfine *confine, const VgConfinedProgram *program,
              const char *found, GError **error)
{
  if (confine->bwrap != NULL)
    return wrap (confine, program, found, error);
  if (confine->enabled && confine->is_root) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE,
                 "bwrap is needed to confine %s; " ADVICE,
                 (char *) program->argv->pdata[0]);
    return NULL;
  }
  return leave_open (program, found);
}

/* Its language, and where it finds programs; nothing else of ours. */
static void
set_environment (GSubprocessLauncher *launcher)
{
  static const char *const names[] = { "PATH", "LANG", "LC_ALL", "LC_MESSAGES",
                                       "LC_CTYPE" };
  g_auto (GStrv) environment = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      environment =
          g_environ_setenv (environment, names[i], g_getenv (names[i]), TRUE);
  g_subprocess_launcher_set_environ (launcher, environment);
}

const char *
vg_confined_get_key_folder (const VgConfine *confine)
{
  return confine->bwrap != NULL ? KEY_FOLDER : "/dev/fd";
}

GSubprocess *
vg_confined_spawn (const VgConfine *confine, const VgConfinedProgram *program,
                   GError **error)
{
  const char *name = program->argv->pdata[0];
  g_autofree char *listed = g_find_program_in_path (name);
  g_autofree char *found = listed != NULL ? realpath (listed, NULL) : NULL;
  g_autoptr (GPtrArray) argv = NULL;
  g_autofree char *line = NULL;

  if (found == NULL) {
    g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT,
                 "the program %s was not found", name);
    return NULL;
  }
  argv = make_command (confine, program, found, error);
  if (argv == NULL)
    return NULL;
  set_environment (program->launcher);
  g_subprocess_launcher_set_child_setup (program->launcher, set_up_child,
                                         GINT_TO_POINTER (getpid ()), NULL);
  line = g_strjoinv (" ", (char **) program->argv->pdata);
  g_debug ("%s%s: %s", confine->bwrap != NULL ? "confined, as " : "as ",
           confine->bwrap != NULL ? confine->name : "ourselves", line);
  return g_subprocess_launcher_spawnv (
      program->launcher, (const char *const *) argv->pdata, error);
}

gboolean
vg_confined_explain (const char *program, const char *messages, GError **error)
{
  static const char *const makers[] = { "bwrap: ", "setpriv: " };

  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    if (g_str_has_prefix (messages, makers[i])) {
      g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE,
                   "%s can't be confined: %s; " ADVICE, program, messages);
      return TRUE;
    }
  return FALSE;
}

/* All that hold its standard error open are gone, or the time is up. */
static void
await_end (GSubprocess *process)
{
  GInputStream *messages = g_subprocess_get_stderr_pipe (process);
  gint64 deadline = g_get_monotonic_time () + END_TIMEOUT_MS * 1000;
  char bytes[4096];

  for (;;) {
    GPollFD pipe = { .fd = g_unix_input_stream_get_fd (
                         G_UNIX_INPUT_STREAM (messages)),
                     .events = G_IO_IN };
    gint64 left = deadline - g_get_monotonic_time ();

    if (left <= 0 || g_poll (&pipe, 1, (gint) (left / 1000) + 1) <= 0)
      return;
    if (read (pipe.fd, bytes, sizeof bytes) <= 0)
      return;
  }
}

void
vg_confined_end (GSubprocess *process)
{
  /* Not SIGTERM, which is lost while it starts; killing it is safe, because it
   * only reads, or writes a file that nobody will use. */
  vg_child_kill (process);
  await_end (process);
  g_object_unref (process);
}
