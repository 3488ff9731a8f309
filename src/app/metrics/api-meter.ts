import type { Ms } from "../../core/units.ts";
import type { HttpClient } from "../../ports.ts";
import { Counts } from "./counts.ts";
import { Histogram } from "./histogram.ts";

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Requests of a run by host: how many ended how, and how long they took. */
export class ApiMeter {
  readonly requests = new Counts();
  readonly seconds = new Map<string, Histogram>();

  /** The same client, counted. */
  measured(http: HttpClient, monoMs: () => Ms): HttpClient {
    return {
      request: async (request, signal) => {
        const host = hostOf(request.url);
        const startMono = monoMs();
        let outcome = "error";
        try {
          const response = await http.request(request, signal);
          outcome = outcomeOf(response.status);
          return response;
        } finally {
          // What the end of the run cut off says nothing about the host.
          if (!signal.aborted || outcome !== "error") {
            this.requests.add(host, outcome);
            this.#histogramOf(host).observe((monoMs() - startMono) / 1000);
          }
        }
      },
    };
  }

  #histogramOf(host: string): Histogram {
    const known = this.seconds.get(host);
    if (known !== undefined) return known;
    const histogram = new Histogram(BOUNDS);
    this.seconds.set(host, histogram);
    return histogram;
  }
}

function outcomeOf(status: number): string {
  return status === 429 ? "429" : `${Math.floor(status / 100)}xx`;
}

/** Hosts come from the configuration alone, so there are few. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "unknown";
}
