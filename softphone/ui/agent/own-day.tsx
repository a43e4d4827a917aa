import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";

/** The agent's own numbers of today. */
export function OwnDay(props: { today: AgentView["today"] }): ReactNode {
  const { t } = useTexts();
  const { answered, missed, dialled, reached, talkMs, holdMs, wrapUpMs } = props.today;
  const handleMs = talkMs + holdMs + wrapUpMs;
  return (
    <section className="card own-day" aria-labelledby="own-day-title">
      <h2 id="own-day-title">{t("own.title")}</h2>
      <dl>
        <Figure name={t("own.answered")} value={String(answered)} isLarge />
        <Figure name={t("own.missed")} value={String(missed)} isLarge />
        <Figure
          name={t("own.ahtShort")}
          value={answered === 0 ? "–" : clockText(handleMs / answered)}
          hint={t("own.ahtHint")}
          isLarge
        />
        <Figure name={t("own.talk")} value={clockText(talkMs)} />
        <Figure name={t("own.hold")} value={clockText(holdMs)} />
        <Figure name={t("own.wrapUp")} value={clockText(wrapUpMs)} />
        <Figure name={t("own.dialled")} value={String(dialled)} />
        <Figure name={t("own.reached")} value={String(reached)} />
      </dl>
      <p className="dim small">
        {t("own.aht")} = {t("own.ahtHint")}
      </p>
    </section>
  );
}

function Figure(props: {
  name: string;
  value: string;
  hint?: string;
  isLarge?: boolean;
}): ReactNode {
  return (
    <div className="figure" data-large={props.isLarge} title={props.hint}>
      <dt>{props.name}</dt>
      <dd className="figure-value timer">{props.value}</dd>
    </div>
  );
}
