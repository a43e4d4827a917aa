// The tree of a line against a sorted array, in any order of coming and going.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  countBefore,
  createOrdered,
  firstOf,
  insertOrdered,
  itemsOf,
  type Ordered,
  removeOrdered,
  sizeOf,
} from "./ordered.ts";

type Item = Readonly<{ value: number; sequence: number }>;
const order = (a: Item, b: Item) => a.value - b.value || a.sequence - b.sequence;

const lineOf = (items: readonly Item[]): Ordered<Item> => {
  const line = createOrdered<Item>();
  for (const item of items) insertOrdered(line, item, order);
  return line;
};

const items = fc.uniqueArray(fc.record({ value: fc.nat(9), sequence: fc.nat(5_000) }), {
  maxLength: 60,
  selector: ({ sequence }) => sequence,
});

function depthOf(node: Ordered<Item>["root"]): number {
  return node === null ? 0 : 1 + Math.max(depthOf(node.left), depthOf(node.right));
}

it("is the sorted array, whatever comes and goes", () => {
  fc.assert(
    fc.property(items, fc.array(fc.nat(100), { maxLength: 40 }), (all, going) => {
      const line = lineOf(all);
      let model = [...all].sort(order);
      for (const at of going) {
        const gone = all[at % Math.max(1, all.length)] ?? { value: 1, sequence: 9_999 };
        const wasThere = model.some(({ sequence }) => sequence === gone.sequence);
        expect(removeOrdered(line, gone, order)).toBe(wasThere);
        model = model.filter(({ sequence }) => sequence !== gone.sequence);
        expect(itemsOf(line)).toEqual(model);
        expect([firstOf(line), sizeOf(line)]).toEqual([model[0], model.length]);
        expect(itemsOf(line, 3)).toEqual(model.slice(0, 3));
        const before = model.filter((other) => order(other, gone) < 0).length;
        expect(countBefore(line, gone, order)).toBe(before);
      }
    }),
  );
});

it("is the same tree for the same items, in whatever order they came", () => {
  fc.assert(
    fc.property(items, fc.array(fc.nat(1_000), { maxLength: 60 }), (all, keys) => {
      const other = all
        .map((item, index) => ({ item, key: keys[index % Math.max(1, keys.length)] ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item);
      expect(lineOf(other)).toEqual(lineOf(all));
    }),
  );
});

it.each([
  ["who comes last stands last", (index: number) => index],
  ["who comes last stands first", (index: number) => -index],
  ["all equal", () => 0],
])("stays low for 20,000 items: %s", (_, value) => {
  const all = Array.from({ length: 20_000 }, (__, index) => ({
    value: value(index),
    sequence: 7 + index,
  }));
  // The expected depth is about 2 log2 n + 4; the binary tree of this size has 15.
  expect(depthOf(lineOf(all).root)).toBeLessThan(50);
});
