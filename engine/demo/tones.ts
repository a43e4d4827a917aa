// Which tone belongs to whom in a load test: callers below, agents above, 10 Hz apart.
const tonesPerSide = 61;

/** 400 to 1000 Hz by slot. */
export const callerToneHz = (slot: number): number => 400 + (slot % tonesPerSide) * 10;
/** 1100 to 1700 Hz by slot. */
export const agentToneHz = (slot: number): number => 1_100 + (slot % tonesPerSide) * 10;
export const isAgentTone = (hz: number): boolean => hz >= 1_100 && hz <= 1_700;

export function countTone(tones: Map<number, number>, hz: number): void {
  tones.set(hz, (tones.get(hz) ?? 0) + 1);
}
