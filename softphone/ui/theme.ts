import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Deep teal: calm over eight hours, and with white text on it at 5:1 or better from shade 7. */
const brand: MantineColorsTuple = [
  "#e8f6f6",
  "#d3ebec",
  "#a6d6d9",
  "#76c1c5",
  "#4fafb4",
  "#38a3a9",
  "#1f8a91",
  "#0b6e78",
  "#08606a",
  "#054d55",
];

/** Blue-grey instead of the library's neutral greys, to match the dark surfaces. */
const dark: MantineColorsTuple = [
  "#e7edf3",
  "#c3ced8",
  "#a6b3bf",
  "#7f909f",
  "#3d4d5b",
  "#2d3b48",
  "#1d2833",
  "#17202a",
  "#131b23",
  "#0f151b",
];

const sans =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

export const theme = createTheme({
  colors: { brand, dark },
  primaryColor: "brand",
  primaryShade: { light: 7, dark: 7 },
  fontFamily: sans,
  headings: { fontFamily: sans, fontWeight: "600" },
  defaultRadius: "md",
  focusRing: "auto",
  respectReducedMotion: true,
  cursorType: "pointer",
});
