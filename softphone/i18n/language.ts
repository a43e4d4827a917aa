export type Language = "zh" | "en";

export const storedLanguageKey = "rexianLanguage";

/** The chosen language, else the first of the browser's that we speak, else Chinese. */
export function startLanguage(hints: {
  stored: string | null;
  preferred: readonly string[];
}): Language {
  if (hints.stored === "zh" || hints.stored === "en") {
    return hints.stored;
  }
  for (const tag of hints.preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "zh" || language === "en") {
      return language;
    }
  }
  return "zh";
}
