// The flow towards a host name, or towards several places of which the first that works is used
// (RFC 3263 4.3). Texts wait in it while the name is looked up, so that their order is kept.
import { type Flow, type Protocol, viaTransport } from "./flow.ts";
import type { Place, Transports } from "./transports.ts";

/** Texts kept while a name is looked up. */
const heldMax = 20;
/** A place that was silent for so many sends of one request is given up for the next. */
const sendsPerPlaceMax = 3;

interface Held {
  text: string;
  onFailed: ((reason: string) => void) | undefined;
}

export class LocatedFlow implements Flow {
  protocol: Protocol;
  /**
   * Resent by our timers even over TCP: the transaction is not told when such a connection ends,
   * and sending again is what moves it to the next place.
   */
  readonly reliable = false;
  remoteAddress = "";
  remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #transports: Transports;
  readonly #firstProtocol: Protocol;
  #places: Place[] = [];
  #flow: Flow | null = null;
  #failure: string | null = null;
  #held: Held[] = [];
  #lastText = "";
  #sends = 0;

  constructor(
    transports: Transports,
    options: {
      places: Place[] | Promise<Place[]>;
      /** What the Via says that is written before the name is known. */
      template: Pick<Flow, "protocol" | "localAddress" | "localPort">;
      port: number;
    },
  ) {
    this.#transports = transports;
    this.protocol = options.template.protocol;
    this.#firstProtocol = options.template.protocol;
    this.localAddress = options.template.localAddress;
    this.localPort = options.template.localPort;
    this.remotePort = options.port;
    if (Array.isArray(options.places)) this.#located(options.places);
    else void options.places.then((places) => this.#located(places));
  }

  get open(): boolean {
    return this.#failure === null;
  }

  send(text: string, onFailed?: (reason: string) => void): void {
    if (this.#failure !== null) {
      const reason = this.#failure;
      if (onFailed !== undefined) queueMicrotask(() => onFailed(reason));
      return;
    }
    if (this.#flow === null) {
      if (this.#held.length < heldMax) this.#held.push({ text, onFailed });
      return;
    }
    const again = text === this.#lastText && !text.startsWith("ACK ");
    this.#sends = again ? this.#sends + 1 : 1;
    this.#lastText = text;
    const silent = this.#sends > sendsPerPlaceMax && this.#places.length > 0;
    if ((silent || !this.#flow.open) && !this.advance()) {
      if (!this.#flow.open && onFailed !== undefined) queueMicrotask(() => onFailed("closed"));
      if (!this.#flow.open) return;
    }
    this.#flow.send(this.#withVia(text), () => {
      if (this.advance()) this.#flow?.send(this.#withVia(text), onFailed);
      else onFailed?.("unreachable");
    });
  }

  probe(onRefused: () => void): void {
    this.#flow?.probe?.(() => {
      if (this.advance()) this.#flow?.send(this.#withVia(this.#lastText));
      else onRefused();
    });
  }

  /** Moves to the next place; false when there is none. */
  advance(): boolean {
    for (let place = this.#places.shift(); place !== undefined; place = this.#places.shift()) {
      const opened = this.#transports.open(place);
      if (!opened.ok) continue;
      this.#flow = opened.flow;
      this.#sends = 1;
      this.protocol = opened.flow.protocol;
      this.remoteAddress = opened.flow.remoteAddress;
      this.remotePort = opened.flow.remotePort;
      return true;
    }
    return false;
  }

  #located(places: Place[]): void {
    this.#places = [...places];
    if (!this.advance()) this.#failure = "DNS Error";
    for (const { text, onFailed } of this.#held.splice(0)) this.send(text, onFailed);
  }

  /** DNS may have chosen another transport than the Via names. */
  #withVia(text: string): string {
    const flow = this.#flow;
    if (flow === null || flow.protocol === this.#firstProtocol) return text;
    const sentBy = `SIP/2.0/${viaTransport[flow.protocol]} ${flow.localAddress}:${flow.localPort}`;
    return text.replace(/^Via: SIP\/2\.0\/\S+ [^;\r\n]+/m, `Via: ${sentBy}`);
  }
}
