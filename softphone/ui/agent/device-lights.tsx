import type { ReactNode } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import { Light } from "../frame/lights.tsx";
import { useAgent, useLevel, useSeat } from "./seat-context.tsx";

/** The page's own phone; for agents with another device, whether the server reaches that. */
export function PhoneLight(props: { hasOwnPhone: boolean }): ReactNode {
  const { t } = useTexts();
  const { status } = useStore(useSeat().phone);
  const isReachable = useAgent()?.deviceReachable ?? false;
  const shown = props.hasOwnPhone ? status : isReachable ? "registered" : "off";
  return (
    <Light
      name={t("light.phone")}
      text={t(`light.phoneStatus.${shown}`)}
      tone={shown === "registered" ? "good" : shown === "connecting" ? "busy" : "bad"}
      status={shown}
      testId="phone-light"
    />
  );
}

export function MicrophoneLight(): ReactNode {
  const { t } = useTexts();
  const { status } = useStore(useSeat().microphone.store);
  return (
    <Light
      name={t("light.microphone")}
      text={t(`light.microphoneStatus.${status}`)}
      tone={status === "on" ? "good" : status === "off" ? "busy" : "bad"}
      status={status}
      testId="microphone-light"
    >
      {status === "on" && <LevelMeter />}
    </Light>
  );
}

export function LevelMeter(): ReactNode {
  const { t } = useTexts();
  const level = useLevel();
  return <meter className="level" aria-label={t("light.level")} min={0} max={1} value={level} />;
}
