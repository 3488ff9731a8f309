import type { Peer } from "../server/types.ts";
import type { FaultBox, FrameKind } from "./faults.ts";

const PIECES = 3;

/** A venue's end of one WebSocket, on which the venue's faults act. */
export class Link {
  isOpen = true;
  readonly #peer: Peer;
  readonly #faults: FaultBox;
  /** Frames that wait for their successor to overtake them. */
  #held: string | null = null;

  constructor(peer: Peer, faults: FaultBox) {
    this.#peer = peer;
    this.#faults = faults;
  }

  send(text: string, kind: FrameKind = "control"): void {
    const faults = this.#faults;
    if (!this.isOpen || faults.now.mute) return;
    if (kind !== "control") {
      if (faults.takes("loseFrames", kind)) return;
      if (this.#held === null && faults.takes("swapFrames", kind)) {
        this.#held = text;
        return;
      }
      if (faults.takes("duplicateFrames", kind)) this.#write(text);
    }
    this.#write(text);
    const held = this.#held;
    if (held === null || kind === "control") return;
    this.#held = null;
    this.#write(held);
  }

  ping(payload: string): void {
    if (this.isOpen && !this.#faults.now.mute) this.#peer.ping?.(payload);
  }

  /** True where control frames exist, so that a pong can be expected. */
  get hasPings(): boolean {
    return this.#peer.ping !== undefined;
  }

  /** Hangs up; a client of a mute venue is not even told that. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (!this.#faults.now.mute) this.#peer.close(code, reason);
  }

  #write(text: string): void {
    const peer = this.#peer;
    if (this.#faults.now.splitFrames && peer.sendPieces !== undefined)
      peer.sendPieces(text, PIECES);
    else peer.send(text);
  }
}
