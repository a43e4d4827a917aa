import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { Banner } from "../kit/banner.tsx";
import { useActions } from "./seat-context.tsx";

/** What supervisors wrote, until the agent says that it was read. */
export function Messages(props: { agent: AgentView | null }): ReactNode {
  const { t } = useTexts();
  const { acknowledge } = useActions();
  return props.agent?.messages.map(({ messageId, fromId, text }) => (
    <Banner key={messageId} tone="info" icon="message" testId="message">
      <span>
        <strong>{t("message.from", { from: fromId })}</strong> {text}
      </span>
      <Button
        size="compact-md"
        variant="default"
        disabled={acknowledge === null}
        onClick={() => acknowledge?.(messageId)}
        data-testid={`acknowledge-${messageId}`}
      >
        {t("message.read")}
      </Button>
    </Banner>
  ));
}
