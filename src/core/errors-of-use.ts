import { type ErrorTable, entry } from "./error-entry.ts";

/** What was asked for, how it was set up, what there is to work on, and what a check found. */
export const ERRORS_OF_USE: ErrorTable = {
  USAGE: entry(
    "usage",
    "The command line is not one that kbt understands.",
    "see kbt --help, or --help behind the command",
    "use `kbt ledger export --what deltas`, or leave --what, --format, --run and --year out",
    "leave --json and --format out",
    "name it with --run",
    "leave --mode, --since and --until out",
    "the view v_runs lists them",
  ),
  CONFIG_MISSING: entry(
    "config",
    "The file that --config names does not exist.",
    "copy config.example.toml there, or leave --config out",
  ),
  CONFIG_INVALID: entry(
    "config",
    "Keys or values of the configuration are wrong; every one is listed with where it came from.",
    "correct it, then run: kbt config check",
  ),
  PORT_IN_USE: entry(
    "config",
    "Another program serves on the port that metrics are to be served on.",
    "choose another with --metrics-port; every run needs its own",
  ),
  PORT_REFUSED: entry(
    "config",
    "The system does not let this user serve on that port.",
    "choose another with --metrics-port; every run needs its own",
  ),
  ALERTS_INCOMPLETE: entry(
    "config",
    "Of Telegram's token and chat only one is set.",
    "set both TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or neither",
  ),
  NO_ALERTS: entry(
    "config",
    "No messenger is configured that a test message could be sent to.",
    "set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or DISCORD_WEBHOOK_URL",
  ),
  FILE_TOO_LARGE: entry(
    "config",
    "A configuration file is larger than any would be.",
    "check that it is the file you meant",
  ),
  FILE_UNWRITABLE: entry(
    "usage",
    "The file that was to be written cannot be made or replaced at that path.",
    "name a file in a folder that you may write to",
    "name a file that is to be made or replaced",
  ),
  FILE_UNREADABLE: entry(
    "config",
    "A configuration file is there and cannot be read.",
    "check that it is a file and that you may read it",
  ),
  KEY_INCOMPLETE: entry(
    "config",
    "Of key id and private key only one is set.",
    "set both KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH, or neither",
  ),
  KEY_FILE_MISSING: entry(
    "config",
    "There is no private key file at that path.",
    "check the path (KALSHI_PRIVATE_KEY_PATH, or --key of kbt sim)",
  ),
  KEY_FILE_UNREADABLE: entry(
    "config",
    "The private key file is there and cannot be read.",
    "check its path and owner",
  ),
  KEY_FILE_NOT_REGULAR: entry(
    "config",
    "The path of the private key is a link, a folder or a device.",
    "give the path of the key file itself",
  ),
  KEY_FILE_MODE: entry(
    "config",
    "Other users of this machine can read or change the private key.",
    "chmod 600 the key file",
  ),
  KEY_FILE_OWNER: entry(
    "config",
    "The private key file belongs to somebody else.",
    "use a key file of your own",
  ),
  KEY_FILE_EMPTY: entry("config", "The private key file is empty.", "download the key again"),
  KEY_FILE_TOO_LARGE: entry("config", "The file is larger than any key.", "check the path"),
  UNKNOWN_STRATEGY: entry(
    "usage",
    "No strategy has that name.",
    "use one of those that the message names",
  ),
  NO_STRATEGY: entry(
    "usage",
    "Nothing is named and nothing enabled that could trade.",
    "name one with --strategy, or set strategy.threshold-ev.enabled=true",
  ),
  UNKNOWN_SERIES: entry(
    "usage",
    "The exchange has no such series.",
    "crypto series are KXBTC15M, KXSOL15M, KXETH15M, KXBTCD, KXBTC, KXETHD and KXETH",
  ),
  UNKNOWN_WEATHER_SERIES: entry(
    "usage",
    "weather.series names one that no known station settles.",
    "use KXHIGH or KXLOWT with one of NY, CHI, MIA, AUS, LAX, DEN, PHL, such as KXHIGHNY",
  ),
  UNKNOWN_SCENARIO: entry(
    "usage",
    "The local exchange has no such scenario.",
    "use edge, fair, quiet, jumpy, chaos, or replay:PATH",
  ),
  UNKNOWN_DECISION: entry(
    "usage",
    "No evaluation has that number.",
    "`kbt why` names the nearest one; the others are in opportunities.opportunity_id",
  ),
  BAD_EXIT_RULE: entry(
    "usage",
    "The words of an exit rule do not fit together.",
    "use hold, or parts such as stop25+target35, time10m, model (docs/strategies.md)",
  ),
  BAD_SWEEP: entry(
    "usage",
    "--sweep names no key, or no values that the key takes.",
    "use --sweep strategy.threshold-ev.ev_min=0.01:0.05:0.01, or key=a,b,c; repeat it for a grid",
  ),
  CAPTURE_UNREADABLE: entry(
    "usage",
    "The file is missing or is no recording of the exchange.",
    "name a recording of Kalshi frames, JSON lines, plain or gzipped",
  ),
  FAULTS_UNREADABLE: entry(
    "usage",
    "The file of --faults names faults or parameters that do not exist.",
    "GET /_kbt/faults of a running kbt sim lists every fault with its parameters",
  ),
  PORT_TAKEN: entry(
    "usage",
    "Another program listens on that port.",
    "choose another, or leave --port out",
  ),
  PORT_DENIED: entry(
    "usage",
    "This user may not listen on that port (below 1024).",
    "choose another, or leave --port out",
  ),
  NO_FEEDS: entry(
    "usage",
    "collect has nothing to record.",
    "pass --coinbase, --kalshi or another feed, or enable one under [collect]; --sim serves no news and no weather",
  ),
  NO_SOURCES: entry(
    "usage",
    "News or weather is asked for, and no source of it is set up.",
    "set news.rss_urls, NEWSAPI_KEY, ALPHAVANTAGE_KEY, or TWITTER_BEARER_TOKEN with news.x_query",
    "set weather.series, such as KXHIGHNY",
  ),
  NOTHING_TO_RESET: entry(
    "usage",
    "The name is neither a latch that is set nor a strategy.",
    "kbt status shows what is latched",
  ),
  RUN_MISSING: entry(
    "usage",
    "The database has no such run, or none with inputs.",
    "kbt ledger shows trades with their runs; paper and live say their run at their end",
  ),
  RUN_NOT_VERIFIABLE: entry(
    "usage",
    "Only what a paper or live run heard and decided is all on file.",
    "kbt ledger shows trades with their runs; paper and live say their run at their end",
  ),
  RUN_GOES_ON: entry("usage", "The run has not ended.", "verify it when it has"),
  RUN_UNREADABLE: entry(
    "data",
    "The run was recorded with a configuration that this version does not read.",
    "replay it with the version that recorded it; its number stands in runs.version",
  ),
  RUN_TOO_OLD: entry(
    "data",
    "The run is from before runs stored what they started from.",
    "record a new run to verify",
  ),
  INPUTS_THINNED: entry(
    "data",
    "--retain removed what the run decided on.",
    "a run can be verified as long as nothing of it was thinned out",
  ),
  NOT_DONE: entry(
    "data",
    "A requested feed delivered nothing, or not everything that arrived is stored.",
    "look at the feed table above and at the log file",
  ),
  CAPTURE_TRUNCATED: entry(
    "data",
    "The recording ends in the middle of a line or of its compression.",
    "everything before that is stored; get the file again for the rest",
  ),
  RECORDING_ENDED: entry(
    "data",
    "The recording has no more than this.",
    "ask for fewer days, or use --sim with a scenario",
  ),
  BACKFILL_INCOMPLETE: entry(
    "data",
    "Some parts of the history could not be had; the others are stored.",
    "run the same command again later: it asks for these parts only",
  ),
  NOTHING_RECORDED: entry(
    "data",
    "The database has no recording, or none of that time.",
    "record with `kbt collect` or `kbt paper`, or replay a capture with --from-capture",
  ),
  NOTHING_FETCHED: entry(
    "data",
    "The database has no fetched days of these series.",
    "fetch some with `kbt collect --backfill 7`",
  ),
  NOTHING_TO_REPLAY: entry(
    "data",
    "The run followed no up/down market, and a capture can carry no other.",
    "capture a run that followed KXBTC15M, KXETH15M or KXSOL15M",
  ),
  NOT_ENOUGH_DATA: entry(
    "data",
    "There is too little on file for any model to be fitted.",
    "`kbt collect --backfill 30` fetches a month of candles; `kbt paper` makes evaluations, `kbt ledger settle` brings their results",
  ),
  DOCTOR_FAILED: entry(
    "check",
    "At least one line of kbt doctor says fail.",
    "each failed line above says what to do",
  ),
  DRILL_FAILED: entry(
    "check",
    "A step of kbt doctor --drill did not go as it should have.",
    "each failed line says what was seen; kbt live cancel-all empties the account",
  ),
  EDGE_NOT_PROVEN: entry(
    "check",
    "--require-proof was asked for, and the verdict is not that there is an edge.",
    "collect more settled windows on paper",
  ),
  LOOKS_AHEAD: entry(
    "check",
    "A decision changed when what came after it was left out.",
    "no figure of this backtest is to be trusted; find the strategy that does it with --strategy",
  ),
  REPLAY_DIFFERS: entry(
    "check",
    "The replay decides something else than the run did.",
    "do not trust figures of this run; restore the database from a copy, or report the difference",
  ),
  INPUTS_CHANGED: entry(
    "check",
    "What the run heard was changed on file after it was recorded.",
    "do not trust figures of this run; restore the database from a copy, or report the difference",
  ),
  INPUT_UNREADABLE: entry(
    "check",
    "A stored input of the run cannot be read.",
    "the database was changed after the run, or is damaged: restore a copy",
  ),
};
