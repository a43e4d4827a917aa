import "./agent.css";
import { ActionIcon, Button } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand";
import { localNowMs } from "../../desk-connection.ts";
import { clockText } from "../../i18n/duration.ts";
import { currentLanguage, translate, useTexts } from "../../i18n/index.ts";
import { openSeat, type Seat } from "../../seat.ts";
import { serverNowMs } from "../../state/desk-store.ts";
import type { FaceProps } from "../face-props.ts";
import { DeskLight } from "../frame/lights.tsx";
import { PageFrame } from "../frame/page-frame.tsx";
import { Icon } from "../kit/icons.tsx";
import { Notice } from "../kit/notice.tsx";
import { DeskStoreProvider } from "../kit/time.tsx";
import { useOpened } from "../kit/use-opened.ts";
import { CallCard } from "./call-card.tsx";
import { CheatSheet } from "./cheat-sheet.tsx";
import { MicrophoneLight, PhoneLight } from "./device-lights.tsx";
import { DialDialog } from "./dial-dialog.tsx";
import { HelpCard } from "./help-card.tsx";
import { Notices } from "./notices.tsx";
import { OwnDay } from "./own-day.tsx";
import { SeatProvider, useActions, useAgent, useSeat } from "./seat-context.tsx";
import { StartShift } from "./start-shift.tsx";
import { StateSelect } from "./state-select.tsx";
import { TransferDialog } from "./transfer-dialog.tsx";
import { useKeys } from "./use-keys.ts";
import { WrapUpCard } from "./wrap-up-card.tsx";

export default function AgentFace(props: FaceProps): ReactNode {
  const seat = useOpened(() => newSeat(() => void props.session.check()));
  return seat === null ? null : <OpenedSeat {...props} seat={seat} />;
}

function OpenedSeat(props: FaceProps & { seat: Seat }): ReactNode {
  const { seat } = props;
  const link = useStore(seat.desk.store, (state) => state.link);
  const hasLoggedOut = link.kind === "ended" && link.why === "loggedOut";
  useEffect(() => {
    if (hasLoggedOut) {
      void props.session.check();
    }
  }, [hasLoggedOut, props.session]);

  if (link.kind === "ended" && link.why !== "closed") {
    return <Ended why={link.why} seat={seat} />;
  }
  return (
    <SeatProvider value={seat}>
      <DeskStoreProvider value={seat.desk.store}>
        <AgentPage session={props.session} user={props.user} />
      </DeskStoreProvider>
    </SeatProvider>
  );
}

function newSeat(onRefused: () => void): Seat {
  const seat: Seat = openSeat({
    onRefused,
    offerWords(agent) {
      const nowMs = serverNowMs(seat.desk.store.getState().clock, localNowMs());
      const pop = agent.pop;
      const words = {
        ani: pop?.ani ?? "",
        queue: pop?.queueName[currentLanguage()] ?? "",
        wait: clockText(nowMs - (pop?.queuedAtMs ?? nowMs)),
      };
      return { title: translate("call.incoming"), body: translate("call.incomingAnnounce", words) };
    },
  });
  return seat;
}

function Ended(props: { why: "replaced" | "loggedOut" | "version"; seat: Seat }): ReactNode {
  const { t } = useTexts();
  switch (props.why) {
    case "replaced":
      return (
        <Notice title={t("taken.title")} text={t("taken.text")}>
          <Button onClick={() => props.seat.desk.reopen()} data-testid="take-back">
            {t("taken.back")}
          </Button>
        </Notice>
      );
    case "loggedOut":
      return <Notice title={t("taken.loggedOutTitle")} text={t("taken.loggedOutText")} />;
    case "version":
      return (
        <Notice title={t("taken.versionTitle")} text={t("taken.versionText")}>
          <Button onClick={() => window.location.reload()}>{t("taken.reload")}</Button>
        </Notice>
      );
  }
}

function AgentPage(props: FaceProps): ReactNode {
  const seat = useSeat();
  const { t } = useTexts();
  const agent = useAgent();
  const { link, clock, hello } = useStore(seat.desk.store);
  const actions = useActions();
  const keys = useKeys();
  const isOut = agent === null || agent.state.kind === "loggedOut";

  function logOut(): void {
    actions.logOut?.();
    void props.session.logout();
  }

  return (
    <PageFrame
      user={props.user}
      face="agent"
      status={
        <>
          {!isOut && <StateSelect agent={agent} />}
          <section className="lights" aria-label={t("light.heading")}>
            <DeskLight link={link} roundTripMs={clock.roundTripMs} />
            <PhoneLight hasOwnPhone={hello === null || hello.sip !== null} />
            <MicrophoneLight />
          </section>
        </>
      }
      tools={
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          className="quiet"
          aria-label={t("keys.open")}
          title={`${t("keys.open")} (?)`}
          onClick={keys.showSheet}
        >
          <Icon name="keyboard" />
        </ActionIcon>
      }
      onLogout={isOut || actions.logOut !== null ? logOut : null}
    >
      {!isOut && <h1 className="visually-hidden">{t("app.face.agent")}</h1>}
      <Notices />
      {isOut ? (
        <StartShift />
      ) : (
        <div className="desk">
          <CallCard
            agent={agent}
            keypad={{
              isOpen: keys.isKeypadOpen,
              toggle: keys.toggleKeypad,
              sent: keys.digitsSent,
              sendDigit: keys.sendDigit,
            }}
            openDial={keys.toggleDial}
            transfer={{ isOpen: keys.isTransferOpen, toggle: keys.toggleTransfer }}
            isReleaseArmed={keys.isReleaseArmed}
            hasKeys={keys.isEnabled}
          />
          <div className="desk-side">
            <WrapUpCard agent={agent} hasKeys={keys.isEnabled} />
            <HelpCard help={agent.help} />
            <OwnDay today={agent.today} />
          </div>
        </div>
      )}
      {keys.isDialOpen && <DialDialog onClose={keys.toggleDial} />}
      {keys.isTransferOpen && <TransferDialog onClose={keys.toggleTransfer} />}
      <CheatSheet
        isOpen={keys.isSheetOpen}
        onClose={keys.hideSheet}
        isEnabled={keys.isEnabled}
        onToggle={keys.toggleEnabled}
      />
    </PageFrame>
  );
}
