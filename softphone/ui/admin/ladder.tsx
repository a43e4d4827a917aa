import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import type { TracedMessage } from "../../../engine/wire/edge-operations.ts";
import { type LadderLeg, type LadderStep, sipLadder } from "../../../engine/wire/sip-ladder.ts";
import { useTexts } from "../../i18n/index.ts";

/** Lifelines of callers, edge and callees; each arrow is a message that can be opened. */
export function Ladder(props: { messages: readonly TracedMessage[] }): ReactNode {
  const { t } = useTexts();
  const detailId = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  const { legs, steps } = sipLadder(props.messages);
  const edgeAt = legs.filter(({ side }) => side === "caller").length;
  const lines = legs.length + 1;
  const shown = steps.find(({ message }) => message.seq === chosen);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="ladder" tabIndex={0} aria-label={t("trace.ladder")}>
        <div className="ladder-row ladder-heads">
          <span className="small dim">{t("trace.seconds")}</span>
          <div className="ladder-names" style={{ gridTemplateColumns: `repeat(${lines}, 1fr)` }}>
            {legs.slice(0, edgeAt).map((leg) => (
              <PeerName key={leg.sipCallId} leg={leg} />
            ))}
            <strong className="ladder-name">{t("trace.edge")}</strong>
            {legs.slice(edgeAt).map((leg) => (
              <PeerName key={leg.sipCallId} leg={leg} />
            ))}
          </div>
        </div>
        <ol className="ladder-steps" onKeyDown={moveFocus}>
          {steps.map((step) => (
            <Arrow
              key={step.message.seq}
              step={step}
              leg={legs[step.leg]}
              place={placeOf(step, edgeAt, lines)}
              lines={lines}
              isChosen={step.message.seq === chosen}
              detailId={detailId}
              onChoose={() => setChosen(step.message.seq === chosen ? null : step.message.seq)}
            />
          ))}
        </ol>
      </section>
      <div id={detailId} aria-live="polite">
        {shown !== undefined && <Detail step={shown} />}
      </div>
    </>
  );
}

function PeerName(props: { leg: LadderLeg }): ReactNode {
  const { t } = useTexts();
  const { side, user, peer, protocol } = props.leg;
  return (
    <div className="ladder-name">
      <strong>{t(`trace.side.${side}`)}</strong>
      {user !== "" && <span className="tabular">{user}</span>}
      <span className="small dim tabular">{`${peer} ${protocol.toUpperCase()}`}</span>
    </div>
  );
}

type Place = Readonly<{ left: string; width: string; isToRight: boolean }>;

/** From the edge's lifeline to that of the leg, in shares of the lane. */
function placeOf(step: LadderStep, edgeAt: number, lines: number): Place {
  const column = step.leg < edgeAt ? step.leg : step.leg + 1;
  const first = Math.min(column, edgeAt);
  const span = Math.abs(column - edgeAt);
  return {
    left: `${((first + 0.5) / lines) * 100}%`,
    width: `${(span / lines) * 100}%`,
    isToRight: (step.message.direction === "sent") === column > edgeAt,
  };
}

function Arrow(props: {
  step: LadderStep;
  leg: LadderLeg | undefined;
  place: Place;
  lines: number;
  isChosen: boolean;
  detailId: string;
  onChoose: () => void;
}): ReactNode {
  const { t } = useTexts();
  const { step, place } = props;
  const seconds = (step.offsetMs / 1_000).toFixed(3);
  const label = `${step.label}${step.hasSdp ? " · SDP" : ""}`;
  const way = t(`trace.way.${step.message.direction}`, { peer: props.leg?.peer ?? "" });
  return (
    <li className="ladder-row">
      <span className="small tabular dim">{seconds}</span>
      <div className="ladder-lane">
        {Array.from({ length: props.lines }, (_, line) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: lifelines have no other name than their place
            key={line}
            className="ladder-line"
            aria-hidden="true"
            style={{ left: `${((line + 0.5) / props.lines) * 100}%` }}
          />
        ))}
        <button
          type="button"
          className="ladder-arrow"
          data-way={place.isToRight ? "right" : "left"}
          data-tone={toneOf(step.status)}
          style={{ left: place.left, width: place.width }}
          aria-expanded={props.isChosen}
          aria-controls={props.detailId}
          aria-label={`${seconds} s, ${label}, ${way}`}
          onClick={props.onChoose}
        >
          <span className="ladder-label">{label}</span>
        </button>
      </div>
    </li>
  );
}

function toneOf(status: number | null): "request" | "ok" | "failed" {
  if (status === null) return "request";
  return status >= 400 ? "failed" : "ok";
}

function Detail(props: { step: LadderStep }): ReactNode {
  const { t } = useTexts();
  const { message } = props.step;
  const at = new Date(message.atMs).toISOString().replace("T", " ").replace("Z", "");
  return (
    <figure className="ladder-detail">
      <figcaption className="small dim">{t("trace.messageAt", { at })}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0} data-testid="trace-message">
        {message.text}
      </pre>
    </figure>
  );
}

/** Up and down go from arrow to arrow; Enter and space open, as on every button. */
function moveFocus(event: KeyboardEvent<HTMLOListElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const arrows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>(".ladder-arrow")];
  const at = arrows.indexOf(document.activeElement as HTMLButtonElement);
  const next = arrows[at + step];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}
