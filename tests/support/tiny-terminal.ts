/** What a terminal shows for the bytes it got: as much of one as this program uses. */
export class TinyTerminal {
  readonly columns: number;
  readonly rows: number;
  /** The two screens; the second is the alternate one. */
  readonly #screens: string[][][];
  #row = 0;
  #column = 0;
  scrolled = 0;
  isAlternate = false;
  isCursorShown = true;
  isWrapping = true;

  constructor({ columns, rows }: { columns: number; rows: number }) {
    this.columns = columns;
    this.rows = rows;
    this.#screens = [0, 1].map(() => Array.from({ length: rows }, () => this.#blank()));
  }

  write(bytes: string): void {
    // oxlint-disable-next-line no-control-regex -- a terminal reads control characters
    const token = /\u001b\[(\??)(\d*)([A-Za-z])|\r|\n|[^\u001b\r\n]/g;
    for (const [text, mark, number, letter] of bytes.matchAll(token)) {
      if (letter !== undefined) this.#control(`${mark}${number}${letter}`);
      else if (text === "\r") this.#column = 0;
      else if (text === "\n") this.#feed();
      else this.#print(text);
    }
  }

  /** Lines without the spaces at their ends. */
  lines(): string[] {
    return this.#screen.map((row) => row.join("").trimEnd());
  }

  get #screen(): string[][] {
    return this.#screens[this.isAlternate ? 1 : 0] ?? [];
  }

  #control(code: string): void {
    const isOn = code.endsWith("h");
    if (code.startsWith("?1049")) this.isAlternate = isOn;
    else if (code.startsWith("?25")) this.isCursorShown = isOn;
    else if (code.startsWith("?7")) this.isWrapping = isOn;
    else if (code === "H") [this.#row, this.#column] = [0, 0];
    else if (code === "K") this.#erase(this.#row, Math.min(this.#column, this.columns - 1));
    else if (code === "J") this.#eraseBelow();
    else if (code === "2J") for (let row = 0; row < this.rows; row++) this.#erase(row, 0);
    else if (!code.endsWith("m")) throw new Error(`unknown control ${code}`);
  }

  #eraseBelow(): void {
    this.#erase(this.#row, Math.min(this.#column, this.columns - 1));
    for (let row = this.#row + 1; row < this.rows; row++) this.#erase(row, 0);
  }

  #erase(row: number, from: number): void {
    this.#screen[row]?.fill(" ", from);
  }

  #feed(): void {
    if (this.#row < this.rows - 1) this.#row++;
    else {
      this.scrolled++;
      this.#screen.shift();
      this.#screen.push(this.#blank());
    }
  }

  #print(character: string): void {
    if (this.#column >= this.columns && this.isWrapping) {
      this.#column = 0;
      this.#feed();
    }
    // After the last column the cursor waits there: what is erased from it takes the last character along.
    const column = Math.min(this.#column, this.columns - 1);
    const row = this.#screen[this.#row];
    if (row !== undefined) row[column] = character;
    this.#column = column + 1;
  }

  #blank(): string[] {
    return Array.from({ length: this.columns }, () => " ");
  }
}
