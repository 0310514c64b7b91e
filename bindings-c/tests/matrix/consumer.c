/* Plays the scenario file and prints a line for each case. */
#include "peer.h"

#include <unistd.h>

typedef struct play {
  references *references;
  const char *service;
  const cJSON *scenario, *test;
  char run[64];
  listener *listeners;
  memory *memory;
  /* Filled-in steps, which listeners and memory refer to. */
  cJSON *steps[256];
  size_t step_count;
} play;

static const cJSON *get(const cJSON *json, const char *key) { return cJSON_GetObjectItemCaseSensitive(json, key); }

static char *replace(char *text, const char *what, const char *with) {
  for (char *at; (at = strstr(text, what)) != NULL;) {
    char *longer = format("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
    free(text);
    text = longer;
  }
  return text;
}

/* The step with the run and the number of a concurrent call in the place of their names. */
static cJSON *fill(play *play, const cJSON *step, size_t index) {
  char *printed = cJSON_PrintUnformatted(step), *number = format("%zu", index);
  char *text = replace(replace(format("%s", printed), "${run}", play->run), "${index}", number);
  cJSON *filled = cJSON_Parse(text);
  play->steps[play->step_count++ % 256] = filled;
  cJSON_free(printed);
  free(number);
  free(text);
  return filled;
}

static void add_settings(cJSON *all, const cJSON *from) {
  const cJSON *setting;
  cJSON_ArrayForEach(setting, get(from, "reference")) {
    cJSON_DeleteItemFromObjectCaseSensitive(all, setting->string);
    cJSON_AddStringToObject(all, setting->string, setting->valuestring);
  }
}

static dubbo_reference *reference_of(play *play, const cJSON *step, dubbo_error **error) {
  cJSON *settings = cJSON_CreateObject();
  add_settings(settings, play->scenario);
  add_settings(settings, play->test);
  add_settings(settings, step);
  dubbo_reference *reference = find_reference(play->references, play->service, settings, error);
  cJSON_Delete(settings);
  return reference;
}

/* Sends all steps at the same time and waits for their outcomes; what is different in the first that differs. */
static char *run_calls(play *play, cJSON **steps, size_t count) {
  outcome *outcomes = allocate(count, sizeof *outcomes);
  dubbo_queue *queue = NULL;
  MUST(dubbo_queue_new(&queue, &err));
  size_t pending = 0;
  uint64_t start = now_ms();
  for (size_t i = 0; i < count; i++) {
    dubbo_reference *reference = reference_of(play, steps[i], &outcomes[i].error);
    if (reference == NULL) continue;
    dubbo_invocation *invocation = invocation_of(steps[i], &play->listeners);
    if (i == 0) start = now_ms();
    uint32_t code = dubbo_reference_invoke_queued(reference, invocation, queue, i, NULL, &outcomes[i].error);
    if (code == 0) pending += 1;
    dubbo_invocation_free(invocation);
  }
  while (pending > 0) {
    dubbo_event events[16];
    size_t arrived = dubbo_queue_poll(queue, events, 16, UINT64_MAX);
    for (size_t i = 0; i < arrived; i++) {
      outcomes[events[i].token] = (outcome){events[i].response, events[i].error, now_ms() - start};
      pending -= 1;
    }
  }
  dubbo_queue_free(queue);
  char *text = NULL;
  for (size_t i = 0; i < count; i++) {
    if (text == NULL) text = differs(steps[i], &outcomes[i], &play->memory);
    free_outcome(&outcomes[i]);
  }
  free(outcomes);
  return text;
}

static char *run_concurrent(play *play, const cJSON *step, size_t count) {
  cJSON **steps = allocate(count, sizeof *steps);
  for (size_t i = 0; i < count; i++) steps[i] = fill(play, step, i);
  char *text = run_calls(play, steps, count);
  free(steps);
  return text;
}

static char *run_once(play *play, cJSON *step) {
  if (get(step, "events") == NULL) return run_calls(play, &step, 1);
  listener *listener = find_listener(&play->listeners, get(step, "events")->valuestring);
  return has_heard(listener, get(step, "expect")) ? NULL : format("heard %zu other events", listener->count);
}

static char *run_step(play *play, const cJSON *template) {
  if (get(template, "concurrent") != NULL)
    return run_concurrent(play, template, (size_t)get(template, "concurrent")->valuedouble);
  if (get(template, "pause_ms") != NULL) {
    pause_ms((uint64_t)get(template, "pause_ms")->valuedouble);
    return NULL;
  }
  cJSON *step = fill(play, template, 0);
  const cJSON *within = get(step, "within_ms");
  uint64_t end = now_ms() + (within == NULL ? 0 : (uint64_t)within->valuedouble);
  for (;;) {
    char *text = run_once(play, step);
    if (text == NULL || now_ms() >= end) return text;
    free(text);
    pause_ms(20);
  }
}

static char *run_case(references *references, const cJSON *scenario, const cJSON *test) {
  play play = {.references = references, .service = get(scenario, "service")->valuestring, .scenario = scenario, .test = test};
  snprintf(play.run, sizeof play.run, "%d-%llu", (int)getpid(), (unsigned long long)now_us());
  char *text = NULL;
  const cJSON *step;
  if (get(test, "steps") == NULL) {
    text = run_step(&play, test);
  } else {
    cJSON_ArrayForEach(step, get(test, "steps")) if (text == NULL) text = run_step(&play, step);
  }
  free_listeners(play.listeners);
  for (memory *memory = play.memory; memory != NULL; memory = memory->next) dubbo_value_free(memory->value);
  /* Names of listeners and memory point into the steps, so these go last; listeners live on. */
  for (size_t i = 0; play.listeners == NULL && i < play.step_count && i < 256; i++) cJSON_Delete(play.steps[i]);
  return text;
}

static void say(cJSON *line) {
  char *text = cJSON_PrintUnformatted(line);
  printf("%s\n", text);
  fflush(stdout);
  cJSON_free(text);
  cJSON_Delete(line);
}

static bool report(references *references, const cJSON *scenario, const cJSON *test) {
  uint64_t start = now_ms();
  char *detail = run_case(references, scenario, test);
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "scenario", get(scenario, "name")->valuestring);
  cJSON_AddStringToObject(line, "case", get(test, "name")->valuestring);
  cJSON_AddBoolToObject(line, "ok", detail == NULL);
  cJSON_AddStringToObject(line, "detail", detail == NULL ? "" : detail);
  cJSON_AddNumberToObject(line, "ms", (double)(now_ms() - start));
  say(line);
  free(detail);
  return detail == NULL;
}

