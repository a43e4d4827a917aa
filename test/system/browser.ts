// A real agent's browser: headless Chromium on the softphone, seen and driven by its test ids.
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Centre } from "./centre.ts";
import { until } from "./wait.ts";

const launchOptions = {
  executablePath: process.env["REXIAN_CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
};

/** `more`: further command-line switches. */
export async function openChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ ...launchOptions, args: [...launchOptions.args, ...more] });
}

/** A browser with all its processes at hand: to be killed, or put to sleep. */
export async function openMortalChromium(): Promise<{
  browser: Browser;
  signal: (name: "SIGKILL" | "SIGSTOP" | "SIGCONT") => void;
}> {
  const server = await chromium.launchServer(launchOptions);
  const pid = server.process().pid ?? 0;
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, signal: (name) => process.kill(-pid, name) };
}

export class AgentPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Uncaught errors and console errors of the page. */
  readonly errors: string[] = [];
  /** Paths of the WebSockets that the page opened, in order. */
  readonly sockets: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("websocket", (socket) => this.sockets.push(new URL(socket.url()).pathname));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** Opens the seat, logs in and starts the shift. The agent speaks with `toneHz`. */
  static async open(
    browser: Browser,
    centre: Centre,
    options: {
      agentId: string;
      toneHz: number;
      context?: { locale: string; colorScheme: "light" | "dark"; reducedMotion: "reduce" };
      prepare?: (context: BrowserContext) => Promise<void>;
    },
  ): Promise<AgentPage> {
    const agent = await AgentPage.enter(browser, centre, { ...options, face: "agent" });
    await agent.page.getByTestId("start-shift").click();
    await agent.page.locator('[data-testid="phone-light"][data-status="registered"]').waitFor();
    return agent;
  }

  /** Opens a page of the softphone and logs in; who speaks there speaks with `toneHz`. */
  static async enter(
    browser: Browser,
    centre: Centre,
    options: {
      agentId: string;
      toneHz: number;
      face: "agent" | "supervisor";
      context?: { locale: string; colorScheme: "light" | "dark"; reducedMotion: "reduce" };
      /** Before the page opens. */
      prepare?: (context: BrowserContext) => Promise<void>;
    },
  ): Promise<AgentPage> {
    const context = await browser.newContext({
      permissions: ["microphone"],
      locale: "en-US",
      ...options.context,
    });
    await context.addInitScript(
      ([toneHz]) => {
        const { localStorage } = globalThis as unknown as PageScope;
        localStorage.setItem("rexianTest", "1");
        localStorage.setItem("rexianTestToneHz", String(toneHz));
      },
      [options.toneHz],
    );
    await options.prepare?.(context);
    const agent = new AgentPage(context, await context.newPage());
    await agent.page.goto(`${centre.baseUrl}/${options.face}`);
    await agent.page.getByTestId("login-username").fill(options.agentId);
    await agent.page
      .getByTestId("login-password")
      .fill(centre.logins[options.agentId]?.password ?? "");
    await agent.page.getByTestId("login-submit").click();
    return agent;
  }

  /** The same seat in another tab of this browser. */
  async secondTab(): Promise<AgentPage> {
    const tab = new AgentPage(this.context, await this.context.newPage());
    await tab.page.goto(this.page.url());
    return tab;
  }

  async choose(option: string): Promise<void> {
    await this.page.getByTestId("state-select").click();
    await this.page.getByTestId(option).click();
  }

  async goReady(): Promise<void> {
    await this.choose("state-ready");
    await this.inState("ready");
  }

  /** From the notice of a missed call, or by the selector. */
  async goReadyAgain(): Promise<void> {
    await this.choose("state-ready");
  }

  /** Waits for the engine's state as the page shows it. */
  async inState(kind: string, timeoutMs = 10_000): Promise<void> {
    await this.page
      .locator(`[data-testid="agent-state"][data-state="${kind}"]`)
      .waitFor({ timeout: timeoutMs });
  }

  async answer(): Promise<void> {
    const button = this.page.getByTestId("answer");
    await until("the answer button can be pressed", () => button.isEnabled());
    await button.click();
  }

  /** Share, 0 to 1, of this tone in what the agent hears now. */
  async share(frequencyHz: number): Promise<number> {
    return this.page.evaluate(measureTone, frequencyHz);
  }

  async hears(frequencyHz: number, timeoutMs = 10_000): Promise<void> {
    let last = 0;
    let phone = "";
    await until(
      () => `the agent hears ${frequencyHz} Hz (last share ${last.toFixed(2)}, phone ${phone})`,
      async () => {
        last = await this.share(frequencyHz);
        phone = await this.phone();
        return last > 0.6;
      },
      timeoutMs,
    );
  }

  /** What the page's phone says of itself, for the messages of failed tests. */
  async phone(): Promise<string> {
    return this.page.evaluate(() => {
      const { __rexian } = globalThis as unknown as PageScope;
      const { status, call } = __rexian?.phone ?? { status: "none", call: "none" };
      return `${status}, ${call}, ${__rexian?.remoteStream == null ? "no stream" : "a stream"}`;
    });
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** What the functions below use of the page's globals; this project has no DOM types here. */
type PageScope = {
  localStorage: { setItem(key: string, value: string): void };
  AudioContext: new () => PageAudioContext;
  __rexian?: {
    remoteAudio: { srcObject: unknown } | null;
    remoteStream?: unknown;
    phone: { status: string; call: string };
  };
  __probe?: { context: PageAudioContext; analyser: PageAnalyser; stream: unknown };
};
type PageAudioContext = {
  sampleRate: number;
  resume(): Promise<void>;
  createAnalyser(): PageAnalyser;
  createMediaStreamSource(stream: unknown): { connect(node: PageAnalyser): void };
};
type PageAnalyser = {
  fftSize: number;
  smoothingTimeConstant: number;
  frequencyBinCount: number;
  getFloatFrequencyData(bins: Float32Array): void;
};

/** Runs in the page: how much of the remote audio's spectrum lies around one frequency. */
async function measureTone(frequencyHz: number): Promise<number> {
  const scope = globalThis as unknown as PageScope;
  const stream = scope.__rexian?.remoteStream ?? scope.__rexian?.remoteAudio?.srcObject ?? null;
  if (stream === null) return 0;
  if (scope.__probe?.stream !== stream) {
    const context = new scope.AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
    scope.__probe = { context, analyser, stream };
  }
  const { analyser, context } = scope.__probe;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const width = context.sampleRate / analyser.fftSize;
  let near = 0;
  let all = 0;
  for (const [index, decibels] of bins.entries()) {
    const power = 10 ** (decibels / 10);
    all += power;
    if (Math.abs(index * width - frequencyHz) < 40) near += power;
  }
  return all < 1e-9 ? 0 : near / all;
}
