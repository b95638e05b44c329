/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of a disk's data blocks, as a tree.
 *
 * A leaf is the bitmap of one group of 8192 blocks; an inner node has 512
 * children. If all blocks below a child are alike, the child has no node: it is
 * NULL (no data) or FULL. So memory depends on how scattered the data are, not
 * on the disk's size, and uniform ranges are skipped in one step.
 */
#include "util/map.h"

/* A tree of 13 + 4 * 9 = 49 bits holds the 2^48 blocks of any 64-bit size. */
#define LEAF_BITS 13
#define FANOUT_BITS 9
#define FANOUT (1u << FANOUT_BITS)
#define ROOT_LEVEL 4
#define LEAF_WORDS (VG_MAP_GROUP_BLOCKS / 64)

G_STATIC_ASSERT (VG_MAP_GROUP_BLOCKS == 1u << LEAF_BITS);

typedef struct _Node Node;

struct _Node {
  guint64 count; /* number of data blocks below */
  union {
    Node *child[0];
    guint64 bits[0]; /* of a leaf (level 0) */
  };
};

struct _VgMap {
  guint64 size;
  guint64 n_blocks;
  Node *root;
};

/* Stands for a node all of whose blocks are data. A constant, not the address
 * of a variable: modules with their own copy of this file must agree on the
 * value. */
#define FULL ((Node *) GSIZE_TO_POINTER (1))

static guint
level_bits (guint level)
{
  return LEAF_BITS + level * FANOUT_BITS;
}

static Node *
new_node (guint level)
{
  if (level == 0)
    return g_malloc0 (sizeof (Node) + LEAF_WORDS * sizeof (guint64));
  return g_malloc0 (sizeof (Node) + FANOUT * sizeof (Node *));
}

static void
free_node (Node *node, guint level)
{
  if (node == NULL || node == FULL)
    return;
  for (guint i = 0; level > 0 && i < FANOUT; i++)
    free_node (node->child[i], level - 1);
  g_free (node);
}

VgMap *
vg_map_new (guint64 size)
{
  VgMap *map = g_new0 (VgMap, 1);

  map->size = size;
  map->n_blocks =
      size / VG_MAP_BLOCK_SIZE + (size % VG_MAP_BLOCK_SIZE != 0 ? 1 : 0);
  return map;
}

void
vg_map_free (VgMap *map)
{
  if (map == NULL)
    return;
  free_node (map->root, ROOT_LEVEL);
  g_free (map);
}

/* The number of the disk's blocks below the node that begins at start. */
static guint64
node_span (const VgMap *map, guint level, guint64 start)
{
  return MIN (G_GUINT64_CONSTANT (1) << level_bits (level),
              map->n_blocks - start);
}

static guint64
node_count (const VgMap *map, const Node *node, guint level, guint64 start)
{
  if (node == NULL)
    return 0;
  return node == FULL ? node_span (map, level, start) : node->count;
}

/* Sets the bits first to last of a leaf. */
static void
set_bits (Node *leaf, guint first, guint last)
{
  for (guint word = first / 64; word <= last / 64; word++) {
    guint low = word == first / 64 ? first % 64 : 0;
    guint high = word == last / 64 ? last % 64 : 63;
    guint64 mask = (G_MAXUINT64 << low) & (G_MAXUINT64 >> (63 - high));

    leaf->count += (guint) __builtin_popcountll (mask & ~leaf->bits[word]);
    leaf->bits[word] |= mask;
  }
}

static void add_blocks (const VgMap *map, Node **slot, guint level,
                        guint64 start, guint64 first, guint64 last);

/* Marks the blocks first to last below the children of a node that begins at
 * start. */
static void
add_to_children (const VgMap *map, Node *node, guint level, guint64 start,
                 guint64 first, guint64 last)
{
  guint bits = level_bits (level - 1);

  for (guint64 i = (first - start) >> bits; i <= (last - start) >> bits; i++) {
    guint64 at = start + (i << bits);
    guint64 end = at + node_span (map, level - 1, at) - 1;
    Node **child = &node->child[i];

    node->count -= node_count (map, *child, level - 1, at);
    add_blocks (map, child, level - 1, at, MAX (first, at), MIN (last, end));
    node->count += node_count (map, *child, level - 1, at);
  }
}

/* Marks the blocks first to last, all of which lie below the node in *slot.
 * That node begins at start. */
