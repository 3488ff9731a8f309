"""The cluster bootstrap as numpy does it best: sums by settlement first, then whole batches of places drawn at once.

A subject of `npm run bench` (scripts/bench/child.ts): one JSON request a line on stdin, one answer a line on stdout.
Needs the Debian package python3-numpy.
"""

import json
import sys
import time

import numpy

BATCH = 1000  # places of as many resamples fit the second-level cache


def bootstrap(d, cluster, resamples):
    groups = int(cluster.max()) + 1
    sums = numpy.bincount(cluster, weights=d, minlength=groups)
    sizes = numpy.bincount(cluster, minlength=groups).astype(float)
    rng = numpy.random.default_rng(1)
    means = numpy.empty(resamples)
    for at in range(0, resamples, BATCH):
        count = min(BATCH, resamples - at)
        drawn = rng.integers(0, groups, (count, groups), dtype=numpy.int32)
        means[at : at + count] = sums[drawn].sum(1) / sizes[drawn].sum(1)
    return numpy.quantile(means, [0.025, 0.975])


for line in sys.stdin:
    request = json.loads(line)
    rows = numpy.fromfile(request["file"])
    half = len(rows) // 2
    d, cluster = rows[:half], rows[half:].astype(numpy.int64)
    wall, cpu = time.perf_counter(), time.process_time()
    lower, upper = bootstrap(d, cluster, request["count"])
    print(
        json.dumps(
            {
                "ms": (time.perf_counter() - wall) * 1000,
                "cpuMs": (time.process_time() - cpu) * 1000,
                "lower": lower,
                "upper": upper,
            }
        ),
        flush=True,
    )
