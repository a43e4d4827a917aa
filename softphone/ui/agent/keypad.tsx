import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";
import { useActions } from "./seat-context.tsx";

const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

/** Sends digits to the caller's side; physical digit keys do the same while it is open. */
export function Keypad(props: { sent: string; onDigit: (digit: string) => void }): ReactNode {
  const { t } = useTexts();
  const { sendDigits } = useActions();
  const { sent } = props;
  return (
    <section className="keypad" aria-label={t("keypad.title")} data-testid="keypad-panel">
      <output className="keypad-sent" aria-label={t("keypad.sent")}>
        {sent === "" ? <span className="dim">{t("keypad.empty")}</span> : sent}
      </output>
      <div className="keypad-keys">
        {digits.map((digit) => (
          <button
            key={digit}
            type="button"
            disabled={sendDigits === null}
            aria-label={t("keypad.digit", { digit })}
            onClick={() => props.onDigit(digit)}
            data-testid={`digit-${digit}`}
          >
            {digit}
          </button>
        ))}
      </div>
    </section>
  );
}
