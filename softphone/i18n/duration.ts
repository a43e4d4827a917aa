/** A running time such as `0:07`, `12:30` or `1:02:03`; negative times show as `0:00`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** Time left, rounded up: a deadline shows 0:00 only when it has come. */
export function countdownText(ms: number): string {
  return clockText(Math.ceil(Math.max(0, ms) / 1_000) * 1_000);
}

/** A share as a percentage with one decimal, or a dash while there is nothing to divide. */
export function percentText(ratio: number | null): string {
  return ratio === null ? "–" : `${(ratio * 100).toFixed(ratio === 1 || ratio === 0 ? 0 : 1)}%`;
}
