/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints what the parser makes of each file: a line a disk and layer, to be
 * compared with an independent reading. Values are never quoted; what breaks
 * lines is escaped.
 */
#include "domain/domain.h"

#include <stdio.h>

#include "util/text.h"

static const char *const devices[] = {
  [VG_DEVICE_DISK] = "disk",
  [VG_DEVICE_LUN] = "lun",
  [VG_DEVICE_CDROM] = "cdrom",
  [VG_DEVICE_FLOPPY] = "floppy",
};

static void
print_layer (const char *label, const VgSource *source)
{
  g_autofree char *name = vg_source_describe (source);
  g_autofree char *shown = vg_text_clean (name, 0);

  printf ("%s %s %s %s\n", label, source->type_name,
          source->format ? source->format : "-", shown);
}

static void
print_domain (const VgDomain *domain)
{
  g_autofree char *name = vg_text_clean (domain->name, 0);

  printf ("name %s\n", name);
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    const VgSource *layer = disk->source;

    printf ("disk %s %s%s%s%s%s\n", disk->target, devices[disk->device],
            disk->readonly ? " readonly" : "",
            disk->shareable ? " shareable" : "",
            disk->transient ? " transient" : "",
            layer->encryption ? " encrypted" : "");
    print_layer ("source", layer);
    for (; layer->backing != NULL; layer = layer->backing)
      print_layer ("backing", layer->backing);
    if (layer->backing_known)
      puts ("end");
  }
  printf ("root %s\n", domain->root ? domain->root->target : "-");
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgDomain) domain = NULL;
    g_autofree char *text = NULL;
    gsize length;

    printf ("file %s\n", argv[i]);
    if (!g_file_get_contents (argv[i], &text, &length, &error)) {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
    domain = vg_domain_parse (text, (gssize) length, &error);
    if (domain != NULL)
      print_domain (domain);
    else
      printf ("error %s\n", error->message);
  }
  return 0;
}
