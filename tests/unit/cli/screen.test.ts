import { describe, expect, test } from "vitest";
import type { Line } from "../../../src/app/context.ts";
import { frameBytes, pictureText } from "../../../src/cli/render/frame.ts";
import { openScreen, type Terminal } from "../../../src/cli/screen.ts";
import { TinyTerminal } from "../../support/tiny-terminal.ts";

const lines = (...texts: string[]): Line[] => texts.map((text) => ({ text }));

function shown(terminal: TinyTerminal, ...pictures: (readonly Line[])[]): string[] {
  for (const picture of pictures) {
    terminal.write(frameBytes(picture, { ...size(terminal), color: false }));
  }
  return terminal.lines();
}

const size = ({ columns, rows }: TinyTerminal) => ({ columns, rows });

describe("frameBytes", () => {
  test("a shorter picture leaves nothing of the longer one before it", () => {
    const terminal = new TinyTerminal({ columns: 12, rows: 4 });
    expect(shown(terminal, lines("a long line", "second", "third"), lines("short"))).toEqual([
      "short",
      "",
      "",
      "",
    ]);
  });

  test.each([
    ["fewer lines than rows", lines("a", "b"), ["a", "b", ""]],
    ["as many lines as rows", lines("a", "b", "c"), ["a", "b", "c"]],
    ["more lines than rows", lines("a", "b", "c", "d"), ["a", "b", "c"]],
    ["lines as wide as the screen", lines("12345678", "12345678", "12345678"), undefined],
    ["a line that is too wide", lines("123456789"), ["1234567…", "", ""]],
    ["no lines", lines(), ["", "", ""]],
  ])("%s: nothing scrolls, wraps or is lost", (_, picture, expected) => {
    const terminal = new TinyTerminal({ columns: 8, rows: 3 });
    terminal.write("\u001b[?7l");
    const wanted = expected ?? picture.map(({ text }) => text);
    expect(shown(terminal, lines("old old", "old old", "old old"), picture)).toEqual(wanted);
    expect(terminal.scrolled).toBe(0);
  });

  test("never blanks the screen, which would be seen as flicker", () => {
    const bytes = frameBytes(lines("a", "b"), { columns: 8, rows: 3, color: true });
    expect(bytes).not.toContain("\u001b[2J");
    expect(bytes.startsWith("\u001b[Ha\u001b[K")).toBe(true);
  });

  test("what would move the cursor is not let through", () => {
    const terminal = new TinyTerminal({ columns: 20, rows: 2 });
    expect(shown(terminal, lines("a\u001b[2Jb\nc"))).toEqual(["a[2Jb c", ""]);
  });

  test("strong lines are bold only where there are colours, and cut by what is seen", () => {
    const line = [{ text: "123456789", strong: true }];
    const style = { columns: 8, rows: 2 };
    expect(frameBytes(line, { ...style, color: true })).toContain("\u001b[1m1234567…\u001b[22m");
    expect(frameBytes(line, { ...style, color: false })).not.toContain("\u001b[1m");
  });
});

test("a picture as text is not cut", () => {
  const picture = [{ text: "x".repeat(200) }, { text: "b", strong: true }];
  expect(pictureText(picture, false)).toBe(`${"x".repeat(200)}\nb\n`);
  expect(pictureText(picture, true)).toContain("\u001b[1mb\u001b[22m\n");
});

/** A terminal of a size that the test changes, and the screen opened on it. */
function rig(signal: AbortSignal) {
  const room = { columns: 10, rows: 3 };
  const glass = new TinyTerminal({ columns: 40, rows: 5 });
  const listeners = new Set<() => void>();
  const terminal: Terminal = {
    columns: () => room.columns,
    rows: () => room.rows,
    onResize: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  glass.write("$ kbt");
  const writes: string[] = [];
  const screen = openScreen({
    terminal,
    color: false,
    signal,
    stdout: (text) => {
      writes.push(text);
      glass.write(text);
    },
  });
  return { room, glass, listeners, screen, writes };
}

const isAsBefore = (glass: TinyTerminal): void => {
  expect(glass.lines()).toEqual(["$ kbt", "", "", "", ""]);
  expect(glass).toMatchObject({ isAlternate: false, isCursorShown: true, isWrapping: true });
};

describe("openScreen", () => {
  test("takes the terminal and gives it back as it was, once", () => {
    const { glass, listeners, screen, writes } = rig(new AbortController().signal);
    screen.show(() => lines("picture"));
    expect(glass).toMatchObject({ isAlternate: true, isCursorShown: false, isWrapping: false });
    expect(glass.lines()[0]).toBe("picture");
    screen.close();
    isAsBefore(glass);
    const count = writes.length;
    screen.close();
    screen.show(() => lines("too late"));
    expect(writes).toHaveLength(count);
    expect(listeners.size).toBe(0);
  });

  test("is given back the moment the command is asked to stop, or crashes", () => {
    const stop = new AbortController();
    const { glass, screen } = rig(stop.signal);
    screen.show(() => lines("picture"));
    stop.abort(new Error("a bug"));
    isAsBefore(glass);
    screen.show(() => lines("too late"));
    isAsBefore(glass);
  });

  test("is not taken after that", () => {
    const { glass, listeners, screen } = rig(AbortSignal.abort());
    screen.show(() => lines("picture"));
    isAsBefore(glass);
    expect(listeners.size).toBe(0);
  });

  test("a picture is one write, and laid out again when the size changes", () => {
    const { glass, listeners, room, screen, writes } = rig(new AbortController().signal);
    const before = writes.length;
    screen.show(({ columns, rows }) => lines(`${columns}x${rows}`));
    expect(writes).toHaveLength(before + 1);
    expect(glass.lines()[0]).toBe("10x3");
    Object.assign(room, { columns: 40, rows: 5 });
    for (const listener of listeners) listener();
    expect(glass.lines()[0]).toBe("40x5");
  });

  test("a terminal that does not know its size is of the usual one", () => {
    const { glass, room, screen } = rig(new AbortController().signal);
    Object.assign(room, { columns: 0, rows: 0 });
    screen.show(({ columns, rows }) => lines(`${columns}x${rows}`));
    expect(glass.lines()[0]).toBe("80x24");
  });
});
