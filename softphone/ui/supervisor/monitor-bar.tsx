import { Button, SegmentedControl } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useStore } from "zustand";
import { monitorMode } from "../../../engine/wire/desk.ts";
import { useTexts } from "../../i18n/index.ts";
import { monitoredBy } from "../../state/listening.ts";
import { ConfirmDialog } from "../kit/confirm-dialog.tsx";
import { Icon } from "../kit/icons.tsx";
import { useDeskStore } from "../kit/time.tsx";
import { useListening, useSupervising } from "./listening-context.tsx";

/** The talk that this supervisor is in: with whom, who hears the supervisor, and the way out. */
export function MonitorBar(): ReactNode {
  const { t, language } = useTexts();
  const { board, hello } = useStore(useDeskStore());
  const { setMode, stop } = useListening();
  const { takeOver } = useSupervising();
  const [isAsking, setAsking] = useState(false);
  const row = monitoredBy(board, hello?.user.id ?? null);
  if (row?.monitor === undefined) {
    return null;
  }
  const { mode, stage } = row.monitor;
  return (
    <section
      className="card monitor-bar"
      aria-label={t("monitor.title")}
      data-testid="monitor-bar"
      data-stage={stage}
    >
      <p role="status">
        <Icon name="headset" size={18} />{" "}
        {t(stage === "ringing" ? "monitor.connecting" : `monitor.now.${mode}`, {
          name: `${row.name[language]} (${row.agentId})`,
        })}
      </p>
      <SegmentedControl
        value={mode}
        onChange={(value) => setMode?.(monitorMode.parse(value))}
        disabled={setMode === null}
        aria-label={t("monitor.mode")}
        data={monitorMode.options.map((value) => ({
          value,
          label: t(`monitor.modeName.${value}`),
        }))}
        data-testid="monitor-mode"
      />
      <Button
        variant="default"
        disabled={takeOver === null}
        onClick={() => setAsking(true)}
        data-testid="take-over"
      >
        {t("takeOver.start")}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t("takeOver.start")}
          text={t("takeOver.ask", { name: row.name[language] })}
          confirm={t("takeOver.start")}
          onConfirm={takeOver}
          onClose={() => setAsking(false)}
        />
      )}
      <Button
        variant="default"
        disabled={stop === null}
        onClick={() => stop?.()}
        data-testid="monitor-stop"
      >
        {t("monitor.stop")}
      </Button>
    </section>
  );
}
