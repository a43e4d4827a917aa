// Arrays kept in order by binary search: the lines of waiting calls and of idle agents.

export type Order<Item> = (a: Item, b: Item) => number;

/** Inserts behind its equals. */
export function insertOrdered<Item>(items: Item[], item: Item, order: Order<Item>): void {
  items.splice(firstAfter(items, item, order), 0, item);
}

/** Removes the item that compares equal; false when there is none. */
export function removeOrdered<Item>(items: Item[], item: Item, order: Order<Item>): boolean {
  const at = firstAfter(items, item, order) - 1;
  const found = items[at];
  if (found === undefined || order(found, item) !== 0) return false;
  items.splice(at, 1);
  return true;
}

function firstAfter<Item>(items: readonly Item[], item: Item, order: Order<Item>): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = items[middle];
    if (other !== undefined && order(other, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Items that come before this one, which need not be there. */
export function countBefore<Item>(items: readonly Item[], item: Item, order: Order<Item>): number {
  const at = firstAfter(items, item, order);
  const last = items[at - 1];
  return last !== undefined && order(last, item) === 0 ? at - 1 : at;
}