static cJSON *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  char *text = allocate((size_t)length + 1, 1);
  size_t read = fread(text, 1, (size_t)length, file);
  fclose(file);
  cJSON *json = cJSON_ParseWithLength(text, read);
  free(text);
  return json;
}

int consume(const options *options) {
  const char *wanted = option(options, "scenario", "all");
  cJSON *file = read_file(option(options, "scenarios", ""));
  const cJSON *scenario, *test;
  if (file == NULL) {
    fprintf(stderr, "--scenarios names no scenario file\n");
    return 1;
  }
  references *references = new_references(options);
  double passed = 0, failed = 0;
  cJSON_ArrayForEach(scenario, get(file, "scenarios")) {
    if (strcmp(wanted, "all") != 0 && strcmp(wanted, get(scenario, "name")->valuestring) != 0) continue;
    cJSON_ArrayForEach(test, get(scenario, "cases")) *(report(references, scenario, test) ? &passed : &failed) += 1;
  }
  cJSON *line = cJSON_CreateObject();
  cJSON_AddBoolToObject(line, "done", true);
  cJSON_AddNumberToObject(line, "passed", passed);
  cJSON_AddNumberToObject(line, "failed", failed);
  say(line);
  close_references(references);
  cJSON_Delete(file);
  return failed == 0 && passed > 0 ? 0 : 1;
}
