import { createStore, type StoreApi } from "zustand/vanilla";
import { audioContext } from "./audio-context.ts";
import { testToneHz } from "./test-hooks.ts";

type MicrophoneFailure = "denied" | "missing" | "busy" | "insecure";

type MicrophoneState = Readonly<{
  /** `ended`: it stopped by itself, as when a headset is unplugged. */
  status: "off" | "on" | "ended" | MicrophoneFailure;
  stream: MediaStream | null;
}>;

export type Microphone = Readonly<{
  store: StoreApi<MicrophoneState>;
  /** Opens it, or returns at once when it is open. */
  open: () => Promise<"ok" | MicrophoneFailure>;
  /** Loudness now, 0 to 1; 0 while it is off. */
  level: () => number;
}>;

/**
 * The seat's microphone, kept open from the start of the shift: answering then costs nothing, and
 * a page with a live track is not frozen by the browser.
 */
export function createMicrophone(): Microphone {
  const store = createStore<MicrophoneState>(() => ({ status: "off", stream: null }));
  let meter: AnalyserNode | null = null;
  let samples = new Float32Array(0);

  function attachMeter(stream: MediaStream): void {
    const context = audioContext();
    meter = context.createAnalyser();
    meter.fftSize = 1_024;
    samples = new Float32Array(meter.fftSize);
    context.createMediaStreamSource(stream).connect(meter);
  }

  async function open(): Promise<"ok" | MicrophoneFailure> {
    if (store.getState().status === "on") {
      return "ok";
    }
    try {
      const stream = await openStream();
      attachMeter(stream);
      store.setState({ status: "on", stream });
      for (const track of stream.getAudioTracks()) {
        track.onended = () => store.setState({ status: "ended", stream: null });
      }
      return "ok";
    } catch (error) {
      const failure = failureOf(error);
      store.setState({ status: failure, stream: null });
      return failure;
    }
  }

  // A headset that is plugged in again takes over by itself.
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    if (["missing", "ended"].includes(store.getState().status)) {
      void open();
    }
  });

  return {
    store,
    open,
    level() {
      if (meter === null || store.getState().status !== "on") {
        return 0;
      }
      meter.getFloatTimeDomainData(samples);
      let peak = 0;
      for (const sample of samples) {
        peak = Math.max(peak, Math.abs(sample));
      }
      return peak;
    },
  };
}

async function openStream(): Promise<MediaStream> {
  const toneHz = testToneHz();
  if (toneHz !== null) {
    return toneStream(toneHz);
  }
  if (navigator.mediaDevices === undefined) {
    throw new DOMException("media devices need HTTPS or localhost", "SecurityError");
  }
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
}

function toneStream(hz: number): MediaStream {
  const context = audioContext();
  void context.resume();
  const gain = context.createGain();
  gain.gain.value = 0.3;
  const oscillator = context.createOscillator();
  oscillator.frequency.value = hz;
  const destination = context.createMediaStreamDestination();
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  return destination.stream;
}

function failureOf(error: unknown): MicrophoneFailure {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
      return "denied";
    case "SecurityError":
      return "insecure";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "missing";
  }
}
