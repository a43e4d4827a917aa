import { Button, Modal, NativeSelect } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTexts } from "../../i18n/index.ts";
import type { AgentActs } from "../../state/supervising.ts";

const levels = Array.from({ length: 10 }, (_, index) => String(index + 1));
const minutes = [15, 30, 60, 120, 240];
const minuteMs = 60_000;

/** Lets an agent serve with one more skill for a while. */
export function LendDialog(props: {
  name: string;
  skills: readonly string[];
  lend: AgentActs["lend"];
  onClose: () => void;
}): ReactNode {
  const { t } = useTexts();
  const [skill, setSkill] = useState(props.skills[0] ?? "");
  const [level, setLevel] = useState("5");
  const [forMinutes, setForMinutes] = useState("60");
  const { lend } = props;
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("supervise.lendTo", { name: props.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
      centered
    >
      <form
        className="form"
        data-testid="lend-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          lend?.({ skills: { [skill]: Number(level) }, forMs: Number(forMinutes) * minuteMs });
          props.onClose();
        }}
      >
        <NativeSelect
          label={t("supervise.skill")}
          data={[...props.skills]}
          value={skill}
          onChange={(event) => setSkill(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label={t("supervise.level")}
          data={levels}
          value={level}
          onChange={(event) => setLevel(event.currentTarget.value)}
        />
        <NativeSelect
          label={t("supervise.duration")}
          data={minutes.map((count) => ({
            value: String(count),
            label: t("supervise.minutes", { count }),
          }))}
          value={forMinutes}
          onChange={(event) => setForMinutes(event.currentTarget.value)}
        />
        <Button type="submit" disabled={lend === null || skill === ""} data-testid="lend">
          {t("supervise.lend")}
        </Button>
      </form>
    </Modal>
  );
}
