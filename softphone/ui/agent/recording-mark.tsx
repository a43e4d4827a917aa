import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTexts } from "../../i18n/index.ts";
import { useActions } from "./seat-context.tsx";

/** Says whether the call is being recorded, by shape, colour and word; stops it for a while. */
export function RecordingMark(props: { recording: "on" | "paused"; hasKeys: boolean }): ReactNode {
  const { t } = useTexts();
  const { toggleRecording } = useActions();
  const isOn = props.recording === "on";
  return (
    <div className="recording" data-testid="recording" data-recording={props.recording}>
      <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
        {isOn ? <circle cx="8" cy="8" r="6" /> : <path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" />}
      </svg>
      <strong role="status">{t(isOn ? "recording.on" : "recording.paused")}</strong>
      <Button
        size="compact-md"
        variant="default"
        disabled={toggleRecording === null}
        onClick={() => toggleRecording?.()}
        aria-keyshortcuts={props.hasKeys ? "P" : undefined}
        data-testid="recording-toggle"
      >
        {t(isOn ? "recording.pause" : "recording.resume")}
        {props.hasKeys && (
          <span className="inline-key" aria-hidden="true">
            P
          </span>
        )}
      </Button>
    </div>
  );
}
