// A caller in line may be called back instead of waiting on the line: offered by a prompt after a wait,
// chosen by a key. The number is the one that calls, or one that the caller types; `#` confirms, `*`
// goes on waiting. The caller keeps the place until then, and may be answered meanwhile.
import { bookCallback } from "../call/callback.ts";
import { playPrompts } from "../call/hearing.ts";
import { passesToll } from "../call/toll-check.ts";
import type { CallbackRule } from "../centre-config.ts";
import type { CallId } from "../ids.ts";
import type { Call } from "../state.ts";
import { callOf, queueOf, setCall, type Turn } from "../turn.ts";

/** The wait after which the queue offers it is reached. */
export function offerCallback(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const rule = ruleOf(turn, call);
  if (rule === null || call.place.kind !== "queue" || call.callbackDigits !== null) return;
  say(turn, callId, rule.offerPrompt);
}

/** A key of somebody who waits. */
export function queueDigit(turn: Turn, callId: CallId, digit: string): void {
  const call = callOf(turn, callId);
  const rule = ruleOf(turn, call);
  if (rule === null) return;
  const typed = call.callbackDigits;
  if (typed === null) {
    if (digit !== rule.key) return;
    setCall(turn, callId, { callbackDigits: "" });
    say(turn, callId, rule.confirmPrompt);
  } else if (digit === "*") setCall(turn, callId, { callbackDigits: null });
  else if (digit === "#") confirm(turn, call, rule);
  else setCall(turn, callId, { callbackDigits: (typed + digit).slice(0, digitsMax) });
}

/** A number that may not be dialled is asked for again. */
function confirm(turn: Turn, call: Call, rule: CallbackRule): void {
  const { place, callbackDigits } = call;
  // Somebody is about to answer: the key counts again when that comes to nothing.
  if (place.kind !== "queue") return;
  const { outbound } = queueOf(turn, place.visit.queueId).config;
  const wanted = callbackDigits === "" || callbackDigits === null ? call.ani : callbackDigits;
  const passed = outbound === undefined ? "notAllowed" : passesToll(outbound, wanted);
  if (typeof passed === "string") {
    setCall(turn, call.id, { callbackDigits: "" });
    say(turn, call.id, rule.confirmPrompt);
  } else bookCallback(turn, call.id, { ...passed, rule });
}

/** Only who never spoke with an agent, and is on the line, can choose. */
function ruleOf(turn: Turn, call: Call): CallbackRule | null {
  const { place } = call;
  if (place.kind !== "queue" && place.kind !== "offer") return null;
  if (call.talked || call.direction !== null) return null;
  return queueOf(turn, place.visit.queueId).config.routing?.callback ?? null;
}

function say(turn: Turn, callId: CallId, prompt: string): void {
  const playId = playPrompts(turn, callId, [prompt]);
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue" && place.kind !== "offer") return;
  setCall(turn, callId, { place: { ...place, hearing: { playId, kind: "announcement" } } });
}

const digitsMax = 20;
