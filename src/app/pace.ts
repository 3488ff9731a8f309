import type { Clock } from "../ports.ts";

/** How far work of a known size is, how fast it goes, and how long it will go on. */
export interface Pace {
  line(done: number, unit: string): string;
}

/** Begins to count now. */
export function createPace(clock: Pick<Clock, "monoMs">, total: number): Pace {
  const beganMs = clock.monoMs();
  return {
    line(done, unit) {
      const seconds = Math.max(1e-3, (clock.monoMs() - beganMs) / 1000);
      const rate = done / seconds;
      const share = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 100;
      const left = rate > 0 ? Math.ceil(Math.max(0, total - done) / rate) : 0;
      return `${share} %  ${done} of ${total} ${unit}, ${Math.round(rate)}/s, ${timeLeft(left)} left`;
    },
  };
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
