import type { KeyboardEvent, ReactNode } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import { Icon, type IconName } from "../kit/icons.tsx";
import { useActions, useSeat } from "./seat-context.tsx";

/** Six buttons that are always there and never move: what is not possible now is disabled. */
export function CallBar(props: {
  keypad: { isOpen: boolean; toggle: () => void };
  transfer: { isOpen: boolean; toggle: () => void };
  isReleaseArmed: boolean;
  hasKeys: boolean;
  isHeld: boolean;
}): ReactNode {
  const { t } = useTexts();
  const actions = useActions();
  const isMuted = useStore(useSeat().phone, (phone) => phone.muted);
  return (
    <fieldset className="call-bar">
      <legend className="visually-hidden">{t("bar.label")}</legend>
      <BarButton
        testId="answer"
        tone="answer"
        icon="answer"
        text={t("bar.answer")}
        keyText="A"
        run={actions.answer}
        hasKeys={props.hasKeys}
      />
      <BarButton
        testId="mute"
        icon={isMuted ? "mute" : "microphone"}
        text={isMuted ? t("bar.unmute") : t("bar.mute")}
        keyText="M"
        run={actions.toggleMute}
        isPressed={isMuted}
        hasKeys={props.hasKeys}
      />
      <BarButton
        testId="hold"
        icon="hold"
        text={props.isHeld ? t("bar.unhold") : t("bar.hold")}
        keyText="H"
        run={actions.toggleHold}
        isPressed={props.isHeld}
        hasKeys={props.hasKeys}
      />
      <BarButton
        testId="keypad"
        icon="keypad"
        text={t("bar.keypad")}
        keyText="K"
        run={actions.sendDigits === null ? null : props.keypad.toggle}
        isPressed={props.keypad.isOpen}
        hasKeys={props.hasKeys}
      />
      <BarButton
        testId="transfer"
        icon="transfer"
        text={t("bar.transfer")}
        keyText="T"
        run={actions.transferBlind === null ? null : props.transfer.toggle}
        isPressed={props.transfer.isOpen}
        hasKeys={props.hasKeys}
      />
      <BarButton
        testId="release"
        tone="release"
        icon="release"
        text={props.isReleaseArmed ? t("bar.releaseAgain") : t("bar.release")}
        keyText="R R"
        hint={t("bar.releaseHint")}
        run={actions.release}
        hasKeys={props.hasKeys}
        isGuarded
      />
    </fieldset>
  );
}

function BarButton(props: {
  testId: string;
  icon: IconName;
  text: string;
  keyText: string;
  run: (() => void) | null;
  hasKeys: boolean;
  tone?: "answer" | "release";
  hint?: string;
  isPressed?: boolean;
  /** Enter and Space do nothing: one key too many must not end a call. */
  isGuarded?: boolean;
}): ReactNode {
  function guard(event: KeyboardEvent): void {
    if (props.isGuarded && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
    }
  }
  return (
    <button
      type="button"
      className="bar-button"
      data-tone={props.tone}
      data-testid={props.testId}
      disabled={props.run === null}
      aria-pressed={props.isPressed}
      title={props.hint}
      aria-keyshortcuts={props.hasKeys ? props.keyText : undefined}
      onClick={() => props.run?.()}
      onKeyDown={guard}
      onKeyUp={guard}
    >
      <Icon name={props.icon} size={24} />
      <span className="bar-text">{props.text}</span>
      {props.hasKeys && (
        <span className="bar-key" aria-hidden="true">
          {props.keyText}
        </span>
      )}
    </button>
  );
}
