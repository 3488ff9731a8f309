import type {
  BacktestOptions,
  CalibrateOptions,
  CollectOptions,
  CommandContext,
  CommandResult,
  DoctorOptions,
  FitOptions,
  KillOptions,
  LedgerOptions,
  LiveOptions,
  LiveOrderOptions,
  LiveResetOptions,
  PaperOptions,
  PreviewOptions,
  SimServerOptions,
  StatusOptions,
  WhyOptions,
} from "./context.ts";

// One line per use case. Each is loaded when it runs, so that a command pays only for what it needs.

type UseCase<Options> = (ctx: CommandContext, options: Options) => Promise<CommandResult>;

export const runCollect: UseCase<CollectOptions> = async (ctx, options) =>
  options.backfillDays === null
    ? (await import("./compose/collect.ts")).collect(ctx, options)
    : (await import("./compose/backfill.ts")).backfill(ctx, options);

export const runPaper: UseCase<PaperOptions> = async (ctx, options) =>
  (await import("./compose/paper.ts")).paper(ctx, options);

export const runLive: UseCase<LiveOptions> = async (ctx, options) =>
  (await import("./compose/live.ts")).live(ctx, options);

export const runLiveOrder: UseCase<LiveOrderOptions> = async (ctx, options) =>
  (await import("./compose/live-order.ts")).liveOrder(ctx, options);

export const runLiveReset: UseCase<LiveResetOptions> = async (ctx, options) =>
  (await import("./compose/live-reset.ts")).liveReset(ctx, options);

export const runBacktest: UseCase<BacktestOptions> = async (ctx, options) =>
  (await import("./compose/backtest.ts")).backtest(ctx, options);

export const runCancelAll: UseCase<KillOptions> = async (ctx, options) =>
  (await import("./compose/kill.ts")).cancelAll(ctx, options);

export const runKill: UseCase<KillOptions> = async (ctx, options) =>
  (await import("./compose/kill.ts")).kill(ctx, options);

export const runStatus: UseCase<StatusOptions> = async (ctx, options) =>
  (await import("./compose/status.ts")).status(ctx, options);

export const runPreview: UseCase<PreviewOptions> = async (ctx, options) =>
  (await import("./compose/preview.ts")).preview(ctx, options);

/** Loads the use case without running it. */
export const readLedger = async (): Promise<unknown> => import("./compose/ledger.ts");

export const runLedger: UseCase<LedgerOptions> = async (ctx, options) =>
  (await import("./compose/ledger.ts")).ledger(ctx, options);

export const runCalibrate: UseCase<CalibrateOptions> = async (ctx, options) =>
  (await import("./compose/calibrate.ts")).calibrate(ctx, options);

export const runFit: UseCase<FitOptions> = async (ctx, options) =>
  (await import("./compose/fit.ts")).fit(ctx, options);

export const runWhy: UseCase<WhyOptions> = async (ctx, options) =>
  (await import("./compose/why.ts")).why(ctx, options);

export const runSim: UseCase<SimServerOptions> = async (ctx, options) =>
  (await import("./compose/sim.ts")).sim(ctx, options);

export const runDoctor: UseCase<DoctorOptions> = async (ctx, options) =>
  options.drill
    ? (await import("./compose/drill.ts")).drill(ctx, options)
    : (await import("./compose/doctor.ts")).doctor(ctx, options);
