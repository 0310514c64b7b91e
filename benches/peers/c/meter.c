#define _GNU_SOURCE
#include "meter.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* How long calls may take to end once their callers were told to stop. */
enum { GRACE_MS = 10000 };

static void usage(const char *what) {
  fprintf(stderr,
          "%s\nusage: calls queue|callback --target HOST:PORT [--peer-pid N] [--in-flight N] [--payload N] "
          "[--warmup SECONDS] [--seconds SECONDS] [--pin CORE]\n",
          what);
  exit(2);
}

options read_options(int argc, char **argv) {
  options found = {NULL, NULL, 0, 1, 256, 0.5, 1, -1};
  if (argc < 2) usage("no form");
  found.form = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (value == NULL) usage("an option without its value");
    if (strcmp(name, "--target") == 0) found.target = value;
    else if (strcmp(name, "--peer-pid") == 0) found.peer_pid = strtoul(value, NULL, 10);
    else if (strcmp(name, "--in-flight") == 0) found.in_flight = strtoul(value, NULL, 10);
    else if (strcmp(name, "--payload") == 0) found.payload = strtoul(value, NULL, 10);
    else if (strcmp(name, "--warmup") == 0) found.warmup = strtod(value, NULL);
    else if (strcmp(name, "--seconds") == 0) found.seconds = strtod(value, NULL);
    else if (strcmp(name, "--pin") == 0) found.core = atoi(value);
    else usage(name);
  }
  if (found.target == NULL || found.in_flight == 0) usage("no target, or nothing in flight");
  return found;
}

void pin_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) {
    perror("cannot pin the client");
    exit(1);
  }
}

static void pause_for(double seconds) {
  struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0) continue;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* CPU nanoseconds and waits of this process. */
static void usage_of_self(double *ns, double *waits) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  *ns = ((double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec) * 1e9 +
        ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) * 1e3;
  *waits = (double)usage.ru_nvcsw;
}

/* CPU nanoseconds of the living threads of a process; 0 when it is gone. */
static double cpu_of(unsigned long pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%lu/task", pid);
  DIR *tasks = pid == 0 ? NULL : opendir(path);
  if (tasks == NULL) return 0;
  double total = 0;
  for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%lu/task/%.20s/schedstat", pid, task->d_name);
    FILE *file = fopen(path, "r");
    double ns = 0;
    if (file != NULL && fscanf(file, "%lf", &ns) == 1) total += ns;
    if (file != NULL) fclose(file);
  }
  closedir(tasks);
  return total;
}

/* Gives how many calls never ended. */
static size_t await_end(counters *counters) {
  atomic_store(&counters->stop, true);
  for (int ms = 0; ms < GRACE_MS && atomic_load(&counters->in_flight) > 0; ms++) pause_for(0.001);
  return atomic_load(&counters->in_flight);
}

void measure(const options *options, counters *counters) {
  double own[2], waits[2], peer[2], time[2];
  uint64_t good[2];
  pause_for(options->warmup);
  for (int end = 0; end < 2; end++) {
    usage_of_self(&own[end], &waits[end]);
    peer[end] = cpu_of(options->peer_pid);
    time[end] = now();
    good[end] = atomic_load(&counters->good);
    if (end == 0) pause_for(options->seconds);
  }
  size_t stuck = await_end(counters);
  double requests = (double)(good[1] - good[0]), each = requests > 0 ? requests : 1, seconds = time[1] - time[0];
  printf("{\"requests\":%.0f,\"errors\":%llu,\"seconds\":%f,\"rate\":%f,\"client_ns\":%f,\"client_waits\":%f", requests,
         (unsigned long long)atomic_load(&counters->bad) + stuck, seconds, requests / seconds, (own[1] - own[0]) / each,
         (waits[1] - waits[0]) / each);
  if (options->peer_pid != 0) printf(",\"server_ns\":%f", (peer[1] - peer[0]) / each);
  printf("}\n");
}
