/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of what is let through: the rest is left out, also what libvirt may
 * know in the future. An element without a row, in one with a row, is let
 * through with all in it. */
#include "domain/harmless.h"

#include <string.h>

#include "util/text.h"

#define NOTE_MAX 160 /* characters */
#define FIRMWARE "/usr/share/"

/* Whether the element can stay; may change it. */
typedef gboolean Check (xmlNode *node);

typedef struct {
  const char *path;       /* the elements' names */
  const char *kind;       /* "ATTRIBUTE VALUE VALUE …": one of the values */
  const char *attributes; /* the permitted ones; NULL: all */
  const char *children;   /* likewise */
  const char *needs;      /* a child, without which it is of no use */
  Check *check;           /* comes first */
} Rule;

static gboolean
is_word (const char *list, const char *word)
{
  g_auto (GStrv) words = g_strsplit (list, " ", -1);

  return g_strv_contains ((const char *const *) words, word);
}

static gboolean
is_firmware (const char *path)
{
  return path != NULL && g_str_has_prefix (path, FIRMWARE)
         && strstr (path, "/..") == NULL;
}

/* Firmware of the distribution, which the guest can't write to. */
static gboolean
check_loader (xmlNode *node)
{
  g_autofree char *path = vg_xml_text (node);

  return path == NULL
         || (is_firmware (g_strstrip (path))
             && vg_xml_attribute_is (node, "readonly", "yes"));
}

/* libvirt makes a file of its own for the domain. */
static gboolean
check_nvram (xmlNode *node)
{
  g_autofree char *template = vg_xml_attribute (node, "template");

  xmlNodeSetContent (node, NULL);
  return template == NULL || is_firmware (template);
}

static gboolean
check_random (xmlNode *node)
{
  g_autofree char *path = vg_xml_text (node);

  return path == NULL || is_word ("/dev/random /dev/urandom", path);
}

/* A line whose other end is a file, a device or a connection gets a
 * pseudo-terminal there: the guest's hardware stays. */
static gboolean
check_line (xmlNode *node)
{
  if (!vg_xml_attribute_is (node, "type", "null")
      && !vg_xml_attribute_is (node, "type", "spicevmc"))
    xmlSetProp (node, BAD_CAST "type", BAD_CAST "pty");
  return TRUE;
}

static gboolean
is_loopback (xmlNode *node, const char *attribute)
{
  g_autofree char *address = vg_xml_attribute (node, attribute);

  return address == NULL || is_word ("127.0.0.1 ::1 localhost", address);
}

static gboolean
check_graphics (xmlNode *node)
{
  if (!is_loopback (node, "listen"))
    xmlUnsetProp (node, BAD_CAST "listen");
  return TRUE;
}

static gboolean
check_listen (xmlNode *node)
{
  return is_loopback (node, "address");
}

/* https://libvirt.org/formatdomain.html */
static const Rule rules[] = {
  { .path = "/domain",
    .kind = "type kvm qemu test",
    .attributes = "type",
    .children = "name uuid genid title description metadata maxMemory memory "
                "currentMemory vcpu vcpus iothreads iothreadids cputune "
                "memtune blkiotune memoryBacking os features cpu clock pm "
                "on_poweroff on_reboot on_crash sysinfo devices" },
  { .path = "/domain/vcpu", .attributes = "placement current" },
  { .path = "/domain/cputune",
    .children = "shares period quota global_period global_quota "
                "emulator_period emulator_quota iothread_period "
                "iothread_quota" },
  { .path = "/domain/blkiotune", .children = "weight" },
  { .path = "/domain/memoryBacking",
    .children = "hugepages nosharepages source access discard allocation" },
  { .path = "/domain/os",
    .attributes = "firmware",
    .children = "type firmware loader nvram boot bootmenu smbios bios" },
  { .path = "/domain/os/loader",
    .attributes = "readonly secure type stateless format",
    .check = check_loader },
  { .path = "/domain/os/nvram",
    .attributes = "template templateFormat format",
    .check = check_nvram },
  { .path = "/domain/sysinfo",
    .kind = "type smbios",
    .children = "bios system baseBoard chassis" },
  { .path = "/domain/devices",
    .children = "disk controller interface input serial parallel console "
                "channel graphics sound audio video watchdog memballoon rng "
                "tpm panic vsock iommu memory hub redirdev" },
  { .path = "/domain/devices/controller",
    .children = "address alias driver model target master" },
  { .path = "/domain/devices/interface",
    .kind = "type network bridge user",
    .children = "mac source model virtualport vlan link mtu boot alias "
                "address driver bandwidth filterref coalesce port acpi" },
  { .path = "/domain/devices/interface/source",
    .attributes = "network portgroup bridge",
    .children = "" },
  { .path = "/domain/devices/input",
    .kind = "type mouse keyboard tablet",
    .children = "driver address alias" },
  { .path = "/domain/devices/serial",
    .children = "target protocol address alias",
    .check = check_line },
  { .path = "/domain/devices/parallel",
    .children = "target address alias",
    .check = check_line },
  { .path = "/domain/devices/console",
    .attributes = "type",
    .children = "target address alias",
    .check = check_line },
  { .path = "/domain/devices/channel",
    .kind = "type unix spicevmc pty null",
    .children = "target address alias" },
  { .path = "/domain/devices/channel/target", .attributes = "type name" },
  { .path = "/domain/devices/graphics",
    .kind = "type vnc spice",
    .attributes = "type port tlsPort autoport keymap defaultMode sharePolicy "
                  "websocket listen",
    .children = "listen channel image jpeg zlib playback streaming clipboard "
                "mouse filetransfer",
    .check = check_graphics },
  { .path = "/domain/devices/graphics/listen",
    .kind = "type address",
    .attributes = "type address",
    .children = "",
    .check = check_listen },
  { .path = "/domain/devices/sound",
    .children = "codec address alias driver audio" },
  { .path = "/domain/devices/audio", .kind = "type none spice" },
  { .path = "/domain/devices/video", .children = "model driver address alias" },
  { .path = "/domain/devices/video/model",
    .children = "acceleration resolution" },
  { .path = "/domain/devices/video/model/acceleration",
    .attributes = "accel2d accel3d" },
  { .path = "/domain/devices/rng",
    .children = "backend rate address alias driver",
    .needs = "backend" },
  { .path = "/domain/devices/rng/backend",
    .kind = "model random builtin",
    .children = "",
    .check = check_random },
  { .path = "/domain/devices/tpm",
    .children = "backend address alias",
    .needs = "backend" },
  { .path = "/domain/devices/tpm/backend",
    .kind = "type emulator",
    .attributes = "type version persistent_state",
    .children = "encryption active_pcr_banks" },
  { .path = "/domain/devices/memory",
    .kind = "model dimm virtio-mem",
    .children = "source target address alias" },
  { .path = "/domain/devices/memory/source", .children = "pagesize" },
  { .path = "/domain/devices/redirdev",
    .kind = "type spicevmc",
    .children = "address alias boot" },
};

