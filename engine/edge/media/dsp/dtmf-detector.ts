// Digits heard as sound (ITU-T Q.23): the pairs of tones of a keypad, found by Goertzel filters over
// blocks of 12.75 ms. Made for the levels, tolerances and lengths of ITU-T Q.24: 40 ms on, 40 ms off,
// down to -30 dBm0, frequencies off by 1.5 %. Shorter than 17 ms is never a digit, between is chance.
import { goertzelPower, meanPower } from "./goertzel.ts";

const rowsHz = [697, 770, 852, 941] as const;
const columnsHz = [1209, 1336, 1477, 1633] as const;
const keypad = ["123A", "456B", "789C", "*0#D"] as const;

/** The two frequencies of a digit; null when it is none. */
export function dtmfFrequenciesHz(digit: string): [row: number, column: number] | null {
  const row = keypad.findIndex((keys) => digit.length === 1 && keys.includes(digit));
  const rowHz = rowsHz[row];
  const columnHz = columnsHz[keypad[row]?.indexOf(digit) ?? -1];
  return rowHz === undefined || columnHz === undefined ? null : [rowHz, columnHz];
}

/** Reports each digit once, when it has been heard for two blocks. */
export class DtmfDetector {
  private readonly onDigit: (digit: string) => void;
  private readonly block = new Int16Array(blockSamples);
  private filled = 0;
  private before: string | null = null;
  private reported: string | null = null;
  private blocksWithout = 0;

  constructor(onDigit: (digit: string) => void) {
    this.onDigit = onDigit;
  }

  /** Samples at 8 kHz, any number of them. */
  push(samples: Int16Array): void {
    for (const sample of samples) {
      this.block[this.filled] = sample;
      this.filled += 1;
      if (this.filled < blockSamples) continue;
      this.filled = 0;
      this.onBlock(digitIn(this.block));
    }
  }

  private onBlock(digit: string | null): void {
    if (digit !== null && digit === this.before && digit !== this.reported) {
      this.reported = digit;
      this.onDigit(digit);
    }
    this.blocksWithout = digit === this.reported ? 0 : this.blocksWithout + 1;
    // The same key again counts only after a pause.
    if (this.blocksWithout >= 2) this.reported = null;
    this.before = digit;
  }
}

/**
 * Whether a packet may hold a piece of a digit, so that it must not be heard: far looser than the
 * detector, as a third of a packet is enough. Speech is caught now and then.
 */
export function mayHoldDtmf(samples: Int16Array): boolean {
  const whole = meanPower(samples);
  if (whole < powerMin / 4) return false;
  const row = strongest(samples, rowsHz).power;
  const column = strongest(samples, columnsHz).power;
  return row + column > 0.3 * whole && row < column * 40 && column < row * 40;
}

function digitIn(block: Int16Array): string | null {
  const whole = meanPower(block);
  if (whole < powerMin) return null;
  const row = strongest(block, rowsHz);
  const column = strongest(block, columnsHz);
  const isPair =
    row.power > powerMin &&
    column.power > powerMin &&
    row.power < column.power * twistMax.column &&
    column.power < row.power * twistMax.row &&
    row.power > row.second * peakMin &&
    column.power > column.second * 4 &&
    row.power + column.power > shareMin * whole;
  if (!isPair || hasOvertones(block, row, column)) return null;
  return keypad[row.index]?.[column.index] ?? null;
}

/** A voice that happens to hit a pair has overtones; a keypad has none. */
function hasOvertones(block: Int16Array, row: Peak, column: Peak): boolean {
  const most = overtoneMax * (row.power + column.power);
  const doubled = (peak: Peak): number => goertzelPower(block, { frequencyHz: 2 * peak.hz });
  // The first overtone of some rows lies within a filter's width of a column.
  const rowCounts = Math.abs(2 * row.hz - column.hz) > filterWidthHz;
  return (rowCounts && doubled(row) > most) || doubled(column) > most;
}

interface Peak {
  index: number;
  hz: number;
  power: number;
  second: number;
}

function strongest(block: Int16Array, group: readonly number[]): Peak {
  const peak: Peak = { index: 0, hz: 0, power: 0, second: 0 };
  for (let index = 0; index < group.length; index += 1) {
    const hz = group[index] as number;
    const power = goertzelPower(block, { frequencyHz: hz });
    if (power > peak.power) {
      peak.second = peak.power;
      peak.index = index;
      peak.hz = hz;
      peak.power = power;
    } else if (power > peak.second) peak.second = power;
  }
  return peak;
}

const blockSamples = 102;
/** -33 dBm0 a tone, 3 dB below the weakest that must be heard; 0 dBm0 is -6.2 dB RMS of full scale. */
const powerMin = 32_768 ** 2 * 10 ** ((-33 - 6.2) / 10);
/** The lower tone may be 10 dB stronger, the higher one 6 dB: Q.24's 8 and 4 dB and the filters' own. */
const twistMax = { column: 10, row: 4 } as const;
const peakMin = 6;
const shareMin = 0.75;
const overtoneMax = 0.05;
const filterWidthHz = 100;
