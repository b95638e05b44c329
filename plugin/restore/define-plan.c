/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans which disks are made where, and the definition. Names from the
 * definition become parts of paths only after they were checked. */
#include "restore/define-plan.h"

#include <string.h>

#include "domain/redefine.h"
#include "host/define.h"
#include "plan/error.h"
#include "request/error.h"
#include "restore/define-set.h"
#include "util/text.h"

#define MAX_SHOWN 80
#define TARGET_MAX 16 /* characters; libvirt's are like vda */

static void
free_disk (gpointer data)
{
  VgDefineDisk *disk = data;

  g_free (disk->target);
  g_free (disk->path);
  vg_image_record_free (disk->image);
  g_free (disk);
}

void
vg_define_plan_free (VgDefinePlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->name);
  g_free (plan->uuid);
  g_free (plan->directory);
  vg_image_set_free (plan->set);
  g_ptr_array_unref (plan->disks);
  g_strfreev (plan->missing);
  g_ptr_array_unref (plan->left_out);
  g_ptr_array_unref (plan->warnings);
  g_free (plan->kept);
  g_free (plan->xml);
  g_free (plan);
}

static gboolean throw_plan (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

static gboolean
throw_plan (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, text);
  return FALSE;
}

/* The host */

static gboolean
throw_taken (VgGuest *guest, const char *uuid, GError **error)
{
  g_autoptr (VgDomain) domain = vg_guest_read (guest, error);
  const char *name = vg_guest_get_name (guest);

  if (domain == NULL)
    return FALSE;
  if (!g_str_equal (vg_guest_get_uuid (guest), uuid))
    return throw_plan (error,
                       "another domain of this host is called %s; give the "
                       "restored one another name with --name",
                       name);
  if (domain->is_nova)
    return vg_define_throw_nova (uuid, NULL, error);
  return throw_plan (error,
                     "domain %s with the UUID %s is on this host already; "
                     "undefine it first ('virsh undefine %s'), if all of it is "
                     "to come back from Glance",
                     name, uuid, name);
}

static gboolean
check_taken (VgHost *host, const char *what, const char *uuid, GError **error)
{
  g_autoptr (VgGuest) taken = NULL;

  if (vg_host_is_free (host, what, &taken, error))
    return TRUE;
  return taken != NULL && throw_taken (taken, uuid, error);
}

gboolean
vg_define_plan_check_free (const VgDefinePlan *plan, VgHost *host,
                           GError **error)
{
  return check_taken (host, plan->uuid, plan->uuid, error)
         && check_taken (host, plan->name, plan->uuid, error);
}

static gboolean
find_directory (VgDefinePlan *plan, const VgDefine *wanted, VgHost *host,
                GError **error)
{
  g_autofree char *inside = NULL;

  plan->directory = wanted->pool != NULL
                        ? vg_host_get_pool_directory (host, wanted->pool, error)
                        : g_canonicalize_filename (wanted->directory, NULL);
  if (plan->directory == NULL)
    return FALSE;
  if (!g_file_test (plan->directory, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR,
                 "the disks can't be made in %s: it is no directory",
                 plan->directory);
    return FALSE;
  }
  inside = g_build_filename (plan->directory, "disk", NULL);
  return vg_new_file_get_space (inside, &plan->space, error);
}

/* libvirt's rule, and it becomes part of a file's name. */
static gboolean
check_name (const char *name, GError **error)
{
  g_autofree char *shown = vg_text_clean (name, MAX_SHOWN);

  if (*name != '\0' && *name != '.' && strchr (name, '/') == NULL
      && strlen (name) < 200 && g_str_equal (shown, name))
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "'%s' can't be the domain's name; give another one with --name",
               shown);
  return FALSE;
}

/* Disks */

static const VgListedImage *
find_image (const VgImageSet *set, const VgDomainDisk *disk)
{
  for (guint i = 0; i < set->images->len; i++) {
    const VgListedImage *image = set->images->pdata[i];

    if (g_strcmp0 (image->disk, disk->target) == 0)
      return image;
  }
  return NULL;
}

static gboolean
check_target (const char *target, GError **error)
{
  gsize n = strspn (target, G_CSET_a_2_z G_CSET_DIGITS);
  g_autofree char *shown = vg_text_clean (target, MAX_SHOWN);

  return (n > 0 && n <= TARGET_MAX && target[n] == '\0')
         || throw_plan (error,
                        "the definition's disk '%s' can't be restored: "
                        "that is no name of a disk",
                        shown);
}

/* No file, nor a link to none. */
static gboolean
check_file (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               "%s exists already; move it away, or give the domain another "
               "name with --name",
               path);
  return FALSE;
}

