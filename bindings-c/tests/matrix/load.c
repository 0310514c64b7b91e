/* Calls at a steady rate; latency counts from the moment each call was due. */
#include "peer.h"

#include <poll.h>
#include <unistd.h>

enum { KEPT_FAILURES = 20 };

typedef struct totals {
  uint64_t begin, rate, total, started, ended, failed;
  uint64_t *latencies;
  cJSON *failures;
} totals;

static uint64_t due(const totals *totals, uint64_t index) { return totals->begin + index * 1000000 / totals->rate; }

static void note(totals *totals, uint64_t index, const dubbo_error *error) {
  totals->latencies[totals->ended++] = now_us() - due(totals, index);
  if (error == NULL) return;
  if (totals->failed++ < KEPT_FAILURES) {
    char *text = copy_text(dubbo_error_message(error));
    cJSON_AddItemToArray(totals->failures, cJSON_CreateString(text));
    free(text);
  }
}

static dubbo_invocation *work_of(uint64_t index, int64_t work) {
  dubbo_invocation *invocation = NULL;
  MUST(dubbo_invocation_new(dubbo_text(work == 0 ? "hello" : "sleep"), &invocation, &err));
  if (work != 0) {
    MUST(dubbo_invocation_add(invocation, dubbo_text("long"), dubbo_value_new_i64(work), &err));
    return invocation;
  }
  char *name = format("n%llu", (unsigned long long)index);
  MUST(dubbo_invocation_add(invocation, dubbo_text("java.lang.String"), text_value(name), &err));
  free(name);
  return invocation;
}

static void start(totals *totals, const dubbo_reference *reference, const dubbo_queue *queue, int64_t work) {
  uint64_t index = totals->started++;
  dubbo_error *error = NULL;
  dubbo_invocation *invocation = work_of(index, work);
  if (dubbo_reference_invoke_queued(reference, invocation, queue, index, NULL, &error) != 0) note(totals, index, error);
  dubbo_error_free(error);
  dubbo_invocation_free(invocation);
}

static void take(totals *totals, const dubbo_queue *queue) {
  dubbo_event events[64];
  size_t count = dubbo_queue_poll(queue, events, 64, 0);
  for (size_t i = 0; i < count; i++) {
    note(totals, events[i].token, events[i].error);
    dubbo_event_clear(&events[i]);
  }
}

/* Waits for an outcome, the next call that is due, or the end of standard input, which ends the calls. */
static bool wait_for_more(const totals *totals, const dubbo_queue *queue, bool is_open) {
  struct pollfd watched[] = {{dubbo_queue_fd(queue), POLLIN, 0}, {is_open ? STDIN_FILENO : -1, POLLIN, 0}};
  uint64_t now = now_us(), next = due(totals, totals->started);
  int ms = totals->started >= totals->total ? 100 : next <= now ? 0 : (int)((next - now) / 1000 + 1);
  char buffer[64];
  if (poll(watched, 2, ms) <= 0 || watched[1].revents == 0) return is_open;
  return read(STDIN_FILENO, buffer, sizeof buffer) > 0;
}

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static double at(const totals *totals, double quantile) {
  size_t index = (size_t)((double)totals->ended * quantile);
  return totals->ended == 0 ? 0 : (double)totals->latencies[index < totals->ended ? index : totals->ended - 1];
}

static void report(totals *totals) {
  qsort(totals->latencies, totals->ended, sizeof *totals->latencies, compare);
  cJSON *line = cJSON_CreateObject();
  cJSON_AddNumberToObject(line, "calls", (double)totals->ended);
  cJSON_AddNumberToObject(line, "succeeded", (double)(totals->ended - totals->failed));
  cJSON_AddNumberToObject(line, "failed", (double)totals->failed);
  cJSON_AddNumberToObject(line, "p50_us", at(totals, 0.5));
  cJSON_AddNumberToObject(line, "p99_us", at(totals, 0.99));
  cJSON_AddNumberToObject(line, "max_us", at(totals, 1));
  cJSON_AddItemToObject(line, "failures", totals->failures);
  char *text = cJSON_PrintUnformatted(line);
  printf("%s\n", text);
  fflush(stdout);
  cJSON_free(text);
  cJSON_Delete(line);
}

int load(const options *options) {
  references *references = new_references(options);
  dubbo_error *error = NULL;
  dubbo_reference *reference = find_reference(references, API "Behaviour", NULL, &error);
  must(dubbo_error_code(error), error, "refer");
  dubbo_invocation *warm_up = work_of(0, 0);
  dubbo_response *response = NULL;
  MUST(dubbo_reference_invoke(reference, warm_up, &response, &err));
  dubbo_response_free(response);
  dubbo_invocation_free(warm_up);
  printf("READY\n");
  fflush(stdout);
  dubbo_queue *queue = NULL;
  MUST(dubbo_queue_new(&queue, &err));
  totals totals = {.rate = strtoull(option(options, "load", "1"), NULL, 10)};
  totals.total = totals.rate * strtoull(option(options, "seconds", "10"), NULL, 10);
  totals.latencies = allocate(totals.total + 1, sizeof *totals.latencies);
  totals.failures = cJSON_CreateArray();
  totals.begin = now_us() + 50000;
  int64_t work = strtoll(option(options, "work", "0"), NULL, 10);
  bool is_open = true;
  while ((is_open && totals.started < totals.total) || totals.ended < totals.started) {
    while (is_open && totals.started < totals.total && due(&totals, totals.started) <= now_us())
      start(&totals, reference, queue, work);
    take(&totals, queue);
    is_open = wait_for_more(&totals, queue, is_open);
  }
  report(&totals);
  dubbo_queue_free(queue);
  close_references(references);
  return totals.failed == 0 ? 0 : 1;
}
