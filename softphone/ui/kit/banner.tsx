import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";

/** A line above the page that must be read. */
export function Banner(props: {
  tone: "warning" | "critical" | "info";
  children: ReactNode;
  testId?: string;
}): ReactNode {
  return (
    <div className="banner" data-tone={props.tone} role="status" data-testid={props.testId}>
      <Icon name="warning" size={18} />
      {props.children}
    </div>
  );
}
