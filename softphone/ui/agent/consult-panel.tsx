import { Button, Kbd } from "@mantine/core";
import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Icon } from "../kit/icons.tsx";
import { Since } from "../kit/time.tsx";
import { useActions } from "./seat-context.tsx";

type Colleague = NonNullable<Extract<AgentView["state"], { kind: "onCall" }>["colleague"]>;

/** The other agent in the call, who hears whom, and what can be done next. */
export function ConsultPanel(props: { colleague: Colleague }): ReactNode {
  const { t, language } = useTexts();
  const { colleague } = props;
  const name = `${colleague.name[language]} (${colleague.agentId})`;
  return (
    <div className="consult" data-testid="consult" data-stage={colleague.stage}>
      <p role="status">
        <Icon name="headset" size={16} />{" "}
        {t(`consult.${colleague.role}.${colleague.stage}`, { name })}{" "}
        <Since sinceMs={colleague.sinceMs} />
      </p>
      {colleague.role === "asked" && <ConsultButtons stage={colleague.stage} />}
    </div>
  );
}

function ConsultButtons(props: { stage: Colleague["stage"] }): ReactNode {
  const { t } = useTexts();
  const { consultComplete, consultCancel, consultMerge } = useActions();
  const inConference = props.stage === "conference";
  return (
    <div className="row">
      <Button
        disabled={consultComplete === null}
        onClick={() => consultComplete?.()}
        rightSection={<Kbd>T</Kbd>}
        data-testid="consult-complete"
      >
        {inConference ? t("consult.leave") : t("consult.complete")}
      </Button>
      <Button
        variant="default"
        disabled={consultCancel === null}
        onClick={() => consultCancel?.()}
        rightSection={<Kbd>B</Kbd>}
        data-testid="consult-cancel"
      >
        {inConference ? t("consult.remove") : t("consult.back")}
      </Button>
      <Button
        variant="default"
        disabled={consultMerge === null}
        onClick={() => consultMerge?.()}
        rightSection={<Kbd>C</Kbd>}
        data-testid="consult-merge"
      >
        {t("consult.merge")}
      </Button>
    </div>
  );
}
