import { Button, Menu } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useStore } from "zustand";
import type { AgentRow } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { type AgentActs, skillsOf } from "../../state/supervising.ts";
import { ConfirmDialog } from "../kit/confirm-dialog.tsx";
import { Icon } from "../kit/icons.tsx";
import { StateMark } from "../kit/state-mark.tsx";
import { useDeskStore } from "../kit/time.tsx";
import { LendDialog } from "./lend-dialog.tsx";
import { useSupervising } from "./listening-context.tsx";
import { MessageDialog } from "./message-dialog.tsx";

type Dialog = "message" | "lend" | "disconnect" | "logOut";

/** Everything that a supervisor may do to an agent; what is hard is asked once more. */
export function AgentMenu(props: { row: AgentRow }): ReactNode {
  const { t, language } = useTexts();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { row } = props;
  const acts = useSupervising().ofAgent(row);
  const name = row.name[language];
  return (
    <>
      <Menu position="bottom-end" width={250} shadow="md" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t("supervise.menuOf", { name })}
            rightSection={<Icon name="chevron" size={12} />}
            data-testid={`agent-menu-${row.agentId}`}
          >
            {t("supervise.menu")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Item act={acts.message && (() => setDialog("message"))} id="message" />
          <Item act={acts.endHelp} id="endHelp" />
          <StateItems acts={acts} />
          <Menu.Divider />
          <Item act={acts.endWrapUp} id="endWrapUp" />
          <Item act={acts.lend && (() => setDialog("lend"))} id="lendMore" />
          <Item act={acts.endLoan} id="endLoan" />
          <Menu.Divider />
          <Item act={acts.disconnect && (() => setDialog("disconnect"))} id="disconnect" isHard />
          <Item act={acts.logOut && (() => setDialog("logOut"))} id="logOut" isHard />
        </Menu.Dropdown>
      </Menu>
      <Dialogs open={dialog} name={name} acts={acts} onClose={() => setDialog(null)} />
    </>
  );
}

type ItemId =
  | "message"
  | "endHelp"
  | "endWrapUp"
  | "lendMore"
  | "endLoan"
  | "disconnect"
  | "logOut";

function Item(props: { act: (() => void) | null; id: ItemId; isHard?: boolean }): ReactNode {
  const { t } = useTexts();
  const { act } = props;
  return (
    <Menu.Item
      disabled={act === null}
      onClick={() => act?.()}
      className={props.isHard ? "danger-text" : undefined}
      data-testid={`act-${props.id}`}
    >
      {t(`supervise.${props.id}`)}
    </Menu.Item>
  );
}

function StateItems({ acts }: { acts: AgentActs }): ReactNode {
  const { t, language } = useTexts();
  const hello = useStore(useDeskStore(), (state) => state.hello);
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t("supervise.force")}</Menu.Label>
      <Menu.Item
        leftSection={<StateMark look="ready" />}
        disabled={acts.forceReady === null}
        onClick={() => acts.forceReady?.()}
        data-testid="act-forceReady"
      >
        {t("stateSelect.goReady")}
      </Menu.Item>
      {hello?.notReadyReasons.map((reason) => (
        <Menu.Item
          key={reason.id}
          leftSection={<StateMark look="notReady" />}
          disabled={acts.forceNotReady === null}
          onClick={() => acts.forceNotReady?.(reason.id)}
          data-testid={`act-forceNotReady-${reason.id}`}
        >
          {t("supervise.notReady", { reason: reason.label[language] })}
        </Menu.Item>
      ))}
    </>
  );
}

function Dialogs(props: {
  open: Dialog | null;
  name: string;
  acts: AgentActs;
  onClose: () => void;
}): ReactNode {
  const { t } = useTexts();
  const board = useStore(useDeskStore(), (state) => state.board);
  const { open, name, acts, onClose } = props;
  switch (open) {
    case "message":
      return (
        <MessageDialog title={t("message.to", { name })} send={acts.message} onClose={onClose} />
      );
    case "lend":
      return (
        <LendDialog
          name={name}
          skills={board === null ? [] : skillsOf(board)}
          lend={acts.lend}
          onClose={onClose}
        />
      );
    case "disconnect":
    case "logOut":
      return (
        <ConfirmDialog
          title={t(`supervise.${open}`)}
          text={t(`supervise.${open}Ask`, { name })}
          confirm={t(`supervise.${open}`)}
          onConfirm={acts[open]}
          onClose={onClose}
        />
      );
    case null:
      return null;
  }
}
