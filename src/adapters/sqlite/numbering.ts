/** Room for event and opportunity numbers of one run: both are `runId * EV_PER_RUN + counter`. */
export const EV_PER_RUN = 10_000_000_000;
