import { Button, Modal, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { TransferTarget } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { type TargetRow, targetRows } from "../../state/transfer-targets.ts";
import { StateMark } from "../kit/state-mark.tsx";
import { Since } from "../kit/time.tsx";
import { useActions } from "./seat-context.tsx";
import { useTargets } from "./use-targets.ts";

/** Where the caller can go: queues with their waiting, colleagues with their state, kept fresh. */
export function TransferDialog(props: { onClose: () => void }): ReactNode {
  const { t, language } = useTexts();
  const actions = useActions();
  const targets = useTargets();
  const [filter, setFilter] = useState("");

  const choose: Choose = {
    transfer(target) {
      actions.transferBlind?.(target);
      props.onClose();
    },
    consult(agentId) {
      actions.consultStart?.(agentId);
      props.onClose();
    },
  };

  const { queues, agents } = targetRows(targets, { filter, language });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("transfer.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
      size="lg"
      centered
    >
      <div className="transfer" data-testid="transfer-dialog">
        <TextInput
          label={t("transfer.filter")}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          data-autofocus
          data-testid="transfer-filter"
        />
        {targets === null && <p className="dim">{t("common.loading")}</p>}
        {targets !== null && queues.length + agents.length === 0 && (
          <p className="dim">{t("transfer.none")}</p>
        )}
        <Rows title={t("transfer.agents")} rows={agents} choose={choose} />
        <Rows title={t("transfer.queues")} rows={queues} choose={choose} />
        <p className="dim small">{t("transfer.hint")}</p>
      </div>
    </Modal>
  );
}

type Choose = Readonly<{
  transfer: (target: TransferTarget) => void;
  consult: (agentId: string) => void;
}>;

function Rows(props: { title: string; rows: readonly TargetRow[]; choose: Choose }): ReactNode {
  if (props.rows.length === 0) {
    return null;
  }
  return (
    <section className="transfer-list" aria-label={props.title}>
      <h3 className="eyebrow">{props.title}</h3>
      <ul>
        {props.rows.map((row) => (
          <Row key={row.id} row={row} choose={props.choose} />
        ))}
      </ul>
    </section>
  );
}

function Row(props: { row: TargetRow; choose: Choose }): ReactNode {
  const { t } = useTexts();
  const { transferBlind, consultStart } = useActions();
  const { row } = props;
  return (
    <li className="transfer-row" data-testid={`target-${row.id}`} data-free={row.isFree}>
      <span>
        <span className="transfer-name">{row.name}</span> <span className="dim">{row.id}</span>
        <span className="transfer-facts dim small">
          {row.kind === "agent" ? (
            <>
              <StateMark look={row.state} /> {t(`state.${row.state}`)}
            </>
          ) : (
            <>
              {t("transfer.waiting", { count: row.waiting })} ·{" "}
              {t("transfer.ready", { count: row.agentsReady })}
              {row.longestWaitSinceMs !== null && (
                <>
                  {" · "}
                  {t("transfer.longest")} <Since sinceMs={row.longestWaitSinceMs} />
                </>
              )}
            </>
          )}
        </span>
      </span>
      <span className="row">
        {row.kind === "agent" && (
          <Button
            size="compact-md"
            variant="default"
            disabled={!row.isFree || consultStart === null}
            onClick={() => props.choose.consult(row.id)}
            aria-label={t("transfer.consultWith", { name: row.name })}
            data-testid={`consult-${row.id}`}
          >
            {t("transfer.consult")}
          </Button>
        )}
        <Button
          size="compact-md"
          variant="default"
          disabled={!row.isFree || transferBlind === null}
          onClick={() => props.choose.transfer(row.target)}
          aria-label={t("transfer.blindTo", { name: row.name })}
          data-testid={`transfer-to-${row.id}`}
        >
          {t("transfer.blind")}
        </Button>
      </span>
    </li>
  );
}
