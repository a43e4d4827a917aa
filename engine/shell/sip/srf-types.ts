// The part of drachtio-srf that we use, as it really is: its own types are partial and partly
// wrong. The one cast to these types is in `edge-link.ts`.

export type SrfMessage = {
  get(name: string): string | undefined;
  has(name: string): boolean;
  readonly body: string | undefined;
  readonly payload: readonly { type?: string | null; content?: string }[];
};

export type SrfRequest = SrfMessage & {
  readonly method: string;
  readonly uri: string;
  /** `application` for a BYE that the SIP server made itself: it must not be answered. */
  readonly source: "network" | "application";
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackTxnId: string;
  /** Empty outside a dialog. */
  readonly stackDialogId: string;
  on(event: "cancel", listener: () => void): void;
  on(event: "response", listener: (res: SrfResponse, ack: SrfAck) => void): void;
  cancel(options: { headers?: SrfHeaders }, callback: (error: unknown) => void): void;
};

export type SrfResponse = SrfMessage & {
  readonly status: number;
  readonly reason: string;
  /** Empty for one that the SIP server made itself: nobody could be reached. */
  readonly source_address: string;
  readonly stackDialogId: string;
  send(
    status: number,
    options: { headers?: SrfHeaders; body?: string },
    callback?: (error: unknown, sent?: SrfMessage) => void,
  ): void;
};

export type SrfHeaders = Record<string, string>;
export type SrfAck = (options?: { body?: string }) => void;
export type SrfHandler = (req: SrfRequest, res: SrfResponse) => void;

type SrfRequestOptions = {
  method: string;
  headers?: SrfHeaders;
  body?: string;
  stackDialogId?: string;
};

type SrfSocket = { setNoDelay(on: boolean): void; end(): void; destroy(): void };

export type SrfInstance = {
  use(handler: SrfHandler): void;
  use(verb: string, handler: SrfHandler): void;
  on(
    event: "connect",
    listener: (error: unknown, hostports?: string, version?: string) => void,
  ): void;
  on(event: "error" | "close" | "reconnecting", listener: (...args: unknown[]) => void): void;
  connect(options: {
    host: string;
    port: number;
    secret: string;
    enablePing?: boolean;
    reconnect?: { retryMaxDelay: number };
  }): void;
  request(
    uri: string,
    options: SrfRequestOptions,
    callback: (error: unknown, sent?: SrfRequest) => void,
  ): void;
  readonly app: {
    readonly client?: {
      readonly mapServer: Map<
        SrfSocket,
        { readonly pendingRequests: Map<string, (token: readonly string[]) => void> }
      >;
      readonly wp: {
        /** Returns the message's id. */
        send(socket: SrfSocket, message: string): string;
        closing?: boolean;
        readonly reconnectVars?: { retryTimer: NodeJS.Timeout | null };
      };
    };
  };
};
