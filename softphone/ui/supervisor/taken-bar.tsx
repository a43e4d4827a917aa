import { Button, NativeSelect } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import { takenBy } from "../../state/supervising.ts";
import { ConfirmDialog } from "../kit/confirm-dialog.tsx";
import { Icon } from "../kit/icons.tsx";
import { Since, useDeskStore } from "../kit/time.tsx";
import { useSupervising } from "./listening-context.tsx";

/** The caller whom this supervisor took over, and the two ways to end it. */
export function TakenBar(): ReactNode {
  const { t, language } = useTexts();
  const { board, hello } = useStore(useDeskStore());
  const { endTakeOver } = useSupervising();
  const [queueId, setQueueId] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const taken = takenBy(board, hello?.user.id ?? null);
  if (board === null || taken === null) {
    return null;
  }
  const queues = board.queues.map((queue) => ({
    value: queue.queueId,
    label: queue.name[language],
  }));
  const toQueue = queueId ?? queues[0]?.value ?? null;
  return (
    <section className="card monitor-bar" aria-label={t("takeOver.title")} data-testid="taken-bar">
      <p role="status">
        <Icon name="headset" size={18} />{" "}
        {t("takeOver.now", { ani: taken.ani === "" ? "–" : taken.ani })}{" "}
        <Since sinceMs={taken.sinceMs} />
      </p>
      <NativeSelect
        aria-label={t("takeOver.queue")}
        data={queues}
        value={toQueue ?? ""}
        onChange={(event) => setQueueId(event.currentTarget.value)}
      />
      <Button
        variant="default"
        disabled={endTakeOver === null || toQueue === null}
        onClick={() => endTakeOver?.(toQueue)}
        data-testid="taken-to-queue"
      >
        {t("takeOver.toQueue")}
      </Button>
      <Button
        className="danger"
        disabled={endTakeOver === null}
        onClick={() => setAsking(true)}
        data-testid="taken-release"
      >
        {t("takeOver.release")}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t("takeOver.release")}
          text={t("takeOver.releaseAsk")}
          confirm={t("takeOver.release")}
          onConfirm={endTakeOver && (() => endTakeOver(null))}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
