/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake libvirt's backup jobs in pull mode: copies of the disks as they are,
 * exported by qemu-nbd, or by several of them behind fake_export.py. */
#include "lib/fake-libvirt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/domain.h"
#include "lib/fake-export.h"

static char *
folder_path (const char *state, virDomainPtr domain, const char *name)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  g_autofree char *file = NULL;

  virDomainGetUUIDString (domain, uuid);
  file = g_strdup_printf ("%s-%s/%s", state, uuid, name);
  return fake_path (file);
}

/* The domain's job: "job-UUID/NAME". This program may be killed at any time,
 * and libvirt would not be: a folder gets and loses that name in one step, so
 * that a job is there as a whole, or not. */
static char *
job_path (virDomainPtr domain, const char *name)
{
  return folder_path ("job", domain, name);
}

static gboolean
has_job (virDomainPtr domain)
{
  g_autofree char *path = job_path (domain, "");

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
fake_backup_die (virDomainPtr domain)
{
  g_autofree char *folder = job_path (domain, "");

  fake_export_kill (folder);
}

static void
bury (const char *folder)
{
  fake_export_kill (folder);
  fake_export_remove (folder);
}

static void
drop_job (virDomainPtr domain)
{
  g_autofree char *folder = job_path (domain, "");
  g_autofree char *gone = folder_path ("gone", domain, "");

  bury (gone); /* of one who was killed here */
  if (rename (folder, gone) == 0)
    bury (gone);
}

/* FALSE: see error. */
static gboolean
make_job (virDomainPtr domain, const char *xml, GError **error)
{
  g_autofree char *folder = job_path (domain, "");
  g_autofree char *new = folder_path ("new", domain, "");
  g_autofree char *file = folder_path ("new", domain, "xml");

  drop_job (domain);
  return g_mkdir_with_parents (new, 0700) == 0
         && g_file_set_contents (file, xml, -1, error)
         && rename (new, folder) == 0;
}

void
fake_backup_notice (virDomainPtr domain)
{
  int (*is_active) (virDomainPtr) = fake_real ("virDomainIsActive");
  g_autofree char *folder = job_path (domain, "");

  if (!has_job (domain) || fake_export_is_alive (folder)
      || fake_exists ("unnoticed"))
    return;
  drop_job (domain);
  if (is_active (domain) == 1)
    virDomainDestroy (domain);
}

/* ---- Beginning one */

static VgDomain *
read_domain (virDomainPtr domain)
{
  char *(*get) (virDomainPtr, unsigned int) = fake_real ("virDomainGetXMLDesc");
  g_autofree char *xml = get (domain, 0);

  return xml != NULL ? vg_domain_parse (xml, -1, NULL) : NULL;
}

/* As QEMU has it: the file is opened if it is there, or made. */
static gboolean
prepare_scratch (const FakeExport *export, guint flags)
{
  char magic[4] = "";
  int fd;

  if ((flags & VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL) == 0) {
    fd = open (export->scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
      fake_set_error (VIR_ERR_INTERNAL_ERROR, "%s: %s", export->scratch,
                      g_strerror (errno));
    return fd >= 0 && close (fd) == 0;
  }
  fd = open (export->scratch, O_RDWR | O_CLOEXEC);
  if (fd >= 0 && read (fd, magic, sizeof magic) == sizeof magic
      && memcmp (magic, "QFI\xfb", sizeof magic) == 0)
    return close (fd) == 0;
  fake_set_error (VIR_ERR_INTERNAL_ERROR, "%s is no qcow2 file",
                  export->scratch);
  return FALSE;
}

static gboolean
find_disk (const VgDomain *guest, FakeExport *export)
{
  const VgDomainDisk *disk = vg_domain_find_disk (guest, export->name, NULL);
  g_autofree char *path =
      disk != NULL ? fake_export_get_path (disk->source) : NULL;

  if (path == NULL) {
    fake_set_error (VIR_ERR_INVALID_ARG, "no disk %s with a source",
                    export->name);
    return FALSE;
  }
  export->source = disk->source;
  return TRUE;
}

static gboolean
begin_job (virDomainPtr domain, const FakeBackup *backup, guint flags)
{
  g_autoptr (VgDomain) guest = read_domain (domain);
  g_autofree char *folder = job_path (domain, "");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < backup->exports->len; i++) {
    FakeExport *export = backup->exports->pdata[i];

    if (!find_disk (guest, export) || !prepare_scratch (export, flags))
      return FALSE;
  }
  if (make_job (domain, backup->xml, &error)
      && fake_export_start (folder, backup, &error))
    return TRUE;
  fake_set_error (VIR_ERR_INTERNAL_ERROR, "the export can't be started: %s",
                  error != NULL ? error->message : folder);
  drop_job (domain);
  return FALSE;
}

int
virDomainBackupBegin (virDomainPtr domain, const char *xml,
                      const char *checkpoint G_GNUC_UNUSED, unsigned int flags)
{
  int (*is_active) (virDomainPtr) = fake_real ("virDomainIsActive");
  g_autoptr (FakeBackup) backup = fake_backup_parse (xml);
  g_autofree char *detail = fake_backup_describe (backup);
  FakeVerdict verdict = fake_call ("begin", domain, detail);

  if (verdict == FAKE_FAIL)
    return -1;
  if ((flags & ~VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL) != 0)
    fake_set_error (VIR_ERR_INVALID_ARG, "unsupported flags");
  else if (is_active (domain) != 1)
    fake_set_error (VIR_ERR_OPERATION_INVALID, "domain is not running");
  else if (has_job (domain))
    fake_set_error (VIR_ERR_OPERATION_INVALID,
                    "another backup job is already running");
  else if (begin_job (domain, backup, flags))
    return 0;
  return -1;
}

/* ---- Looking at it, and ending it */

char *
virDomainBackupGetXMLDesc (virDomainPtr domain,
                           unsigned int flags G_GNUC_UNUSED)
{
  g_autofree char *path = job_path (domain, "xml"), *xml = NULL;

  if (fake_call ("backup", domain, NULL) == FAKE_FAIL)
    return NULL;
  fake_backup_notice (domain);
  if (g_file_get_contents (path, &xml, NULL, NULL))
    return strdup (xml);
  fake_set_error (VIR_ERR_NO_DOMAIN_BACKUP, "no domain backup job");
  return NULL;
}

int
virDomainAbortJob (virDomainPtr domain)
{
  FakeVerdict verdict = fake_call ("end", domain, NULL);

  if (verdict != FAKE_GO)
    return verdict == FAKE_FAIL ? -1 : 0;
  if (!has_job (domain)) {
    fake_set_error (VIR_ERR_OPERATION_INVALID, "no job is active");
    return -1;
  }
  drop_job (domain);
  return 0;
}

int
virDomainGetJobInfo (virDomainPtr domain, virDomainJobInfoPtr info)
{
  if (fake_call ("jobinfo", domain, NULL) == FAKE_FAIL)
    return -1;
  memset (info, 0, sizeof *info);
  info->type =
      has_job (domain) ? VIR_DOMAIN_JOB_UNBOUNDED : VIR_DOMAIN_JOB_NONE;
  return 0;
}

int
virDomainGetJobStats (virDomainPtr domain, int *type,
                      virTypedParameterPtr *params, int *n, unsigned int flags)
{
  g_autofree char *path = fake_path ("ended-by"), *end = NULL;
  int size = 0;
  char *text;

  if (fake_call ("jobstats", domain, NULL) == FAKE_FAIL)
    return -1;
  if ((flags & VIR_DOMAIN_JOB_STATS_COMPLETED) == 0
      || !g_file_get_contents (path, &end, NULL, NULL)) {
    fake_set_error (VIR_ERR_NO_SUPPORT, "no statistics of jobs");
    return -1;
  }
  *params = NULL;
  *n = 0;
  *type = (int) strtol (end, &text, 10);
  g_strstrip (text);
  if (virTypedParamsAddInt (params, n, &size, VIR_DOMAIN_JOB_OPERATION,
                            VIR_DOMAIN_JOB_OPERATION_BACKUP)
      < 0)
    return -1;
  return *text == '\0' ? 0
                       : virTypedParamsAddString (params, n, &size,
                                                  VIR_DOMAIN_JOB_ERRMSG, text);
}

int
virDomainGetBlockJobInfo (virDomainPtr domain, const char *target,
                          virDomainBlockJobInfoPtr info,
                          unsigned int flags G_GNUC_UNUSED)
{
  if (fake_call ("blockjob", domain, target) == FAKE_FAIL)
    return -1;
  memset (info, 0, sizeof *info);
  info->type = VIR_DOMAIN_BLOCK_JOB_TYPE_COPY;
  return fake_exists ("block-job");
}

int
virDomainGetBlockInfo (virDomainPtr domain, const char *target,
                       virDomainBlockInfoPtr info,
                       unsigned int flags G_GNUC_UNUSED)
{
  g_autoptr (VgDomain) guest = read_domain (domain);
  FakeExport export = { .name = (char *) target };

  if (fake_call ("blockinfo", domain, target) == FAKE_FAIL
      || !find_disk (guest, &export))
    return -1;
  memset (info, 0, sizeof *info);
  info->capacity = fake_export_get_size (&export);
  if (info->capacity > 0)
    return 0;
  fake_set_error (VIR_ERR_INTERNAL_ERROR, "the size can't be read");
  return -1;
}
