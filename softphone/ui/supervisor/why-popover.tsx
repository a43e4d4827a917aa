import { Button, Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { CallWhy } from "../../../engine/wire/call-why.ts";
import { clockText } from "../../i18n/duration.ts";
import { useTexts } from "../../i18n/index.ts";
import { fetchCallWhy } from "../../link/api.ts";

/** Why a call still waits: who is before it, what it needs, and what keeps the agents from it. */
export function WhyPopover(props: { callId: string; ani: string }): ReactNode {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState<CallWhy | "loading" | "failed">("loading");

  async function open(): Promise<void> {
    setOpen(true);
    setWhy("loading");
    const result = await fetchCallWhy(props.callId);
    setWhy(result.ok ? result.value : "failed");
  }

  return (
    <Popover opened={isOpen} onChange={setOpen} width={320} shadow="md" trapFocus withRoles>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => (isOpen ? setOpen(false) : void open())}
          aria-label={t("why.of", { ani: props.ani })}
          data-testid={`why-${props.callId}`}
        >
          {t("why.open")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("why.title")}>
        <div className="why" data-testid="why" tabIndex={-1} data-autofocus>
          <h3>{t("why.title")}</h3>
          {why === "loading" && <p>{t("common.loading")}</p>}
          {why === "failed" && <p>{t("why.failed")}</p>}
          {typeof why === "object" && <Reasons why={why} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Reasons(props: { why: CallWhy }): ReactNode {
  const { t, find } = useTexts();
  const { line, offer } = props.why;
  if (line === null) {
    return <p>{t("why.gone")}</p>;
  }
  const needs = line.requirements.map(({ skillId, levelMin }) => `${skillId} ≥ ${levelMin}`);
  return (
    <>
      {offer !== null && <p>{t("why.ringing", { agent: offer.agentId })}</p>}
      <p>{t("why.position", { position: line.position })}</p>
      {needs.length > 0 && <p>{t("why.needs", { skills: needs.join(", ") })}</p>}
      {line.keptFor !== null && <p>{t("why.keptFor", { agent: line.keptFor })}</p>}
      {line.estimate.isReliable && line.estimate.waitMs !== null && (
        <p>{t("why.estimate", { time: clockText(line.estimate.waitMs) })}</p>
      )}
      <p>{t("why.agents")}</p>
      <ul>
        {Object.entries(line.byRule).map(([rule, count]) => (
          <li key={rule}>
            {find(`why.rule.${rule}`) ?? rule}: <strong className="tabular">{count}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}
