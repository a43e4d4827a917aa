// A bare browser page with one WebRTC connection: it talks a tone, and says what it hears. For the
// media server alone, without the softphone.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import type { ControlClient } from "../../engine/edge/media/testing/control-client.ts";

/** Runs in a page: an oscillator that talks, an analyser that listens, and what it hears. */
const toneScript = `
  const tone = {
    /** A stream in place of the microphone's. */
    async talk(talkHz) {
      tone.context = new AudioContext();
      const talk = tone.context.createOscillator();
      talk.frequency.value = talkHz;
      const quiet = tone.context.createGain();
      quiet.gain.value = 0.2;
      const out = tone.context.createMediaStreamDestination();
      talk.connect(quiet).connect(out);
      talk.start();
      tone.analyser = tone.context.createAnalyser();
      tone.analyser.fftSize = 8192;
      tone.analyser.smoothingTimeConstant = 0;
      // Permission for the microphone lets real addresses into the candidates.
      await navigator.mediaDevices.getUserMedia({ audio: true });
      return out.stream;
    },
    listen(stream) {
      // Chromium feeds a remote stream to Web Audio only while an element plays it.
      const element = new Audio();
      element.srcObject = stream;
      element.play();
      tone.context.createMediaStreamSource(stream).connect(tone.analyser);
    },
    /** The loudest frequency heard; 0 in silence. */
    heardHz() {
      const bins = new Float32Array(tone.analyser.frequencyBinCount);
      tone.analyser.getFloatFrequencyData(bins);
      const best = bins.reduce((most, level, i) => (level > bins[most] ? i : most), 0);
      if (!(bins[best] > -60)) return 0;
      return (best * tone.context.sampleRate) / tone.analyser.fftSize;
    },
  };
`;

/** One connection that talks and listens. */
const seatScript = `
  const seat = {
    heardHz: () => tone.heardHz(),
    async open(talkHz) {
      const talk = await tone.talk(talkHz);
      seat.analyser = tone.analyser;
      seat.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
      seat.pc.ontrack = ({ track }) => tone.listen(new MediaStream([track]));
      for (const track of talk.getTracks()) seat.pc.addTrack(track, talk);
    },
    async local() {
      await seat.pc.setLocalDescription();
      return seat.pc.localDescription.sdp;
    },
    async answer(sdp) {
      await seat.pc.setRemoteDescription({ type: "offer", sdp });
      return seat.local();
    },
    async accept(sdp) {
      await seat.pc.setRemoteDescription({ type: "answer", sdp });
    },
    async reoffer(direction) {
      seat.pc.getTransceivers()[0].direction = direction;
      return seat.local();
    },
    press(digits) {
      seat.pc.getSenders()[0].dtmf.insertDTMF(digits, 100, 50);
    },
    /** Share, 0 to 1, of each frequency in what is heard now; 0 in silence. */
    shares(frequenciesHz) {
      const bins = new Float32Array(seat.analyser.frequencyBinCount);
      seat.analyser.getFloatFrequencyData(bins);
      const powers = [...bins].map((level) => 10 ** (level / 10));
      const width = seat.analyser.context.sampleRate / seat.analyser.fftSize;
      const all = powers.reduce((sum, power) => sum + power, 0);
      return frequenciesHz.map((hz) => {
        const near = powers.filter((_, i) => Math.abs(i * width - hz) < 40);
        return all < 1e-7 ? 0 : near.reduce((sum, power) => sum + power, 0) / all;
      });
    },
  };
`;

/** Calls a function of the page's seat. */
export function inPage<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate<T>(`seat.${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);
}

export async function untilHeard(page: Page, frequencyHz: number): Promise<void> {
  const endMs = performance.now() + 8000;
  for (;;) {
    const heard = await inPage<number>(page, "heardHz");
    if (Math.abs(heard - frequencyHz) < 15) return;
    if (performance.now() > endMs) throw new Error(`hears ${heard} Hz, not ${frequencyHz}`);
    await page.waitForTimeout(50);
  }
}

/** Serves the page, whose `seat` the script defines; close it when done. */
export async function serveSeats(script: string = seatScript): Promise<Server> {
  const site = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>seat</title><script>${toneScript}${script}</script>`);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  return site;
}

/** The served page, with nothing begun. */
export async function pageOf(browser: Browser, site: Server): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  return page;
}

/** Opens a page that talks a tone. */
export async function openSeat(browser: Browser, site: Server, talkHz: number): Promise<Page> {
  const page = await pageOf(browser, site);
  await inPage(page, "open", talkHz);
  return page;
}

/** The browser answers our offer. */
export async function callSeat(engine: ControlClient, legId: string, page: Page): Promise<void> {
  const { localSdp = "" } = await engine.must({ type: "createLeg", legId, kind: "webrtc" });
  const answer = await inPage<string>(page, "answer", localSdp);
  await engine.must({ type: "acceptAnswer", legId, remoteSdp: answer });
}

/** We answer the browser's offer. */
export async function seatCalls(engine: ControlClient, legId: string, page: Page): Promise<void> {
  const remoteSdp = await inPage<string>(page, "local");
  const leg = { type: "createLeg", legId, kind: "webrtc", remoteSdp } as const;
  const { localSdp = "" } = await engine.must(leg);
  await inPage(page, "accept", localSdp);
}
