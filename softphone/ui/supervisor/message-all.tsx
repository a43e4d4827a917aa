import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTexts } from "../../i18n/index.ts";
import { useSupervising } from "./listening-context.tsx";
import { MessageDialog } from "./message-dialog.tsx";

/** Writes to everybody who is logged in. */
export function MessageAll(): ReactNode {
  const { t } = useTexts();
  const { messageAll } = useSupervising();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="compact-md"
        variant="default"
        disabled={messageAll === null}
        onClick={() => setOpen(true)}
        data-testid="message-all"
      >
        {t("message.toAll")}
      </Button>
      {isOpen && (
        <MessageDialog
          title={t("message.toAll")}
          send={messageAll}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
