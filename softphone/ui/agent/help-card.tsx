import { Button, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Since } from "../kit/time.tsx";
import { useActions } from "./seat-context.tsx";

const textLengthMax = 500;

/** Asks a supervisor for help, and says since when the call for it stands. */
export function HelpCard(props: { help: AgentView["help"] }): ReactNode {
  const { t } = useTexts();
  const { askHelp, endHelp } = useActions();
  const [text, setText] = useState("");
  const { help } = props;
  return (
    <section className="card own-day" aria-labelledby="help-title" data-testid="help-card">
      <h2 id="help-title">{t("help.card")}</h2>
      <div role="status">
        {help !== null && (
          <p className="inline-note" data-testid="help-asked">
            {t("help.asked")} <Since sinceMs={help.sinceMs} /> {help.text}
          </p>
        )}
      </div>
      {help === null ? (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            askHelp?.(text.trim());
            setText("");
          }}
        >
          <TextInput
            label={t("help.about")}
            maxLength={textLengthMax}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-testid="help-text"
          />
          <Button
            type="submit"
            variant="default"
            disabled={askHelp === null}
            data-testid="help-ask"
          >
            {t("help.ask")}
          </Button>
        </form>
      ) : (
        <Button
          variant="default"
          disabled={endHelp === null}
          onClick={() => endHelp?.()}
          data-testid="help-end"
        >
          {t("help.end")}
        </Button>
      )}
    </section>
  );
}
