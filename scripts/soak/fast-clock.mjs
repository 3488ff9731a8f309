// Loaded before anything else (`node --import`): time of this process runs SOAK_SPEED times as fast, from SOAK_START_MS
// at the real time SOAK_T0_MS on, as that of the exchange that it talks to does.

const speed = Number(process.env.SOAK_SPEED);
const startMs = Number(process.env.SOAK_START_MS);
const t0 = Number(process.env.SOAK_T0_MS);
const now = Date.now.bind(Date);
const mono = performance.now.bind(performance);
Date.now = () => Math.floor(startMs + (now() - t0) * speed);
performance.now = () => mono() * speed;
for (const name of ["setTimeout", "setInterval"]) {
  const start = globalThis[name];
  globalThis[name] = (work, ms, ...rest) => start(work, (ms ?? 0) / speed, ...rest);
}
