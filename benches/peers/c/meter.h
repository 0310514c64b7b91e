/* Warm-up, the measured window and CPU time: what `polydubbo-meter` does, for C programs. */
#ifndef METER_H
#define METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line that the programs of the benchmark share, and the form of the calls. */
typedef struct options {
  const char *form;
  const char *target;
  unsigned long peer_pid;
  size_t in_flight, payload;
  double warmup, seconds;
  int core; /* -1: the system decides */
} options;

/* What the callers count. */
typedef struct counters {
  atomic_uint_least64_t good, bad;
  atomic_size_t in_flight;
  atomic_bool stop;
} counters;

/* Reads `FORM --target HOST:PORT ...`; ends the program for anything else. */
options read_options(int argc, char **argv);

/* Binds this thread, and all that it starts later, to a core. */
void pin_to(int core);

/* Lets the callers run, tells them to stop, waits for them, and prints the point. */
void measure(const options *options, counters *counters);

#endif
