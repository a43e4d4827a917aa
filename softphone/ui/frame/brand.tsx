import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";

export function Brand(props: { size?: "large" }): ReactNode {
  const { t } = useTexts();
  const pixels = props.size === "large" ? 44 : 28;
  return (
    <span className="brand" data-size={props.size}>
      <svg viewBox="0 0 32 32" width={pixels} height={pixels} aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" fill="#0b6e78" />
        <path
          d="M8 18v-2a8 8 0 0 1 16 0v2"
          fill="none"
          stroke="#fff"
          strokeWidth="2.4"
          strokeLinecap="round"
        />
        <rect x="6.5" y="16.5" width="5" height="7" rx="2" fill="#fff" />
        <rect x="20.5" y="16.5" width="5" height="7" rx="2" fill="#ffc857" />
      </svg>
      <span>{t("app.name")}</span>
    </span>
  );
}