static gboolean
plan_disk (VgDefinePlan *plan, const VgDomainDisk *disk,
           const VgListedImage *image, VgGlance *glance,
           GCancellable *cancellable, GError **error)
{
  VgDefineDisk *made = g_new0 (VgDefineDisk, 1);
  gboolean is_raw = g_strcmp0 (image->disk_format, "raw") == 0;
  g_autofree char *file = g_strdup_printf ("%s-%s.%s", plan->name, disk->target,
                                           is_raw ? "raw" : "qcow2");

  g_ptr_array_add (plan->disks, made);
  if (!check_target (disk->target, error))
    return FALSE;
  made->target = g_strdup (disk->target);
  made->path = g_build_filename (plan->directory, file, NULL);
  made->format = is_raw ? "raw" : "qcow2";
  made->image = vg_glance_get_image (glance, image->id, cancellable, error);
  if (made->image == NULL
      || !vg_fetch_plan (&made->fetch, made->image, made->format, error))
    return FALSE;
  if (vg_source_find_encrypted (disk->source) != NULL)
    g_ptr_array_add (
        plan->warnings,
        g_strdup_printf ("disk %s was encrypted: its image has the content in "
                         "the clear, and so has the new disk, unless the image "
                         "was made with --encrypted keep; then the guest can't "
                         "start until its definition gets an <encryption>",
                         made->target));
  return check_file (made->path, error);
}

static gboolean
check_missing (const VgDefinePlan *plan, const VgDefine *wanted, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", plan->missing);
  g_autofree char *shown = vg_text_clean (list, MAX_SHOWN);

  if (*list == '\0' || wanted->skip_missing)
    return TRUE;
  return throw_plan (error,
                     "there is no image of the disks %s of domain %s at that "
                     "time; --skip-missing defines it without them",
                     shown, plan->name);
}

static gboolean
plan_disks (VgDefinePlan *plan, const VgDefine *wanted, const VgDomain *domain,
            VgGlance *glance, GCancellable *cancellable, GError **error)
{
  g_autoptr (GStrvBuilder) missing = g_strv_builder_new ();

  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    const VgListedImage *image = find_image (plan->set, disk);

    if (image != NULL
        && !plan_disk (plan, disk, image, glance, cancellable, error))
      return FALSE;
    if (image == NULL && disk->device != VG_DEVICE_CDROM
        && disk->device != VG_DEVICE_FLOPPY)
      g_strv_builder_add (missing, disk->target);
  }
  plan->missing = g_strv_builder_end (missing);
  if (plan->disks->len == plan->set->images->len)
    return check_missing (plan, wanted, error);
  return throw_plan (error,
                     "the images of that time don't match the disks of the "
                     "definition that is kept with them");
}

char *
vg_define_plan_make_xml (const VgDefinePlan *plan, const VgDefine *wanted,
                         const char *job, GError **error)
{
  g_autofree VgNewSource *sources = g_new0 (VgNewSource, plan->disks->len + 1);
  const VgRedefinition redefinition = { .xml = plan->kept,
                                        .name = plan->name,
                                        .job = job,
                                        .sources = sources,
                                        .n_sources = plan->disks->len,
                                        .trusted = wanted->trusted };

  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];

    sources[i] = (VgNewSource){ disk->target, disk->path, disk->format };
  }
  g_ptr_array_set_size (plan->left_out, 0);
  return vg_redefine (&redefinition, plan->left_out, error);
}

VgDefinePlan *
vg_define_plan_new (const VgDefine *wanted, VgHost *host, VgGlance *glance,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (VgDefinePlan) plan = g_new0 (VgDefinePlan, 1);
  g_autoptr (VgDomain) domain = NULL;

  plan->uuid = g_strdup (wanted->uuid);
  plan->disks = g_ptr_array_new_with_free_func (free_disk);
  plan->left_out = g_ptr_array_new_with_free_func (g_free);
  plan->warnings = g_ptr_array_new_with_free_func (g_free);
  if ((wanted->name != NULL && !check_name (wanted->name, error))
      || !check_taken (host, plan->uuid, plan->uuid, error)
      || !find_directory (plan, wanted, host, error))
    return NULL;
  plan->set =
      vg_define_choose_set (wanted, glance, plan->warnings, cancellable, error);
  if (plan->set == NULL)
    return NULL;
  plan->kept =
      vg_define_read (wanted, plan->set, glance, &domain, cancellable, error);
  if (plan->kept == NULL)
    return NULL;
  plan->name = g_strdup (wanted->name != NULL ? wanted->name : domain->name);
  if (!check_name (plan->name, error)
      || !vg_define_plan_check_free (plan, host, error)
      || !plan_disks (plan, wanted, domain, glance, cancellable, error))
    return NULL;
  plan->xml = vg_define_plan_make_xml (plan, wanted, NULL, error);
  return plan->xml != NULL ? g_steal_pointer (&plan) : NULL;
}
