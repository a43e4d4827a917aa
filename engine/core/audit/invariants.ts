// What must always hold of one engine, by number. The auditor says numbers; this says what they mean.
// `facts`: judged on each step from facts and commands alone, in production too. `state`: judged on
// the whole state, which costs as much as there is of it: in simulation and property tests.
// `history`: judged on a whole run, by replaying or cutting it.

export type Watch = "facts" | "state" | "history";
export type Invariant = Readonly<{ number: number; says: string; watch: Watch }>;

const facts = "facts";
const state = "state";
const history = "history";

export const invariants: readonly Invariant[] = [
  // -- exclusivity
  { number: 1, watch: facts, says: "one open offer a call" },
  { number: 2, watch: facts, says: "one open offer an agent" },
  { number: 3, watch: facts, says: "an agent talks in one call; a call with one, or a conference" },
  { number: 4, watch: facts, says: "a call is in one queue, at one place" },
  { number: 5, watch: facts, says: "only an agent who is ready, live and able is offered a call" },
  { number: 6, watch: facts, says: "an answer counts for an open offer only" },
  // -- life cycle
  { number: 8, watch: facts, says: "a call ends once, and nothing happens to it afterwards" },
  {
    number: 9,
    watch: facts,
    says: "an offer ends once; a callback is one ticket, dialled once at a time",
  },
  {
    number: 10,
    watch: facts,
    says: "a call that ended leaves no leg; a dropped leg gets no order",
  },
  { number: 11, watch: facts, says: "an answer that crossed the drop of its leg is dropped again" },
  { number: 12, watch: facts, says: "no caller is released because the agent's side failed" },
  { number: 13, watch: facts, says: "times never go back, states follow the declared graph" },
  { number: 14, watch: facts, says: "a handover conserves the caller" },
  // -- order of the queue
  { number: 15, watch: state, says: "the call that is taken is the first in the declared order" },
  { number: 16, watch: facts, says: "who returns to a queue has the place and time of before" },
  { number: 17, watch: state, says: "no call waits beside a free agent who meets its need" },
  { number: 18, watch: state, says: "ageing is monotone: two waiting calls never change places" },
  { number: 19, watch: state, says: "the announced place is the place in this queue's line" },
  { number: 20, watch: state, says: "what is due happens at its time, once" },
  // -- agents
  { number: 21, watch: facts, says: "times in an agent's states add up to the time there was" },
  { number: 22, watch: facts, says: "wrap-up follows a talk and ends once" },
  {
    number: 23,
    watch: facts,
    says: "who does not answer is not ready, and the call goes on at once",
  },
  { number: 24, watch: state, says: "a lost seat is out when its grace is over" },
  { number: 25, watch: facts, says: "a new configuration splits nothing that runs" },
  // -- books
  { number: 27, watch: state, says: "entered = answered + abandoned + flowed out + waiting" },
  { number: 28, watch: facts, says: "the parts of a call add up to its length" },
  { number: 29, watch: facts, says: "facts are numbered without gaps" },
  { number: 30, watch: facts, says: "each request has one answer" },
  // -- recovery and limits
  { number: 34, watch: history, says: "a restart gives calls, places, agents and counters back" },
  { number: 35, watch: state, says: "when traffic has ended nothing is left" },
  { number: 37, watch: state, says: "everything that grows has a bound" },
  { number: 38, watch: history, says: "no input from outside throws" },
  { number: 39, watch: facts, says: "each number that is dialled passed its own toll check" },
];

/** A broken invariant, with what shows it. */
export type Violation = Readonly<{ invariant: number; what: string; detail: unknown }>;
export type Report = (violation: Violation) => void;

/** Reports unless the condition holds. */
export type Must = (invariant: number, holds: boolean, what: string, detail?: unknown) => void;

export const mustOf =
  (report: Report): Must =>
  (invariant, holds, what, detail = null) => {
    if (!holds) report({ invariant, what, detail });
  };
