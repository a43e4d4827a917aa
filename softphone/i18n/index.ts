import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { en } from "./en.ts";
import { type Language, startLanguage, storedLanguageKey } from "./language.ts";
import { zhCn } from "./zh-cn.ts";

/** BCP 47 tag of each language, for `lang` and for number formats. */
export const languageTag: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en" };

export function startTexts(): void {
  const language = startLanguage({
    stored: readStored(),
    preferred: navigator.languages ?? [navigator.language],
  });
  void i18next.use(initReactI18next).init({
    resources: { zh: { translation: zhCn }, en: { translation: en } },
    lng: language,
    fallbackLng: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  applyLanguage(language);
}

export function currentLanguage(): Language {
  return i18next.language === "en" ? "en" : "zh";
}

export function setLanguage(language: Language): void {
  try {
    window.localStorage.setItem(storedLanguageKey, language);
  } catch {
    // Without storage the choice lasts until the page is left.
  }
  void i18next.changeLanguage(language);
  applyLanguage(language);
}

/**
 * The translation function and the language, for views. `find` looks up a key that was put together
 * from what the engine sent, which may be newer than this page: null when there is no such text.
 */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === "en" ? "en" : "zh";
  const find = (key: string): string | null => {
    const text: unknown = i18n.getResource(language, "translation", key);
    return typeof text === "string" ? text : null;
  };
  return { t, language, find };
}

export const translate = i18next.t.bind(i18next);

function applyLanguage(language: Language): void {
  document.documentElement.lang = languageTag[language];
  document.title = language === "zh" ? "热线 Rexian" : "Rexian 热线";
}

function readStored(): string | null {
  try {
    return window.localStorage.getItem(storedLanguageKey);
  } catch {
    return null;
  }
}
