// Loaded before anything else (`node --import`): time of this process runs SOAK_SPEED times as fast, from SOAK_START_MS
// at the real time SOAK_T0_MS on, as that of the exchange that it talks to does. With SOAK_DATES_ONLY=1 only the date does
// so: for `kbt sim --speed`, which makes its own time of the real one, and takes from the date what signatures are held to.

const speed = Number(process.env.SOAK_SPEED);
const startMs = Number(process.env.SOAK_START_MS);
const t0 = Number(process.env.SOAK_T0_MS);
const now = Date.now.bind(Date);
const mono = performance.now.bind(performance);
Date.now = () => Math.floor(startMs + (now() - t0) * speed);
if (process.env.SOAK_DATES_ONLY !== "1") {
  performance.now = () => mono() * speed;
  for (const name of ["setTimeout", "setInterval"]) {
    const start = globalThis[name];
    globalThis[name] = (work, ms, ...rest) => start(work, (ms ?? 0) / speed, ...rest);
  }
}
