/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The C library's functions want a buffer, and can't tell how long a record
 * is: that of a group has all its members. */
#include "util/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#define FIRST_SIZE ((gsize) 1 << 12)
#define LAST_SIZE ((gsize) 1 << 24)

typedef struct {
  gboolean found;
  guint id;
  gid_t gid;  /* of a user */
  char *name; /* of a user */
} Record;

/* Looks a record up by its name, or by its number. Returns errno, or 0. */
typedef int (*Look) (const char *name, guint id, char *buffer, gsize size,
                     Record *record);

static void
keep_user (Record *record, const struct passwd *found)
{
  record->found = found != NULL;
  if (found == NULL)
    return;
  record->id = found->pw_uid;
  record->gid = found->pw_gid;
  record->name = g_strdup (found->pw_name);
}

static int
look_for_name (const char *name, guint id G_GNUC_UNUSED, char *buffer,
               gsize size, Record *record)
{
  struct passwd entry, *found = NULL;
  int number = getpwnam_r (name, &entry, buffer, size, &found);

  keep_user (record, found);
  return number;
}

static int
look_for_number (const char *name G_GNUC_UNUSED, guint id, char *buffer,
                 gsize size, Record *record)
{
  struct passwd entry, *found = NULL;
  int number = getpwuid_r (id, &entry, buffer, size, &found);

  keep_user (record, found);
  return number;
}

static int
look_for_group (const char *name, guint id G_GNUC_UNUSED, char *buffer,
                gsize size, Record *record)
{
  struct group entry, *found = NULL;
  int number = getgrnam_r (name, &entry, buffer, size, &found);

  record->found = found != NULL;
  if (found != NULL)
    record->id = found->gr_gid;
  return number;
}

/* 0, or errno: ENOENT if there is no such record. */
static int
look_up (Look look, const char *name, guint id, Record *record)
{
  gsize size = FIRST_SIZE;
  int number;

  do {
    g_autofree char *buffer = g_malloc (size);

    number = look (name, id, buffer, size, record);
    if (number == ERANGE)
      size *= 2;
  } while (number == EINTR || (number == ERANGE && size <= LAST_SIZE));
  /* See "ERRORS" in getpwnam(3): what systems return for "not found". */
  if (number == ESRCH || number == EBADF || number == EPERM)
    number = ENOENT;
  return number != 0 || record->found ? number : ENOENT;
}

static gboolean
parse_id (const char *text, guint *id)
{
  guint64 number;

  if (*text == '+')
    text++;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT - 1, &number, NULL))
    return FALSE;
  *id = (guint) number;
  return TRUE;
}

gboolean
vg_account_find (VgAccountKind kind, const char *text, guint *id,
                 GError **error)
{
  gboolean user = kind == VG_ACCOUNT_USER;
  Record record = { 0 };
  int number;

  if (parse_id (text, id))
    return TRUE;
  number = look_up (user ? look_for_name : look_for_group, text, 0, &record);
  g_free (record.name);
  if (number == 0) {
    *id = record.id;
    return TRUE;
  }
  if (number == ENOENT)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                 "this host has no %s '%s'", user ? "user" : "group", text);
  else
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
                 "the %s '%s' can't be looked up: %s", user ? "user" : "group",
                 text, g_strerror (number));
  return FALSE;
}

char *
vg_account_get_user (uid_t uid, gid_t *gid)
{
  Record record = { 0 };

  if (look_up (look_for_number, NULL, uid, &record) != 0)
    return NULL;
  *gid = record.gid;
  return record.name;
}

char *
vg_account_describe_user (uid_t uid)
{
  gid_t gid;
  char *name = vg_account_get_user (uid, &gid);

  return name != NULL ? name : g_strdup_printf ("%u", (guint) uid);
}
