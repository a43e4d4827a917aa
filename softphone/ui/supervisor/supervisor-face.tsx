import "./board.css";
import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import { type ListeningPost, openListeningPost } from "../../listening-post.ts";
import { staleAfterMs } from "../../state/wallboard.ts";
import type { FaceProps } from "../face-props.ts";
import { DeskLight } from "../frame/lights.tsx";
import { PageFrame } from "../frame/page-frame.tsx";
import { Icon } from "../kit/icons.tsx";
import { RefusalNotice } from "../kit/refusal-notice.tsx";
import { DeskStoreProvider, useDeskStore, useLocalNow } from "../kit/time.tsx";
import { useOpened } from "../kit/use-opened.ts";
import { AgentGrid } from "./agent-grid.tsx";
import { HelpBar } from "./help-bar.tsx";
import { ListeningProvider } from "./listening-context.tsx";
import { MonitorBar } from "./monitor-bar.tsx";
import { QueueTable } from "./queue-table.tsx";
import { ReservePanel } from "./reserve-panel.tsx";
import { TakenBar } from "./taken-bar.tsx";
import { Tiles } from "./tiles.tsx";
import { WaitingTable } from "./waiting-table.tsx";

export default function SupervisorFace(props: FaceProps): ReactNode {
  const post = useOpened(() => openListeningPost({ onRefused: () => void props.session.check() }));
  return post === null ? null : <OpenedPost {...props} post={post} />;
}

function OpenedPost(props: FaceProps & { post: ListeningPost }): ReactNode {
  const { post } = props;
  const { desk } = post;
  const { link, clock } = useStore(desk.store);
  const hasEnded = link.kind === "ended" && link.why !== "closed";
  useEffect(() => {
    if (hasEnded) {
      void props.session.check();
    }
  }, [hasEnded, props.session]);

  return (
    <DeskStoreProvider value={desk.store}>
      <PageFrame
        user={props.user}
        face="supervisor"
        status={<DeskLight link={link} roundTripMs={clock.roundTripMs} />}
        onLogout={() => void props.session.logout()}
      >
        <ListeningProvider value={post}>
          <RefusalNotice />
          <MonitorBar />
          <TakenBar />
          <Board />
        </ListeningProvider>
      </PageFrame>
    </DeskStoreProvider>
  );
}

function Board(): ReactNode {
  const { t } = useTexts();
  const { board, boardAtLocalMs } = useStore(useDeskStore());
  if (board === null || boardAtLocalMs === null) {
    return (
      <p role="status" className="empty">
        {t("board.waitingForData")}
      </p>
    );
  }
  return (
    <>
      <div className="page-head">
        <h1>{t("board.title")}</h1>
        <Freshness atLocalMs={boardAtLocalMs} />
        <span className="dim">
          {t("board.tile.callsLive", {
            live: board.callsLive,
            flow: board.callsInFlow,
            talking: board.callsTalking,
          })}
        </span>
      </div>
      <StaleGuard atLocalMs={boardAtLocalMs}>
        <HelpBar board={board} />
        <Tiles board={board} />
        <ReservePanel board={board} />
        <div className="board-middle">
          <QueueTable board={board} />
          <WaitingTable board={board} />
        </div>
        <AgentGrid board={board} />
      </StaleGuard>
    </>
  );
}

function useIsStale(atLocalMs: number): { isStale: boolean; seconds: number } {
  const ageMs = useLocalNow() - atLocalMs;
  return { isStale: ageMs > staleAfterMs, seconds: Math.floor(ageMs / 1_000) };
}

/** Live, or how old in words: stale figures must never pass for live ones. */
function Freshness(props: { atLocalMs: number }): ReactNode {
  const { t } = useTexts();
  const { isStale, seconds } = useIsStale(props.atLocalMs);
  return (
    <span className="freshness" data-stale={isStale} role="status" data-testid="freshness">
      <Icon name={isStale ? "warning" : "check"} size={14} />
      {isStale ? (
        <>
          <strong>{t("board.stale", { seconds })}</strong> <span>{t("board.staleHint")}</span>
        </>
      ) : (
        t("board.live")
      )}
    </span>
  );
}

function StaleGuard(props: { atLocalMs: number; children: ReactNode }): ReactNode {
  const { isStale } = useIsStale(props.atLocalMs);
  return (
    <div className="board" data-stale={isStale} data-testid="board">
      {props.children}
    </div>
  );
}
