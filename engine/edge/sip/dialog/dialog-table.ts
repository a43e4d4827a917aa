// All live dialogs, found by what a peer sends (Call-ID and tags) and by what an application says.
import type { Dialog } from "./dialog.ts";

export class DialogTable {
  readonly #byTags = new Map<string, Dialog>();
  /** Forks of one INVITE share the id; the newest, and finally the confirmed one, answers to it. */
  readonly #byId = new Map<string, Dialog>();
  readonly #max: number;
  #serial = 0;

  constructor(dialogsMax: number) {
    this.#max = dialogsMax;
  }

  get size(): number {
    return this.#byTags.size;
  }

  get full(): boolean {
    return this.#byTags.size >= this.#max;
  }

  add(dialog: Dialog): void {
    dialog.serial = ++this.#serial;
    this.#byTags.set(key(dialog.callId, dialog.localTag, dialog.remoteTag), dialog);
    this.#byId.set(dialog.id, dialog);
  }

  /** Makes this fork the one that its id names. */
  prefer(dialog: Dialog): void {
    this.#byId.set(dialog.id, dialog);
  }

  byId(id: string): Dialog | null {
    return this.#byId.get(id) ?? null;
  }

  byTags(tags: { callId: string; localTag: string; remoteTag: string }): Dialog | null {
    return this.#byTags.get(key(tags.callId, tags.localTag, tags.remoteTag)) ?? null;
  }

  /**
   * Ends a dialog for applications; its timers stop. Peers are still recognised until `remove`: our
   * BYE is under way (the mortal state of RFC 5407 2).
   */
  retire(dialog: Dialog): void {
    dialog.state = "ended";
    dialog.channel?.release();
    dialog.channel = null;
    dialog.okSender?.stop();
    dialog.okSender = null;
    dialog.ackDuty?.giveUp.cancel();
    dialog.ackDuty = null;
    dialog.expiry?.cancel();
    dialog.expiry = null;
    dialog.session?.timer.cancel();
    dialog.session = null;
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
  }

  /** Ends a dialog and forgets it. */
  remove(dialog: Dialog): void {
    this.retire(dialog);
    const tags = key(dialog.callId, dialog.localTag, dialog.remoteTag);
    if (this.#byTags.get(tags) === dialog) this.#byTags.delete(tags);
  }

  values(): IterableIterator<Dialog> {
    return this.#byTags.values();
  }
}

function key(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}
