import { Button, Switch, Textarea } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { draftWithCode, draftWithNotes, notesLengthMax } from "../../state/wrap-up-draft.ts";
import { Until } from "../kit/time.tsx";
import { useActions, useSeat } from "./seat-context.tsx";

/** Outcome and notes; may be filled in during the call and are handed in at the end of wrap-up. */
export function WrapUpCard(props: { agent: AgentView; hasKeys: boolean }): ReactNode {
  const { t } = useTexts();
  const seat = useSeat();
  const draft = useStore(seat.draft);
  const { endWrapUp, extendWrapUp, wantWrapUp } = useActions();
  const { state } = props.agent;
  if (state.kind !== "onCall" && state.kind !== "wrapUp") {
    return null;
  }
  return (
    <section className="card wrap-up" aria-labelledby="wrap-up-title" data-state={state.kind}>
      <h2 id="wrap-up-title">
        {state.kind === "wrapUp" ? t("wrapUp.title") : t("wrapUp.draftTitle")}
      </h2>
      <Codes hasKeys={props.hasKeys} />
      <Textarea
        label={t("wrapUp.notes")}
        placeholder={t("wrapUp.notesPlaceholder")}
        minRows={3}
        rows={3}
        maxLength={notesLengthMax}
        value={draft.notes}
        onChange={(event) =>
          seat.draft.setState(draftWithNotes(draft, event.currentTarget.value), true)
        }
        data-testid="wrapup-notes"
      />
      <div className="row wrap-up-foot">
        <span className="dim">
          {state.kind === "wrapUp" && (
            <Until endsAtMs={state.endsAtMs} text={(time) => t("wrapUp.remaining", { time })} />
          )}
        </span>
        {state.kind === "onCall" && state.wrapUpAfter !== undefined && (
          <Switch
            checked={state.wrapUpAfter}
            disabled={wantWrapUp === null}
            label={t("wrapUp.after")}
            onChange={(event) => wantWrapUp?.(event.currentTarget.checked)}
            data-testid="wrapup-after"
          />
        )}
        {state.kind === "wrapUp" && state.extendMs !== undefined && (
          <Button
            variant="default"
            disabled={extendWrapUp === null}
            onClick={() => extendWrapUp?.()}
            data-testid="wrapup-extend"
          >
            {t("wrapUp.extend", { time: clockText(state.extendMs) })}
          </Button>
        )}
        <Button
          disabled={endWrapUp === null}
          onClick={() => endWrapUp?.()}
          data-testid="wrapup-end"
        >
          {t("wrapUp.end")}
          {props.hasKeys && (
            <span className="inline-key" aria-hidden="true">
              W
            </span>
          )}
        </Button>
      </div>
    </section>
  );
}

function Codes(props: { hasKeys: boolean }): ReactNode {
  const { t, language } = useTexts();
  const seat = useSeat();
  const draft = useStore(seat.draft);
  const codes = useStore(seat.desk.store, (desk) => desk.hello?.wrapUpCodes ?? none);
  if (codes.length === 0) {
    return null;
  }
  return (
    <fieldset className="codes">
      <legend>{t("wrapUp.codes")}</legend>
      {codes.map((code, index) => (
        <button
          key={code.id}
          type="button"
          className="code"
          aria-pressed={draft.code === code.id}
          onClick={() => seat.draft.setState(draftWithCode(draft, code.id), true)}
          data-testid={`wrapup-code-${code.id}`}
        >
          {props.hasKeys && index < 9 && (
            <span className="inline-key" aria-hidden="true">
              {index + 1}
            </span>
          )}
          {code.label[language]}
        </button>
      ))}
    </fieldset>
  );
}

const none: never[] = [];
