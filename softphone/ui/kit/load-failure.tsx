import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";

export function LoadFailure(props: { text: string; onRetry: () => void }): ReactNode {
  const { t } = useTexts();
  return (
    <div className="card row empty" role="alert">
      <span>{props.text}</span>
      <Button size="compact-md" onClick={props.onRetry}>
        {t("common.retry")}
      </Button>
    </div>
  );
}