static const Rule *
find_rule (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i].path, path) == 0)
      return &rules[i];
  return NULL;
}

static char *
describe (xmlNode *node)
{
  g_autofree char *dump = vg_xml_dump (node);
  const char *text = strchr (dump, '\n');
  g_autofree char *line = g_strdup (text != NULL ? text + 1 : dump);

  return vg_text_clean (g_strstrip (line), NOTE_MAX);
}

void
vg_harmless_note (xmlNode *node, GPtrArray *left_out)
{
  g_ptr_array_add (left_out, describe (node));
}

/* What libvirt fills in by itself anyway. */
static gboolean
is_usual (xmlNode *node)
{
  g_autofree char *text = vg_xml_text (node);

  if (vg_xml_is (node, NULL, "emulator"))
    return text == NULL || g_str_has_prefix (text, "/usr/");
  return vg_xml_is (node, NULL, "source")
         && vg_xml_is (node->parent, NULL, "channel")
         && xmlHasProp (node, BAD_CAST "path") == NULL;
}

static gboolean
has_kind (xmlNode *node, const char *kind)
{
  g_auto (GStrv) words = g_strsplit (kind, " ", -1);
  g_autofree char *value = vg_xml_attribute (node, words[0]);

  return value != NULL
         && g_strv_contains ((const char *const *) words + 1, value);
}

static void
note_attribute (xmlNode *node, const char *name, GPtrArray *left_out)
{
  g_autofree char *value = vg_xml_attribute (node, name);
  g_autofree char *line = g_strdup_printf (
      "%s='%s' of <%s>", name, value != NULL ? value : "", node->name);

  g_ptr_array_add (left_out, vg_text_clean (line, NOTE_MAX));
}

static void
filter_attributes (xmlNode *node, const char *permitted, GPtrArray *left_out)
{
  xmlAttr *next;

  for (xmlAttr *attribute = node->properties; attribute != NULL;
       attribute = next) {
    const char *name = (const char *) attribute->name;

    next = attribute->next;
    if (attribute->ns == NULL && is_word (permitted, name))
      continue;
    note_attribute (node, name, left_out);
    xmlRemoveProp (attribute);
  }
}

static void
remove_node (xmlNode *node)
{
  xmlUnlinkNode (node);
  xmlFreeNode (node);
}

static gboolean filter (xmlNode *node, const char *parent, GPtrArray *left_out);

static void
filter_children (xmlNode *node, const char *path, const char *permitted,
                 GPtrArray *left_out)
{
  xmlNode *next;

  for (xmlNode *child = node->children; child != NULL; child = next) {
    next = child->next;
    if (child->type == XML_TEXT_NODE)
      continue;
    if (child->type == XML_ELEMENT_NODE) {
      guint noted = left_out->len;
      g_autofree char *whole = describe (child); /* filter() changes it */

      if (child->ns == NULL
          && (permitted == NULL
              || is_word (permitted, (const char *) child->name))
          && filter (child, path, left_out))
        continue;
      g_ptr_array_set_size (left_out, (int) noted);
      if (!is_usual (child))
        g_ptr_array_add (left_out, g_steal_pointer (&whole));
    }
    remove_node (child);
  }
}

/* FALSE: the element can't stay. */
static gboolean
filter (xmlNode *node, const char *parent, GPtrArray *left_out)
{
  g_autofree char *path = g_strconcat (parent, "/", node->name, NULL);
  const Rule *rule = find_rule (path);

  if (rule == NULL)
    return TRUE;
  if (rule->kind != NULL && !has_kind (node, rule->kind))
    return FALSE;
  if (rule->check != NULL && !rule->check (node))
    return FALSE;
  if (rule->attributes != NULL)
    filter_attributes (node, rule->attributes, left_out);
  filter_children (node, path, rule->children, left_out);
  return rule->needs == NULL || vg_xml_child (node, rule->needs) != NULL;
}

gboolean
vg_harmless_filter (xmlNode *root, GPtrArray *left_out)
{
  return filter (root, "", left_out);
}
