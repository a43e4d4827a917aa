// Numbers, money and dates as English says them, in the keys of prompts.

/** A whole number below 10^12: 1203 is "one thousand two hundred and three". */
export function englishWhole(value: number): readonly string[] {
  if (value === 0) return ["digit-0"];
  const parts: string[] = [];
  for (const { size, unit } of groups) {
    const group = Math.floor(value / size) % 1_000;
    if (group === 0) continue;
    if (unit === null && parts.length > 0 && group < 100) parts.push("say-and");
    parts.push(...belowThousand(group));
    if (unit !== null) parts.push(unit);
  }
  return parts;
}

/** "twelve yuan fifty": yuan, then hundredths. */
export function englishMoney(fen: number): readonly string[] {
  const [yuan, rest] = [Math.floor(fen / 100), fen % 100];
  if (yuan === 0 && rest > 0) return [...englishWhole(rest), "unit-fen"];
  const zero = rest > 0 && rest < 10 ? ["digit-0"] : [];
  return [
    ...englishWhole(yuan),
    "unit-yuan",
    ...(rest > 0 ? [...zero, ...belowThousand(rest)] : []),
  ];
}

/** "March second, twenty twenty-six"; "two thousand and five" for the first years of a thousand. */
export function englishDate(year: number, month: number, day: number): readonly string[] {
  const [head, tail] = [Math.floor(year / 100), year % 100];
  const isPlain = year % 1_000 < 10 || head < 10;
  const century = tail === 0 ? ["unit-hundred"] : tail < 10 ? ["digit-0", `digit-${tail}`] : [];
  const spoken = isPlain
    ? englishWhole(year)
    : [...belowThousand(head), ...(century.length > 0 ? century : belowThousand(tail))];
  return [`month-${month}`, `day-${day}`, ...spoken];
}

/** 24 hours: "fourteen thirty", "nine o'clock", "nine oh five". */
export function englishTime(hour: number, minute: number): readonly string[] {
  const head = englishWhole(hour);
  if (minute === 0) return [...head, "unit-hour"];
  return [...head, ...(minute < 10 ? ["digit-0"] : []), ...belowThousand(minute)];
}

function belowThousand(value: number): readonly string[] {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100];
  const parts = hundreds > 0 ? [`digit-${hundreds}`, "unit-hundred"] : [];
  if (hundreds > 0 && rest > 0) parts.push("say-and");
  if (rest === 0) return parts;
  if (rest <= 10) return [...parts, `digit-${rest}`];
  if (rest < 20) return [...parts, `number-${rest}`];
  const unit = rest % 10;
  return [...parts, `number-${rest - unit}`, ...(unit > 0 ? [`digit-${unit}`] : [])];
}

const groups = [
  { size: 1_000_000_000, unit: "unit-billion" },
  { size: 1_000_000, unit: "unit-million" },
  { size: 1_000, unit: "unit-thousand" },
  { size: 1, unit: null },
];
