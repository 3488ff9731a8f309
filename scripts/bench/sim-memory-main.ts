// One row for each exchange hour; started by the suite `sim` with a garbage collector that can be asked.
import { measureMemory } from "./sim-memory.ts";

const [hours = "24", client = "0"] = process.argv.slice(2);
for (const row of measureMemory(Number(hours), client === "1")) {
  process.stdout.write(
    `  hour ${String(row.hour).padStart(2)}  heap ${row.heapMb.toFixed(1)} MB  RSS ${row.rssMb.toFixed(0)} MB  ${row.messages} messages\n`,
  );
}
