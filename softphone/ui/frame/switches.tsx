import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { languageTag, setLanguage, useTexts } from "../../i18n/index.ts";
import { Icon } from "../kit/icons.tsx";

export function LanguageSwitch(): ReactNode {
  const { t, language } = useTexts();
  const other = language === "zh" ? "en" : "zh";
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      className="quiet"
      data-testid="lang-switch"
      title={t("common.language")}
      lang={languageTag[other]}
      onClick={() => setLanguage(other)}
    >
      {t("common.switchTo")}
    </Button>
  );
}

export function ThemeSwitch(): ReactNode {
  const { t } = useTexts();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const label = scheme === "dark" ? t("common.themeLight") : t("common.themeDark");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      className="quiet"
      data-testid="theme-switch"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
    >
      <Icon name={scheme === "dark" ? "sun" : "moon"} />
    </ActionIcon>
  );
}
