import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createHearing, type Hearing } from "./hearing.ts";
import { readWav } from "./peer/clip.ts";
import { hear, windowSamples } from "./peer/tone.ts";

const promptsDir = "ivr-flows/prompts";
const wav = (path: string) => readWav(join(promptsDir, path));
const tone = (hz: number) =>
  Int16Array.from({ length: 8_000 }, (_, n) => 9_000 * Math.sin((2 * Math.PI * hz * n) / 8_000));

/** Lets him listen; returns the states that he went through. */
function listen(hearing: Hearing, ...sounds: Int16Array[]): string[] {
  const states: string[] = [];
  for (const samples of sounds) {
    for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
      hearing.hear(hear(samples.subarray(at, at + windowSamples)));
      if (states.at(-1) !== hearing.state()) states.push(hearing.state());
    }
  }
  return states;
}

describe("a caller hears whether somebody is there", () => {
  test.each([["music/calm.wav"], ["music/bright.wav"]])("%s is music to its end", (path) => {
    const hearing = createHearing();
    expect(listen(hearing, wav(path), wav(path))).toEqual(["unknown", "music"]);
    expect(hearing.mayTalk()).toBe(false);
  });

  test("nothing that people or the queue say is music", () => {
    const said = ["callers", "agents"].flatMap((dir) =>
      readdirSync(join(promptsDir, dir)).map((name) => `${dir}/${name}`),
    );
    const announced = ["please-wait", "still-waiting", "queue-full", "wait-too-long"].flatMap(
      (key) => [`zh/${key}.wav`, `en/${key}.wav`],
    );
    const spoken = [...said, ...announced];
    const taken = spoken.filter((path) => listen(createHearing(), wav(path)).includes("music"));
    expect(taken).toEqual([]);
  });

  test("an agent after the music: says hello at once, and knows after six seconds", () => {
    const hearing = createHearing();
    const quiet = new Int16Array(8_000);
    listen(hearing, wav("music/calm.wav"), quiet);
    expect([hearing.state(), hearing.mayTalk()]).toEqual(["unknown", true]);
    expect(listen(hearing, wav("agents/zh-1.wav"), quiet, wav("agents/zh-2.wav"))).toEqual([
      "unknown",
      "somebody",
    ]);
  });

  test("an announcement between music does not count as a person", () => {
    const music = wav("music/calm.wav");
    const states = listen(createHearing(), music, wav("zh/still-waiting.wav"), music);
    expect(states).toEqual(["unknown", "music", "unknown", "music"]);
  });

  test("a steady tone is no music: a test instrument plays the agent", () => {
    const tones = Array.from({ length: 8 }, () => tone(1_000));
    expect(listen(createHearing(), ...tones)).toEqual(["unknown", "somebody"]);
  });
});
