// Sites for tests: the shipped flows and prompts, with short times so that rules show quickly.

const text = (en: string) => ({ zh: `${en} 中文`, en });

export type TestAgent = Readonly<{
  id: string;
  device?: object;
  skills?: Record<string, number>;
  /** Group that helps only when it is switched in. */
  reserve?: string;
}>;

/**
 * One queue `carrier` behind 10086 and the shipped 12345 flow. Ring time, wrap-up and grace are a few
 * seconds. Agents have every skill unless said otherwise.
 */
export function testSite(options: {
  agents: readonly TestAgent[];
  ringSeconds?: number;
  wrapUpSeconds?: number;
  /** Beside the shipped ones. */
  queues?: readonly Readonly<{
    id: string;
    skills: Record<string, number>;
    ringSeconds?: number;
    wrapUpSeconds?: number;
  }>[];
  /** Numbers straight to a queue, beside the shipped ones. */
  numbers?: readonly Readonly<{ digits: string; queue: string }>[];
  /** Further keys of the site file, e.g. `limits`. */
  more?: object;
}): object {
  const { ringSeconds = 4, wrapUpSeconds = 2 } = options;
  const skills = { mandarin: 5, english: 5, consult: 5, complaint: 5, social: 5, carrier: 5 };
  const queue = (id: string, needs: Record<string, number>, times: object = {}) => ({
    id,
    name: text(id),
    skills: needs,
    ringSeconds,
    wrapUpSeconds,
    ...times,
    targetSeconds: 15,
    shortAbandonSeconds: 1,
  });
  return {
    site: "test",
    seatGraceSeconds: 2,
    // Who is lost in talk is lost at once; where a test is about coming back it says so.
    rejoinSeconds: 0,
    sip: { drainSeconds: 0 },
    trunks: [{ id: "carrier-trunk", sources: ["127.0.0.1/32"], channelsMax: 500 }],
    calendars: [
      { id: "all-day", weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", to: "24:00" }] },
      { id: "office", weekly: [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }] },
    ],
    numbers: [
      { digits: "12345", hotline: text("12345 hotline"), flow: "hotline-12345" },
      { digits: "10086", hotline: text("10086 service"), queue: "carrier" },
      { digits: "8000", hotline: text("Echo test"), flow: "echo-8000" },
      { digits: "8001", hotline: text("Announcement"), flow: "announcement-8001" },
      ...(options.numbers ?? []).map((number) => ({ ...number, hotline: text(number.queue) })),
    ],
    queues: [
      queue("carrier", { carrier: 1 }),
      queue("consult", { consult: 1 }),
      queue("complaint", { complaint: 1 }),
      queue("social", { social: 1 }),
      queue("english", { english: 1 }),
      ...(options.queues ?? []).map(({ id, skills: needs, ...times }) => queue(id, needs, times)),
    ],
    agents: options.agents.map((agent) => ({
      id: agent.id,
      name: text(`Agent ${agent.id}`),
      skills: agent.skills ?? skills,
      device: agent.device ?? { kind: "browser" },
      ...(agent.reserve === undefined ? {} : { reserve: agent.reserve }),
    })),
    users: [
      { id: "2001", name: text("Supervisor"), role: "supervisor" },
      { id: "9001", name: text("Admin"), role: "admin" },
    ],
    notReadyReasons: [
      { id: "meal", label: { zh: "用餐", en: "Meal" } },
      { id: "break", label: { zh: "小休", en: "Break" } },
    ],
    wrapUpCodes: [
      { id: "solved", label: { zh: "已解决", en: "Solved" } },
      { id: "wrong-number", label: { zh: "错号", en: "Wrong number" } },
    ],
    ...options.more,
  };
}

/**
 * The same site, whose queue `carrier` may call numbers through `carrier-trunk` at this port, and
 * calls back who presses 1.
 */
export function callingOut(site: object, options: { carrierPort: number }): object {
  const { trunks, queues } = site as { trunks: object[]; queues: { id: string }[] };
  const outbound = {
    trunk: "carrier-trunk",
    callerIds: ["10086", "4008001234"],
    allow: ["139"],
    ringSeconds: 20,
  };
  const routing = { callback: { key: "1" } };
  return {
    ...site,
    trunks: trunks.map((trunk) => ({
      ...trunk,
      outbound: {
        host: "127.0.0.1",
        port: options.carrierPort,
        credentials: { username: "rexian", password: "said-to-the-carrier" },
      },
    })),
    queues: queues.map((queue) =>
      queue.id === "carrier" ? { ...queue, outbound, routing } : queue,
    ),
  };
}
