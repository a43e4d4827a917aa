import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import type { CheckResult, ShiftCheck } from "../../state/shift.ts";
import { Icon } from "../kit/icons.tsx";
import { LevelMeter } from "./device-lights.tsx";
import { useActions, useSeat } from "./seat-context.tsx";

/** One click that makes sure of everything a call needs, then logs in. */
export function StartShift(): ReactNode {
  const { t } = useTexts();
  const seat = useSeat();
  const { phase } = useStore(seat.shift);
  const microphone = useStore(seat.microphone.store, (state) => state.status);
  const canLogIn = useActions().logIn !== null;
  const isChecking = phase === "checking";
  return (
    <section className="card shift" aria-labelledby="shift-title">
      <div className="shift-art" aria-hidden="true">
        <Icon name="headset" size={56} />
      </div>
      <h1 id="shift-title">{t("shift.title")}</h1>
      <p className="dim">{t("shift.lead")}</p>
      <p className="dim">{t("shift.noteHint")}</p>
      <Button
        size="lg"
        loading={isChecking}
        disabled={!canLogIn}
        onClick={() => void seat.startShift()}
        data-testid="start-shift"
      >
        {phase === "failed" ? t("shift.again") : t("shift.start")}
      </Button>
      {microphone === "on" && <LevelMeter />}
      <ShiftChecks />
    </section>
  );
}

export function ShiftChecks(): ReactNode {
  const { checks } = useStore(useSeat().shift);
  return (
    <ul className="checks" aria-live="polite" data-testid="shift-checks">
      {checks.map((check) => (
        <CheckLine key={check.id} check={check} />
      ))}
    </ul>
  );
}

function CheckLine(props: { check: ShiftCheck }): ReactNode {
  const { t, find } = useTexts();
  const { id, result, detail } = props.check;
  return (
    <li className="check" data-result={result} data-testid={`check-${id}`}>
      <span className="check-mark" aria-hidden="true">
        <CheckMark result={result} />
      </span>
      <span className="check-name">{t(`shift.check.${id}`)}</span>
      <span className="check-result">{t(`shift.result.${result}`)}</span>
      <span className="check-detail">{find(`shift.detail.${detail}`)}</span>
    </li>
  );
}

function CheckMark(props: { result: CheckResult }): ReactNode {
  switch (props.result) {
    case "ok":
      return <Icon name="check" size={18} />;
    case "warning":
      return <Icon name="warning" size={18} />;
    case "failed":
      return <Icon name="reject" size={18} />;
    case "running":
      return "…";
  }
}
