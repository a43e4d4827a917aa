import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import type { AgentView } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { isBusy } from "../../state/agent-actions.ts";
import { Icon } from "../kit/icons.tsx";
import { lookOf, StateMark } from "../kit/state-mark.tsx";
import { Since } from "../kit/time.tsx";
import { useActions, useReasonText, useSeat } from "./seat-context.tsx";

/** The state with its timer; opens to choose another, or what follows a call. */
export function StateSelect(props: { agent: AgentView }): ReactNode {
  const { t } = useTexts();
  const { state } = props.agent;
  const isFollowed = isBusy(state.kind);
  return (
    <div className="state-select-group">
      <Menu position="bottom-start" width={260} shadow="md" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <button
            type="button"
            className="state-select"
            data-testid="state-select"
            data-look={lookOf(state)}
          >
            <StateMark look={lookOf(state)} size={14} />
            <span className="visually-hidden">{t("stateSelect.label")}: </span>
            <StateText agent={props.agent} />
            <Since sinceMs={state.sinceMs} />
            <Icon name="chevron" size={14} />
          </button>
        </Menu.Target>
        <StateChoices agent={props.agent} isFollowed={isFollowed} />
      </Menu>
      {isFollowed && <NextState next={props.agent.nextNotReady} />}
    </div>
  );
}

function StateText(props: { agent: AgentView }): ReactNode {
  const { t } = useTexts();
  const reasonText = useReasonText();
  const { state } = props.agent;
  const look = lookOf(state);
  const reason = state.kind === "notReady" ? ` · ${reasonText(state.reason)}` : "";
  return (
    <span className="state-text" data-testid="agent-state" data-state={state.kind}>
      {t(`state.${look}`)}
      {reason}
    </span>
  );
}

function NextState(props: { next: string | null }): ReactNode {
  const { t } = useTexts();
  const reasonText = useReasonText();
  return (
    <span className="chip" data-testid="next-state" title={t("stateSelect.nextHint")}>
      {props.next === null
        ? t("stateSelect.nextReady")
        : t("stateSelect.next", { reason: reasonText(props.next) })}
    </span>
  );
}

function StateChoices(props: { agent: AgentView; isFollowed: boolean }): ReactNode {
  const { t, language } = useTexts();
  const actions = useActions();
  const reasons = useStore(useSeat().desk.store, (state) => state.hello?.notReadyReasons ?? none);
  return (
    <Menu.Dropdown>
      {props.isFollowed && <Menu.Label>{t("stateSelect.afterCall")}</Menu.Label>}
      <Menu.Item
        leftSection={<StateMark look="ready" />}
        disabled={actions.goReady === null}
        onClick={() => actions.goReady?.()}
        data-testid="state-ready"
      >
        {t("stateSelect.goReady")}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Label>{t("stateSelect.notReadyGroup")}</Menu.Label>
      {reasons.map((reason) => (
        <Menu.Item
          key={reason.id}
          leftSection={<StateMark look="notReady" />}
          disabled={actions.goNotReady === null}
          onClick={() => actions.goNotReady?.(reason.id)}
          data-testid={`state-notready-${reason.id}`}
        >
          {reason.label[language]}
        </Menu.Item>
      ))}
    </Menu.Dropdown>
  );
}

const none: never[] = [];
