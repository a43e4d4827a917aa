// What every part of the configuration speaks of.
import type { SkillId } from "./ids.ts";

export type Language = "zh" | "en";
/** A text that people read, complete in both languages. */
export type Localized = Readonly<Record<Language, string>>;

export type SkillRequirement = Readonly<{ skillId: SkillId; levelMin: number }>;
