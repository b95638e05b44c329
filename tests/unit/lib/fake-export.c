/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of a fake backup job. */
#include "lib/fake-export.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fake-libvirt.h"
#include "util/json.h"

/* ---- The job's XML */

static void
export_free (gpointer data)
{
  FakeExport *export = data;

  g_free (export->name);
  g_free (export->scratch);
  g_free (export);
}

static const char *
get_attribute (const char *name, const char **names, const char **values)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return values[i];
  return NULL;
}

static void
on_element (GMarkupParseContext *context G_GNUC_UNUSED, const char *element,
            const char **names, const char **values, gpointer data,
            GError **error G_GNUC_UNUSED)
{
  FakeBackup *backup = data;
  GPtrArray *exports = backup->exports;

  if (strcmp (element, "server") == 0)
    backup->socket = g_strdup (get_attribute ("socket", names, values));
  if (strcmp (element, "disk") == 0
      && strcmp (get_attribute ("backup", names, values), "yes") == 0) {
    FakeExport *export = g_new0 (FakeExport, 1);

    export->name = g_strdup (get_attribute ("name", names, values));
    g_ptr_array_add (exports, export);
  }
  if (strcmp (element, "scratch") == 0)
    ((FakeExport *) exports->pdata[exports->len - 1])->scratch =
        g_strdup (get_attribute ("file", names, values));
}

FakeBackup *
fake_backup_parse (const char *xml)
{
  const GMarkupParser parser = { .start_element = on_element };
  FakeBackup *backup = g_new0 (FakeBackup, 1);
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, 0, backup, NULL);
  gboolean ok;

  backup->xml = g_strdup (xml);
  backup->exports = g_ptr_array_new_with_free_func (export_free);
  ok = g_markup_parse_context_parse (context, xml, -1, NULL)
       && g_markup_parse_context_end_parse (context, NULL);
  g_assert_true (ok);
  return backup;
}

void
fake_backup_free (FakeBackup *backup)
{
  g_free (backup->xml);
  g_free (backup->socket);
  g_ptr_array_unref (backup->exports);
  g_free (backup);
}

char *
fake_backup_describe (const FakeBackup *backup)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < backup->exports->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            ((FakeExport *) backup->exports->pdata[i])->name);
  return g_string_free (text, FALSE);
}

/* ---- Processes */

static gboolean
run (GError **error, char **out, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *messages = NULL;
  const char *argument;
  int status;
  va_list args;

  va_start (args, out);
  while ((argument = va_arg (args, const char *)) != NULL)
    if (*argument != '\0')
      g_ptr_array_add (argv, (char *) argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH,
                     NULL, NULL, out, &messages, &status, error))
    return FALSE;
  if (status == 0)
    return TRUE;
  g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s: %s",
               (char *) argv->pdata[0], messages);
  return FALSE;
}

char *
fake_export_get_path (const VgSource *source)
{
  g_autofree char *name = NULL;

  if (source->path != NULL)
    return g_strdup (source->path);
  name = g_build_filename ("network", source->name, NULL);
  return source->name != NULL && fake_exists (name) ? fake_path (name) : NULL;
}

/* QEMU's name of the copy, with the key if it is encrypted. */
static char *
name_image (const FakeExport *export, const char *copy)
{
  const char *format = export->source->format;
  const char *prefix = g_strcmp0 (format, "qcow2") == 0 ? "encrypt." : "";

  if (export->source->encryption == NULL)
    return g_strdup_printf ("driver=%s,file.filename=%s",
                            format != NULL ? format : "raw", copy);
  return g_strdup_printf ("driver=%s,%skey-secret=key0,file.filename=%s",
                          *prefix != '\0' ? "qcow2" : "luks",
                          *prefix != '\0' ? "encrypt.format=luks,encrypt." : "",
                          copy);
}

