import type { Line, Room, Screen } from "../app/context.ts";
import { ENTER, frameBytes, LEAVE } from "./render/frame.ts";

/** The terminal behind stdout, as the process knows it. */
export interface Terminal {
  /** Undefined without a terminal, 0 behind one that does not know. */
  columns(): number | undefined;
  rows(): number | undefined;
  /** Calls the listener after each change of size; returns what ends that. */
  onResize(listener: () => void): () => void;
}

export interface ScreenOptions {
  readonly terminal: Terminal;
  readonly color: boolean;
  readonly stdout: (text: string) => void;
  /** What asks the command to stop; a crash does too. */
  readonly signal: AbortSignal;
}

const USUAL: Room = { columns: 80, rows: 24 };

/**
 * The whole terminal for pictures that follow one another. Neither stdin nor the modes of the terminal driver are touched,
 * so what has to be given back is on the screen alone. It is given back the moment the signal aborts: whatever is printed
 * after that, a crash report too, is printed where it stays.
 */
export function openScreen({ color, signal, stdout, terminal }: ScreenOptions): Screen {
  let picture: ((room: Room) => readonly Line[]) | null = null;
  let isClosed = signal.aborted;
  const draw = (): void => {
    if (picture === null || isClosed) return;
    const room = {
      columns: terminal.columns() || USUAL.columns,
      rows: terminal.rows() || USUAL.rows,
    };
    stdout(frameBytes(picture(room), { ...room, color }));
  };
  const ignoreResize = terminal.onResize(draw);
  const close = (): void => {
    ignoreResize();
    signal.removeEventListener("abort", close);
    if (!isClosed) stdout(LEAVE);
    isClosed = true;
  };
  if (isClosed) ignoreResize();
  else {
    signal.addEventListener("abort", close, { once: true });
    stdout(ENTER);
  }
  return {
    show: (next) => {
      picture = next;
      draw();
    },
    close,
  };
}
