// Hard limits on what a peer may send. Everything beyond is refused before it is stored.
export const sipLimits = {
  /** Bytes of one SIP message, header and body. */
  messageBytesMax: 65_536,
  /** Header lines of one message, after splitting Via lists. */
  headersMax: 200,
  /** Characters of one header line, folded lines joined. */
  headerCharsMax: 8_192,
} as const;
