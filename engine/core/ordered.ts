// Lines of waiting calls and of idle agents, kept in order: a treap that knows how many stand in each
// part, so that coming, going, the first and the place in line cost the logarithm of its length.
// Each item's rank in the tree is drawn from its sequence number, not from chance or history: the
// same items always make the same tree. Plain data, for snapshots and replays.

export type Order<Item> = (a: Item, b: Item) => number;

/** Whose place is unique by `sequence` within one line. */
type Sequenced = Readonly<{ sequence: number }>;
type Node<Item> = { item: Item; size: number; left: Node<Item> | null; right: Node<Item> | null };

export type Ordered<Item> = { root: Node<Item> | null };

export const createOrdered = <Item>(): Ordered<Item> => ({ root: null });

export const sizeOf = <Item>(line: Ordered<Item>): number => line.root?.size ?? 0;

export function firstOf<Item>(line: Ordered<Item>): Item | undefined {
  let node = line.root;
  while (node !== null && node.left !== null) node = node.left;
  return node?.item;
}

/** In order; at most `max` of them. */
export function itemsOf<Item>(line: Ordered<Item>, max = Infinity): Item[] {
  const items: Item[] = [];
  const above: Node<Item>[] = [];
  let node = line.root;
  while ((node !== null || above.length > 0) && items.length < max) {
    for (; node !== null; node = node.left) above.push(node);
    const next = above.pop();
    if (next === undefined) break;
    items.push(next.item);
    node = next.right;
  }
  return items;
}

/** Inserts behind its equals. */
export function insertOrdered<Item extends Sequenced>(
  line: Ordered<Item>,
  item: Item,
  order: Order<Item>,
): void {
  line.root = inserted(line.root, item, order);
}

/** Removes the item that compares equal; false when there is none. */
export function removeOrdered<Item extends Sequenced>(
  line: Ordered<Item>,
  item: Item,
  order: Order<Item>,
): boolean {
  for (let node = line.root; ; ) {
    if (node === null) return false;
    const way = order(item, node.item);
    if (way === 0) break;
    node = way < 0 ? node.left : node.right;
  }
  line.root = removed(line.root, item, order);
  return true;
}

/** Items that come before this one, which need not be there. */
export function countBefore<Item>(line: Ordered<Item>, item: Item, order: Order<Item>): number {
  let before = 0;
  for (let node = line.root; node !== null; ) {
    if (order(node.item, item) < 0) {
      before += 1 + (node.left?.size ?? 0);
      node = node.right;
    } else node = node.left;
  }
  return before;
}

type Link<Item> = Node<Item> | null;

function inserted<Item extends Sequenced>(
  node: Link<Item>,
  item: Item,
  order: Order<Item>,
): Node<Item> {
  if (node === null) return { item, size: 1, left: null, right: null };
  if (isAbove(item, node.item)) {
    const [left, right] = split(node, item, order);
    return sized({ item, size: 0, left, right });
  }
  if (order(item, node.item) < 0) node.left = inserted(node.left, item, order);
  else node.right = inserted(node.right, item, order);
  return sized(node);
}

function removed<Item extends Sequenced>(
  node: Link<Item>,
  item: Item,
  order: Order<Item>,
): Link<Item> {
  if (node === null) return null;
  const way = order(item, node.item);
  if (way === 0) return merged(node.left, node.right);
  if (way < 0) node.left = removed(node.left, item, order);
  else node.right = removed(node.right, item, order);
  return sized(node);
}

/** What comes before the item, equals included, and what comes after it. */
function split<Item>(
  node: Link<Item>,
  item: Item,
  order: Order<Item>,
): [before: Link<Item>, after: Link<Item>] {
  if (node === null) return [null, null];
  if (order(item, node.item) < 0) {
    const [before, after] = split(node.left, item, order);
    node.left = after;
    return [before, sized(node)];
  }
  const [before, after] = split(node.right, item, order);
  node.right = before;
  return [sized(node), after];
}

/** Everything on the left comes before everything on the right. */
function merged<Item extends Sequenced>(left: Link<Item>, right: Link<Item>): Link<Item> {
  if (left === null) return right;
  if (right === null) return left;
  if (isAbove(left.item, right.item)) {
    left.right = merged(left.right, right);
    return sized(left);
  }
  right.left = merged(left, right.left);
  return sized(right);
}

function sized<Item>(node: Node<Item>): Node<Item> {
  node.size = 1 + (node.left?.size ?? 0) + (node.right?.size ?? 0);
  return node;
}

/** The higher drawn number stands above; of two equal ones the earlier. */
function isAbove(a: Sequenced, b: Sequenced): boolean {
  const ranks = drawn(a.sequence) - drawn(b.sequence);
  return ranks > 0 || (ranks === 0 && a.sequence < b.sequence);
}

/** Spreads numbers that follow each other over 32 bits (the end of MurmurHash3). */
function drawn(sequence: number): number {
  let mixed = sequence | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