static void
add_blocks (const VgMap *map, Node **slot, guint level, guint64 start,
            guint64 first, guint64 last)
{
  guint64 span = node_span (map, level, start);
  gboolean all = last - first + 1 == span;

  if (*slot == FULL)
    return;
  if (!all) {
    if (*slot == NULL)
      *slot = new_node (level);
    if (level == 0)
      set_bits (*slot, (guint) (first - start), (guint) (last - start));
    else
      add_to_children (map, *slot, level, start, first, last);
    all = (*slot)->count == span;
  }
  if (all) {
    free_node (*slot, level);
    *slot = FULL;
  }
}

void
vg_map_add (VgMap *map, guint64 offset, guint64 length)
{
  if (length == 0 || offset >= map->size)
    return;
  length = MIN (length, map->size - offset);
  add_blocks (map, &map->root, ROOT_LEVEL, 0, offset / VG_MAP_BLOCK_SIZE,
              (offset + length - 1) / VG_MAP_BLOCK_SIZE);
}

guint64
vg_map_get_size (const VgMap *map)
{
  return map->size;
}

guint64
vg_map_get_n_blocks (const VgMap *map)
{
  return map->n_blocks;
}

guint64
vg_map_get_n_data_blocks (const VgMap *map)
{
  return node_count (map, map->root, ROOT_LEVEL, 0);
}

guint64
vg_map_get_data_bytes (const VgMap *map)
{
  guint64 tail = map->size % VG_MAP_BLOCK_SIZE;
  guint64 bytes = vg_map_get_n_data_blocks (map) * VG_MAP_BLOCK_SIZE;

  if (tail != 0 && vg_map_is_data (map, map->n_blocks - 1))
    bytes -= VG_MAP_BLOCK_SIZE - tail;
  return bytes;
}

/* The leaf that contains block, or NULL or FULL. */
static const Node *
find_leaf (const VgMap *map, guint64 block)
{
  const Node *node = map->root;

  for (guint level = ROOT_LEVEL; level > 0; level--) {
    if (node == NULL || node == FULL)
      return node;
    node = node->child[(block >> level_bits (level - 1)) % FANOUT];
  }
  return node;
}

guint
vg_map_get_group_count (const VgMap *map, guint64 group)
{
  guint64 start = group * VG_MAP_GROUP_BLOCKS;

  if (group > map->n_blocks / VG_MAP_GROUP_BLOCKS || start >= map->n_blocks)
    return 0;
  return (guint) node_count (map, find_leaf (map, start), 0, start);
}

gboolean
vg_map_is_data (const VgMap *map, guint64 block)
{
  const Node *leaf;
  guint64 bit = block % VG_MAP_GROUP_BLOCKS;

  if (block >= map->n_blocks)
    return FALSE;
  leaf = find_leaf (map, block);
  if (leaf == NULL || leaf == FULL)
    return leaf == FULL;
  return (leaf->bits[bit / 64] >> (bit % 64)) & 1;
}

/* Searches a leaf that begins at start and ends before end. Returns the first
 * block at or after from that is data (value TRUE) or no data (FALSE); end if
 * there is none. */
static guint64
find_bit (const Node *leaf, guint64 start, guint64 end, guint64 from,
          gboolean value)
{
  guint64 at = from;

  while (at < end) {
    guint64 word = leaf->bits[(at - start) / 64];
    guint64 rest = (value ? word : ~word) >> ((at - start) % 64);

    if (rest != 0)
      return MIN (end, at + (guint) __builtin_ctzll (rest));
    at += 64 - (at - start) % 64;
  }
  return end;
}

/* Does the same for any node, which may begin after from. */
static guint64
find_block (const VgMap *map, const Node *node, guint level, guint64 start,
            guint64 from, gboolean value)
{
  guint64 end = start + node_span (map, level, start);
  guint64 at = MAX (from, start);

  if (node == NULL || node == FULL)
    return (node == FULL) == value ? at : end;
  if (level == 0)
    return find_bit (node, start, end, at, value);

  while (at < end) {
    guint64 i = (at - start) >> level_bits (level - 1);
    guint64 child = start + (i << level_bits (level - 1));
    guint64 child_end = child + node_span (map, level - 1, child);

    at = find_block (map, node->child[i], level - 1, child, at, value);
    if (at < child_end)
      return at;
  }
  return end;
}

gboolean
vg_map_next_run (const VgMap *map, guint64 start, guint64 *first,
                 guint64 *n_blocks)
{
  guint64 begin, end;

  if (start >= map->n_blocks)
    return FALSE;
  begin = find_block (map, map->root, ROOT_LEVEL, 0, start, TRUE);
  if (begin >= map->n_blocks)
    return FALSE;
  end = find_block (map, map->root, ROOT_LEVEL, 0, begin, FALSE);

  *first = begin;
  *n_blocks = end - begin;
  return TRUE;
}
