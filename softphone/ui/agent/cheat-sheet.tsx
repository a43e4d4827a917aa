import { Kbd, Modal, Switch } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";

export function CheatSheet(props: {
  isOpen: boolean;
  onClose: () => void;
  isEnabled: boolean;
  onToggle: () => void;
}): ReactNode {
  const { t } = useTexts();
  const rows: readonly [string, string][] = [
    ["A", t("bar.answer")],
    ["M", `${t("bar.mute")} / ${t("bar.unmute")}`],
    ["H", `${t("bar.hold")} / ${t("bar.unhold")}`],
    ["K", t("bar.keypad")],
    ["T", t("keys.transfer")],
    ["B", t("consult.back")],
    ["C", t("consult.merge")],
    ["0–9 * #", t("keys.digits")],
    ["P", t("keys.recording")],
    ["D", t("dial.title")],
    ["R R", t("keys.releaseTwice")],
    ["1–9", t("keys.codes")],
    ["W", t("wrapUp.end")],
    ["?", t("keys.sheet")],
  ];
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={t("keys.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
      centered
    >
      <table className="keys-table">
        <tbody>
          {rows.map(([key, text]) => (
            <tr key={key}>
              <th scope="row">
                <Kbd>{key}</Kbd>
              </th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="dim small">{t("keys.note")}</p>
      <Switch checked={props.isEnabled} onChange={props.onToggle} label={t("keys.enable")} />
    </Modal>
  );
}
