import type { ReactNode } from "react";

const paths = {
  answer:
    "M6.6 3.5 9 8.2 7.2 10a12 12 0 0 0 6.8 6.8l1.8-1.8 4.7 2.4v2.6c0 .8-.7 1.5-1.5 1.4A17.5 17.5 0 0 1 2.6 5c-.1-.8.6-1.5 1.4-1.5z",
  release: "M3 14.8c5-4.6 13-4.6 18 0l-1.8 2.8-4-1.3-.3-2.7a12 12 0 0 0-5.8 0l-.3 2.7-4 1.3z",
  reject: "M5.5 5.5l13 13M18.5 5.5l-13 13",
  mute: "M9 5.5a3 3 0 0 1 6 0v5.2M9 9v2.5a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5a6.4 6.4 0 0 1-.4 2.2M12 18v3M4 4l16 16",
  microphone: "M9 5.5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  hold: "M8.5 5v14M15.5 5v14",
  keypad: "M5 5h.01M12 5h.01M19 5h.01M5 12h.01M12 12h.01M19 12h.01M5 19h.01M12 19h.01M19 19h.01",
  transfer: "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.2A8.4 8.4 0 0 1 9.8 4 8.4 8.4 0 1 0 20 14.2z",
  keyboard: "M3.5 6.5h17v11h-17zM7 10h.01M10.3 10h.01M13.6 10h.01M17 10h.01M8.5 14h7",
  logout: "M10 4.5H5.5v15H10M14 8l4 4-4 4M18 12H9",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warning: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h.01",
  message: "M4 5h16v11H9.5L5.5 19.5V16H4z",
  chevron: "M6.5 9.5 12 15l5.5-5.5",
  headset: "M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 13.5h3v6h-3zM16.5 13.5h3v6h-3z",
} as const;

export type IconName = keyof typeof paths;

/** A drawing beside a word; never the only carrier of a meaning. */
export function Icon(props: { name: IconName; size?: number }): ReactNode {
  const size = props.size ?? 20;
  const isFilled = props.name === "answer" || props.name === "release";
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={isFilled ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={props.name === "keypad" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[props.name]} />
    </svg>
  );
}
