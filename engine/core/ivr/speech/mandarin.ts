// Numbers, money and dates as Mandarin says them, in the keys of prompts.

/** A whole number below 10^12: 10203 is 一万零二百零三. */
export function mandarinWhole(value: number): readonly string[] {
  if (value === 0) return ["digit-0"];
  const parts: string[] = [];
  let gap = false;
  for (const { size, unit } of groups) {
    const group = Math.floor(value / size) % 10_000;
    if (group === 0) {
      gap = parts.length > 0;
      continue;
    }
    // 零 stands for what is missing between: 一万零五.
    if (parts.length > 0 && (gap || group < 1_000)) parts.push("digit-0");
    const isTwo = group === 2 && unit !== null;
    // 十二, not 一十二, at the head of a number.
    const isTeen = parts.length === 0 && group >= 10 && group < 20;
    const spoken = isTwo ? ["number-liang"] : belowTenThousand(group);
    parts.push(...(isTeen ? spoken.slice(1) : spoken));
    if (unit !== null) parts.push(unit);
    gap = false;
  }
  return parts;
}

/** 12.5 yuan is 十二元五角, 0.05 is 五分. */
export function mandarinMoney(fen: number): readonly string[] {
  const [yuan, jiao, rest] = [Math.floor(fen / 100), Math.floor(fen / 10) % 10, fen % 10];
  const parts = yuan > 0 || fen === 0 ? [...counted(yuan), "unit-yuan"] : [];
  if (jiao > 0) parts.push(...one(jiao), "unit-jiao");
  else if (rest > 0 && yuan > 0) parts.push("digit-0");
  if (rest > 0) parts.push(...one(rest), "unit-fen");
  return parts;
}

/** 二零二六年三月二日 */
export const mandarinDate = (year: number, month: number, day: number): readonly string[] => [
  ...[...String(year)].map((digit) => `digit-${digit}`),
  "unit-year",
  `month-${month}`,
  `day-${day}`,
];

/** 十四点三十分; 零五分 below ten minutes; 九点 on the hour. */
export function mandarinTime(hour: number, minute: number): readonly string[] {
  const head = [...counted(hour), "unit-hour"];
  if (minute === 0) return head;
  const zero = minute < 10 ? ["digit-0"] : [];
  return [...head, ...zero, ...mandarinWhole(minute), "unit-minute"];
}

/** 两元, 两点: a two that counts something by itself. */
const counted = (value: number): readonly string[] =>
  value === 2 ? ["number-liang"] : mandarinWhole(value);

function belowTenThousand(value: number): readonly string[] {
  const parts: string[] = [];
  let gap = false;
  for (const { size, unit } of places) {
    const digit = Math.floor(value / size) % 10;
    if (digit === 0) {
      gap = parts.length > 0;
      continue;
    }
    if (gap) parts.push("digit-0");
    parts.push(...(digit === 2 && size === 1_000 ? ["number-liang"] : one(digit)));
    if (unit !== null) parts.push(unit);
    gap = false;
  }
  return parts;
}

const one = (digit: number): readonly string[] => [`digit-${digit}`];

const groups = [
  { size: 100_000_000, unit: "unit-hundred-million" },
  { size: 10_000, unit: "unit-ten-thousand" },
  { size: 1, unit: null },
];
const places = [
  { size: 1_000, unit: "unit-thousand" },
  { size: 100, unit: "unit-hundred" },
  { size: 10, unit: "digit-10" },
  { size: 1, unit: null },
];
