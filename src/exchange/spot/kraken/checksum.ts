import { crc32 } from "node:zlib";
import type { SpotLevel } from "../../scenario/spot-book.ts";

const LEVELS = 10;

/**
 * Checksum of a book: ten asks from the lowest, then ten bids from the highest, each price and quantity with all its
 * digits but without point and leading zeros, which is what the integers of the venue's smallest units are
 * (spot-feeds.md §2.4).
 */
export function bookChecksum(asks: readonly SpotLevel[], bids: readonly SpotLevel[]): number {
  return crc32(topText(asks) + topText(bids));
}

function topText(levels: readonly SpotLevel[]): string {
  return levels
    .slice(0, LEVELS)
    .map(([price, size]) => `${price}${size}`)
    .join("");
}
