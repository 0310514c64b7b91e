/* The command line, and what all parts of the program use. */
#include "peer.h"

#include <time.h>

static const char *NAMES[] = {"role",    "registry", "name",     "port", "host",    "heartbeat", "param",  "url",  "timeout",
                              "retries", "scenarios", "scenario", "load", "seconds", "work",      "faults", "place",
                              "calls",   "window"};

static bool is_known(const char *word) {
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, NAMES[i]) == 0) return true;
  return false;
}

const char *option(const options *options, const char *name, const char *fallback) {
  for (int i = 0; i < options->count; i += 2)
    if (strcmp(options->words[i] + 2, name) == 0) fallback = options->words[i + 1];
  return fallback;
}

void set_parameters(const options *options, dubbo_options *target) {
  const char *registry = option(options, "registry", "N/A");
  if (strcmp(registry, "N/A") != 0) set_option(target, "registry", registry);
  for (int i = 0; i < options->count; i += 2) {
    const char *value = options->words[i + 1], *equals = strchr(value, '=');
    if (strcmp(options->words[i], "--param") != 0 || equals == NULL) continue;
    char *key = format("%.*s", (int)(equals - value), value);
    set_option(target, key, equals + 1);
    free(key);
  }
}

void set_option(dubbo_options *options, const char *key, const char *value) {
  MUST(dubbo_options_set_str(options, dubbo_text(key), dubbo_text(value), &err));
}

void must(uint32_t code, dubbo_error *error, const char *what) {
  if (code == 0) return;
  dubbo_str text = dubbo_error_message(error);
  fprintf(stderr, "%s: %u %.*s\n", what, code, (int)text.len, text.data);
  exit(1);
}

void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) abort();
  return memory;
}

bool same_text(dubbo_str text, const char *want) {
  return text.len == strlen(want) && (text.len == 0 || memcmp(text.data, want, text.len) == 0);
}

char *copy_text(dubbo_str text) {
  char *copy = allocate(text.len + 1, 1);
  if (text.len > 0) memcpy(copy, text.data, text.len);
  return copy;
}

char *format(const char *pattern, ...) {
  va_list list;
  va_start(list, pattern);
  int length = vsnprintf(NULL, 0, pattern, list);
  va_end(list);
  char *text = allocate((size_t)length + 1, 1);
  va_start(list, pattern);
  vsnprintf(text, (size_t)length + 1, pattern, list);
  va_end(list);
  return text;
}

uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t now_ms(void) { return now_us() / 1000; }

void pause_ms(uint64_t ms) {
  struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
  nanosleep(&time, NULL);
}

int main(int argc, char **argv) {
  options options = {argc - 1, argv + 1};
  for (int i = 0; i < options.count; i += 2) {
    if (is_known(options.words[i]) && i + 1 < options.count) continue;
    fprintf(stderr, "unknown or incomplete option %s\n", options.words[i]);
    return 1;
  }
  MUST(dubbo_check_abi(DUBBO_ABI_VERSION, &err));
  const char *role = option(&options, "role", "");
  if (strcmp(role, "provider") == 0) return provide(&options);
  if (strcmp(role, "faults") == 0) return provoke(&options);
  if (strcmp(role, "consumer") == 0 && option(&options, "calls", NULL) != NULL) return count_calls(&options);
  if (strcmp(role, "consumer") == 0) return option(&options, "load", NULL) != NULL ? load(&options) : consume(&options);
  fprintf(stderr, "--role must be provider, consumer or faults\n");
  return 1;
}
