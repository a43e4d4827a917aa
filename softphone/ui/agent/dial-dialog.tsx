import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import type { TransferTargets } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { cleanedNumber, dialChoice } from "../../state/dial.ts";
import { type TargetRow, targetRows } from "../../state/transfer-targets.ts";
import { RefusalNotice } from "../kit/refusal-notice.tsx";
import { StateMark } from "../kit/state-mark.tsx";
import { useActions, useSeat } from "./seat-context.tsx";
import { useTargets } from "./use-targets.ts";

/** Calls a number on behalf of a queue, or a colleague; closes when the call is on its way. */
export function DialDialog(props: { onClose: () => void }): ReactNode {
  const { t } = useTexts();
  const { store } = useSeat().desk;
  const targets = useTargets();
  // An older refusal says nothing about this call.
  useEffect(() => store.setState({ refusal: null }), [store]);
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("dial.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
      size="lg"
      centered
    >
      <div className="transfer" data-testid="dial-dialog">
        <RefusalNotice />
        <NumberForm targets={targets} />
        <Colleagues targets={targets} />
      </div>
    </Modal>
  );
}

type Targets = Readonly<{ targets: TransferTargets | null }>;

function NumberForm({ targets }: Targets): ReactNode {
  const { t, language } = useTexts();
  const { dial } = useActions();
  const [number, setNumber] = useState("");
  const [chosen, setChosen] = useState<{ queueId: string | null; callerId: string | null }>({
    queueId: null,
    callerId: null,
  });
  const { queues, callerIds, queueId, callerId } = dialChoice(targets, { ...chosen, language });
  if (targets !== null && queueId === null) {
    return <p className="dim">{t("dial.notAllowed")}</p>;
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (queueId !== null && number !== "") {
      dial?.({ queueId, number, callerId });
    }
  }
  return (
    <form className="dial-form" onSubmit={submit}>
      <TextInput
        label={t("dial.number")}
        description={t("dial.numberHint")}
        type="tel"
        inputMode="tel"
        autoComplete="off"
        value={number}
        onChange={(event) => setNumber(cleanedNumber(event.currentTarget.value))}
        data-autofocus
        data-testid="dial-number"
      />
      {queues.length > 1 && (
        <NativeSelect
          label={t("dial.queue")}
          data={[...queues]}
          value={queueId ?? ""}
          onChange={(event) => setChosen({ ...chosen, queueId: event.currentTarget.value })}
          data-testid="dial-queue"
        />
      )}
      {callerIds.length > 0 && (
        <NativeSelect
          label={t("dial.callerId")}
          data={[...callerIds]}
          value={callerId ?? ""}
          onChange={(event) => setChosen({ ...chosen, callerId: event.currentTarget.value })}
          data-testid="dial-caller-id"
        />
      )}
      <Button
        type="submit"
        disabled={dial === null || queueId === null || number === ""}
        data-testid="dial-call"
      >
        {number === "" ? t("dial.call") : t("dial.callNumber", { number })}
      </Button>
    </form>
  );
}

function Colleagues({ targets }: Targets): ReactNode {
  const { t, language } = useTexts();
  const [filter, setFilter] = useState("");
  const { agents } = targetRows(targets, { filter, language });
  return (
    <section className="transfer" aria-label={t("dial.colleagues")}>
      <TextInput
        label={t("dial.findColleague")}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        data-testid="dial-filter"
      />
      {targets === null && <p className="dim">{t("common.loading")}</p>}
      {targets !== null && agents.length === 0 && <p className="dim">{t("dial.noColleague")}</p>}
      {agents.length > 0 && (
        <div className="transfer-list">
          <ul>
            {agents.map((row) => (
              <Colleague key={row.id} row={row} />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Colleague(props: { row: TargetRow }): ReactNode {
  const { t } = useTexts();
  const { dialAgent } = useActions();
  const { row } = props;
  return (
    <li className="transfer-row" data-free={row.isFree}>
      <span>
        <span className="transfer-name">{row.name}</span> <span className="dim">{row.id}</span>
        {row.kind === "agent" && (
          <span className="transfer-facts dim small">
            <StateMark look={row.state} /> {t(`state.${row.state}`)}
          </span>
        )}
      </span>
      <Button
        size="compact-md"
        variant="default"
        disabled={!row.isFree || dialAgent === null}
        onClick={() => dialAgent?.(row.id)}
        aria-label={t("dial.callColleague", { name: row.name })}
        data-testid={`dial-agent-${row.id}`}
      >
        {t("dial.call")}
      </Button>
    </li>
  );
}
