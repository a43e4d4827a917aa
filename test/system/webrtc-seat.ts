// A bare browser page with one WebRTC connection: it talks a tone, and says what it hears. For the
// media server alone, without the softphone.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import type { ControlClient } from "../../engine/edge/media/testing/control-client.ts";

/** Runs in the page: one connection, an oscillator that talks, an analyser that listens. */
const seatScript = `
  const seat = {
    async open(talkHz) {
      const context = new AudioContext();
      const talk = context.createOscillator();
      talk.frequency.value = talkHz;
      const quiet = context.createGain();
      quiet.gain.value = 0.2;
      const out = context.createMediaStreamDestination();
      talk.connect(quiet).connect(out);
      talk.start();
      // Permission for the microphone lets real addresses into the candidates.
      await navigator.mediaDevices.getUserMedia({ audio: true });
      seat.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
      seat.analyser = context.createAnalyser();
      seat.analyser.fftSize = 8192;
      seat.analyser.smoothingTimeConstant = 0;
      seat.pc.ontrack = ({ track }) => {
        const stream = new MediaStream([track]);
        // Chromium feeds a remote stream to Web Audio only while an element plays it.
        const element = new Audio();
        element.srcObject = stream;
        element.play();
        context.createMediaStreamSource(stream).connect(seat.analyser);
      };
      for (const track of out.stream.getTracks()) seat.pc.addTrack(track, out.stream);
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
    /** The loudest frequency heard; 0 in silence. */
    heardHz() {
      const bins = new Float32Array(seat.analyser.frequencyBinCount);
      seat.analyser.getFloatFrequencyData(bins);
      const best = bins.reduce((most, level, i) => (level > bins[most] ? i : most), 0);
      if (!(bins[best] > -60)) return 0;
      return (best * seat.analyser.context.sampleRate) / seat.analyser.fftSize;
    },
  };
`;

/** Calls a function of the page's seat. */
export function inPage<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate<T>(`seat.${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);
}

/** Serves the page; close it when done. */
export async function serveSeats(): Promise<Server> {
  const site = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>seat</title><script>${seatScript}</script>`);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  return site;
}

/** Opens a page that talks a tone. */
export async function openSeat(browser: Browser, site: Server, talkHz: number): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
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