static char *
name_key (const VgSource *source)
{
  const char *name =
      source->key_uuid != NULL ? source->key_uuid : source->key_usage;
  g_autofree char *file = g_build_filename ("secrets", name, NULL);
  g_autofree char *path = fake_path (file);

  return source->encryption != NULL ? g_strdup_printf (
             "--object=secret,id=key0,format=base64,file=%s", path)
                                    : g_strdup ("");
}

static gboolean
start_one (const char *folder, const FakeExport *export, const char *socket,
           GError **error)
{
  g_autofree char *copy = g_strdup_printf ("%s/%s.img", folder, export->name);
  g_autofree char *pid =
      g_strdup_printf ("--pid-file=%s/%s.pid", folder, export->name);
  g_autofree char *at = g_strdup_printf ("--socket=%s", socket);
  g_autofree char *as = g_strdup_printf ("--export-name=%s", export->name);
  g_autofree char *image = name_image (export, copy);
  g_autofree char *key = name_key (export->source);
  g_autofree char *path = fake_export_get_path (export->source);

  return run (error, NULL, "cp", "--sparse=always", path, copy, NULL)
         && run (error, NULL, "qemu-nbd", "--fork", "--persistent",
                 "--shared=0", "--read-only", pid, at, as, key, "--image-opts",
                 image, NULL);
}

/* In front of several servers, or of one that is to die. */
static gboolean
start_front (const char *folder, const FakeBackup *backup, GError **error)
{
  g_autofree char *cut_path = fake_path ("cut"), *cut = NULL;

  if (!g_file_get_contents (cut_path, &cut, NULL, NULL))
    cut = g_strdup ("-");
  unlink (cut_path);
  return run (error, NULL, "/usr/bin/python3", FAKE_EXPORT, folder,
              backup->socket, g_strchomp (cut), NULL);
}

gboolean
fake_export_start (const char *folder, const FakeBackup *backup, GError **error)
{
  gboolean front = backup->exports->len > 1 || fake_exists ("cut");

  for (guint i = 0; i < backup->exports->len; i++) {
    const FakeExport *export = backup->exports->pdata[i];
    g_autofree char *own = g_strdup_printf ("%s/%s.sock", folder, export->name);

    if (!start_one (folder, export, front ? own : backup->socket, error))
      return FALSE;
  }
  return !front || start_front (folder, backup, error);
}

/* A process that is gone, or not yet waited for, has no command line. */
static gboolean
lives (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", pid);
  g_autofree char *line = NULL;
  gsize length;

  return g_file_get_contents (path, &line, &length, NULL) && length > 0;
}

typedef gboolean (*EachProcess) (int pid);

/* FALSE as soon as the function says so of one. */
static gboolean
for_each (const char *folder, EachProcess function)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *text = NULL;

    if (g_str_has_suffix (name, ".pid")
        && g_file_get_contents (path, &text, NULL, NULL)
        && !function (atoi (text)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
end (int pid)
{
  kill (pid, SIGKILL);
  while (lives (pid))
    g_usleep (1000);
  return TRUE;
}

gboolean
fake_export_is_alive (const char *folder)
{
  return for_each (folder, lives);
}

void
fake_export_kill (const char *folder)
{
  for_each (folder, end);
}

void
fake_export_remove (const char *folder)
{
  run (NULL, NULL, "rm", "-rf", folder, NULL);
}

guint64
fake_export_get_size (const FakeExport *export)
{
  g_autofree char *out = NULL;
  g_autofree char *path = fake_export_get_path (export->source);
  g_autoptr (VgJson) info = NULL;
  const char *format = export->source->format;
  gboolean ok;

  if (format == NULL || g_str_equal (format, "raw"))
    format = export->source->encryption != NULL ? "luks" : "raw";
  ok = run (NULL, &out, "qemu-img", "info", "--force-share", "--output=json",
            "-f", format, path, NULL);

  if (!ok)
    return 0;
  info = vg_json_parse (out, -1, NULL);
  return (guint64) vg_json_get_int (info, "virtual-size", 0);
}
