import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

/** A line above the page that must be read. */
export function Banner(props: {
  tone: "warning" | "critical" | "info";
  icon?: IconName;
  children: ReactNode;
  testId?: string;
}): ReactNode {
  return (
    <div className="banner" data-tone={props.tone} role="status" data-testid={props.testId}>
      <Icon name={props.icon ?? "warning"} size={18} />
      {props.children}
    </div>
  );
}
