import { type ReactNode, useEffect, useRef } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { CallBar } from "./call-bar.tsx";
import { DiallingStage } from "./dialling-stage.tsx";
import { IdleStage } from "./idle-stage.tsx";
import { IncomingStage } from "./incoming-stage.tsx";
import { Keypad } from "./keypad.tsx";
import { useSeat } from "./seat-context.tsx";
import { TalkStage, WrapUpStage } from "./talk-stage.tsx";
import { isTyping } from "./use-keys.ts";

/**
 * The middle of the desk: what is going on, above the call bar whose buttons never move. While a
 * call is offered the whole card is an alert dialog, as it then holds the question and the answers.
 */
export function CallCard(props: {
  agent: AgentView;
  keypad: {
    isOpen: boolean;
    toggle: () => void;
    sent: string;
    sendDigit: (digit: string) => void;
  };
  transfer: { isOpen: boolean; toggle: () => void };
  openDial: () => void;
  isReleaseArmed: boolean;
  hasKeys: boolean;
}): ReactNode {
  const { t } = useTexts();
  const { state } = props.agent;
  const offerId = state.kind === "offered" ? state.offerId : null;
  const card = useRef<HTMLElement>(null);

  useEffect(() => {
    // Whoever is typing keeps the focus; the announcement below tells them.
    if (offerId !== null && !isTyping(document.activeElement)) {
      card.current?.focus({ preventScroll: true });
    }
  }, [offerId]);

  const offered = offerId !== null;
  return (
    <section
      ref={card}
      tabIndex={-1}
      className="card call-card"
      data-state={state.kind}
      role={offered ? "alertdialog" : "region"}
      aria-label={offered ? t("call.incoming") : t("call.region")}
      aria-describedby={offered ? "incoming-facts" : undefined}
      data-testid={offered ? "incoming" : "call-card"}
    >
      <div className="stage">
        <Stage agent={props.agent} openDial={props.openDial} hasKeys={props.hasKeys} />
        {props.keypad.isOpen && (
          <Keypad sent={props.keypad.sent} onDigit={props.keypad.sendDigit} />
        )}
      </div>
      <CallBar
        keypad={props.keypad}
        transfer={props.transfer}
        isReleaseArmed={props.isReleaseArmed}
        hasKeys={props.hasKeys}
        isHeld={state.kind === "onCall" && state.heldSinceMs !== null}
      />
    </section>
  );
}

function Stage(props: { agent: AgentView; openDial: () => void; hasKeys: boolean }): ReactNode {
  const seat = useSeat();
  const phone = useStore(seat.phone);
  const hello = useStore(seat.desk.store, (desk) => desk.hello);
  const { agent } = props;
  switch (agent.state.kind) {
    case "offered":
      return <IncomingStage state={agent.state} pop={agent.pop} call={phone.call} />;
    case "onCall":
      return (
        <TalkStage
          state={agent.state}
          pop={agent.pop}
          isMuted={phone.muted}
          hasKeys={props.hasKeys}
          hasAudio={phone.call === "talking" || hello?.sip === null}
        />
      );
    case "wrapUp":
      return <WrapUpStage state={agent.state} pop={agent.pop} />;
    case "loggedOut":
    case "notReady":
    case "ready":
      return <IdleStage agent={agent} openDial={props.openDial} hasKeys={props.hasKeys} />;
    case "dialling":
      return <DiallingStage state={agent.state} pop={agent.pop} isMuted={phone.muted} />;
  }
}
