import { Button, Modal, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTexts } from "../../i18n/index.ts";

/** As long as the desk protocol takes. */
const textLengthMax = 500;

/** Writes to one agent, or to everybody who is logged in. */
export function MessageDialog(props: {
  title: string;
  send: ((text: string) => void) | null;
  onClose: () => void;
}): ReactNode {
  const { t } = useTexts();
  const [text, setText] = useState("");
  const { send } = props;
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": t("common.close") }}
      centered
    >
      <form
        className="form"
        data-testid="message-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          send?.(text.trim());
          props.onClose();
        }}
      >
        <Textarea
          label={t("message.text")}
          rows={3}
          maxLength={textLengthMax}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
          data-testid="message-text"
        />
        <Button
          type="submit"
          disabled={send === null || text.trim() === ""}
          data-testid="message-send"
        >
          {t("message.send")}
        </Button>
      </form>
    </Modal>
  );
}
