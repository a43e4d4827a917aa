import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";

/** Asks once more before something that cannot be taken back. */
export function ConfirmDialog(props: {
  title: string;
  text: string;
  confirm: string;
  onConfirm: (() => void) | null;
  onClose: () => void;
}): ReactNode {
  const { t } = useTexts();
  function confirm(): void {
    props.onConfirm?.();
    props.onClose();
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": t("common.close") }}
      centered
    >
      <div className="form" data-testid="confirm-dialog">
        <p>{props.text}</p>
        <div className="row">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            {t("common.cancel")}
          </Button>
          <Button
            className="danger"
            disabled={props.onConfirm === null}
            onClick={confirm}
            data-testid="confirm"
          >
            {props.confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
