import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { AgentRow } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { useListening } from "./listening-context.tsx";

/** Comes into the agent's talk, or says who is in it. */
export function Listen(props: { row: AgentRow; testId: string }): ReactNode {
  const { t, language } = useTexts();
  const { start } = useListening();
  const { row } = props;
  if (row.monitor !== undefined) {
    return (
      <span className="dim">
        {t(`monitor.modeName.${row.monitor.mode}`)}: {row.monitor.supervisorId}
      </span>
    );
  }
  if (row.state.kind !== "onCall") {
    return null;
  }
  return (
    <Button
      size="compact-sm"
      variant="default"
      disabled={start === null}
      onClick={() => start?.(row.agentId)}
      aria-label={t("monitor.startWith", { name: row.name[language] })}
      data-testid={props.testId}
    >
      {t("monitor.start")}
    </Button>
  );
}
