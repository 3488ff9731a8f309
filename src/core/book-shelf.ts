import { Book } from "./book.ts";

/**
 * Books of markets that are over, for those to come: a book is two arrays of 80 KB, an hourly event has 188 of them, and a
 * process that runs for weeks would ask for them and give them back until its memory is full of holes.
 */
export class BookShelf {
  readonly #books: Book[] = [];

  /** A book that has no snapshot yet. */
  take(): Book {
    return this.#books.pop() ?? new Book();
  }

  /** Whoever gives a book must not look at it again. */
  give(book: Book): void {
    book.startOver();
    this.#books.push(book);
  }
}
