import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";
import type { Alert } from "../../state/wallboard.ts";
import { Icon } from "../kit/icons.tsx";

/** The level in a word; nothing while all is calm. `why` replaces the plain word. */
export function AlertMark(props: { alert: Alert; why?: string }): ReactNode {
  const { t } = useTexts();
  if (props.alert === "calm") {
    return null;
  }
  return (
    <span className="alert" data-alert={props.alert}>
      <Icon name="warning" size={14} />
      {t(`board.alert.${props.alert}`)}
      {props.why === undefined ? "" : `: ${props.why}`}
    </span>
  );
}
