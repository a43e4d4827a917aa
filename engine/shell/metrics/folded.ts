// Prometheus metrics whose values are totals kept elsewhere, read at each scrape.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;
export type Sample = Readonly<{ labels: Labels; value: number }>;
/** Not cumulative: `counts[i]` are values up to `bounds[i]`, the last one everything above. */
export type HistogramSample = Readonly<{
  labels: Labels;
  counts: readonly number[];
  sumSeconds: number;
}>;

type Family<S> = Readonly<{
  name: string;
  help: string;
  labels?: readonly string[];
  read: () => readonly S[];
}>;

export function foldedCounter(registry: Registry, family: Family<Sample>): void {
  const counter: Counter<string> = new Counter({
    name: family.name,
    help: family.help,
    labelNames: family.labels ?? [],
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const { labels, value } of family.read()) counter.inc({ ...labels }, value);
    },
  });
}

export function foldedGauge(registry: Registry, family: Family<Sample>): void {
  const gauge: Gauge<string> = new Gauge({
    name: family.name,
    help: family.help,
    labelNames: family.labels ?? [],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const { labels, value } of family.read()) gauge.set({ ...labels }, value);
    },
  });
}

type HistogramFamily = Family<HistogramSample> & Readonly<{ bounds: readonly number[] }>;

export function foldedHistogram(registry: Registry, family: HistogramFamily): void {
  registry.registerMetric(new FoldedHistogram(family));
}

/** The client library counts observations itself; here they are counted already. */
class FoldedHistogram extends Histogram {
  readonly #family: HistogramFamily;
  /** Never observed; gives everything about the family but its values. */
  readonly #empty: Histogram;

  constructor(family: HistogramFamily) {
    const { name, help, labels, bounds } = family;
    const shape = { name, help, labelNames: labels ?? [], buckets: [...bounds], registers: [] };
    super(shape);
    this.#family = family;
    this.#empty = new Histogram(shape);
  }

  override async get(): ReturnType<Histogram["get"]> {
    const { name, bounds, read } = this.#family;
    const values = read().flatMap(({ labels, counts, sumSeconds }) => {
      let total = 0;
      const buckets = [...bounds, "+Inf"].map((le, index) => {
        total += counts[index] ?? 0;
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: { ...labels }, value: sumSeconds },
        { metricName: `${name}_count`, labels: { ...labels }, value: total },
      ];
    });
    return { ...(await this.#empty.get()), values };
  }

  /** The registry prefers this one where it exists. */
  getForPromString(): ReturnType<Histogram["get"]> {
    return this.get();
  }
}

/** The core's camelCase as a label value. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
