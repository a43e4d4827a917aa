import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { useTexts } from "../../i18n/index.ts";
import { Banner } from "./banner.tsx";
import { useDeskStore } from "./time.tsx";

/** Why the latest request was refused, until something succeeds or it was read. */
export function RefusalNotice(): ReactNode {
  const { t } = useTexts();
  const store = useDeskStore();
  const refusal = useStore(store, (state) => state.refusal);
  if (refusal === null) {
    return null;
  }
  return (
    <Banner tone="warning" testId="refusal">
      <RefusalText request={refusal.request} why={refusal.text} />
      <Button size="compact-md" variant="default" onClick={() => store.setState({ refusal: null })}>
        {t("common.dismiss")}
      </Button>
    </Banner>
  );
}

function RefusalText(props: { request: string; why: string }): ReactNode {
  const { t, find } = useTexts();
  const request = find(`refusal.request.${props.request}`) ?? t("refusal.request.other");
  const why =
    find(`refusal.whyOf.${props.request}.${props.why}`) ??
    find(`refusal.why.${props.why}`) ??
    props.why;
  return (
    <span>
      <strong>{t("refusal.title")}</strong> {t("refusal.text", { request, text: why })}
    </span>
  );
}
