/* Provokes the faults of tests/vectors/errors.json and prints the errors that a program gets. */
#include "peer.h"

#include <sys/wait.h>
#include <unistd.h>

static const cJSON *get(const cJSON *json, const char *key) { return cJSON_GetObjectItemCaseSensitive(json, key); }

static char *replace_all(char *text, const char *what, const char *with) {
  for (char *at = text; (at = strstr(at, what)) != NULL;) {
    size_t offset = (size_t)(at - text);
    char *longer = format("%.*s%s%s", (int)offset, text, with, at + strlen(what));
    free(text);
    text = longer;
    at = text + offset + strlen(with);
  }
  return text;
}

static cJSON *read_faults(const options *options) {
  FILE *file = fopen(option(options, "faults", ""), "rb");
  if (file == NULL) return NULL;
  char *text = allocate(1 << 20, 1);
  size_t length = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  text[length] = 0;
  for (int i = 0; i < options->count; i += 2) {
    const char *value = options->words[i + 1], *equals = strchr(value, '=');
    if (strcmp(options->words[i], "--place") != 0 || equals == NULL) continue;
    char *name = format("${%.*s}", (int)(equals - value), value);
    text = replace_all(text, name, equals + 1);
    free(name);
  }
  cJSON *json = cJSON_Parse(text);
  free(text);
  return json;
}

static void say(const char *name, const dubbo_error *error) {
  char *code = copy_text(dubbo_error_name(error)), *text = copy_text(dubbo_error_message(error));
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "fault", name);
  cJSON_AddNumberToObject(line, "number", dubbo_error_code(error));
  cJSON_AddStringToObject(line, "code", code);
  cJSON_AddStringToObject(line, "text", text);
  char *printed = cJSON_PrintUnformatted(line);
  printf("%s\n", printed);
  fflush(stdout);
  cJSON_free(printed);
  cJSON_Delete(line);
  free(code);
  free(text);
}

/* Sets all; the first refusal is the fault. */
static dubbo_error *set_all(dubbo_options *options, const cJSON *settings) {
  const cJSON *setting;
  dubbo_error *error = NULL;
  cJSON_ArrayForEach(setting, settings) {
    if (dubbo_options_set_str(options, dubbo_text(setting->string), dubbo_text(setting->valuestring), &error) != 0)
      return error;
  }
  return NULL;
}

/* Sends the call as often as it says; the first error. */
static dubbo_error *call_together(const dubbo_reference *reference, const cJSON *fault, const dubbo_invocation *invocation) {
  size_t count = get(fault, "concurrent") == NULL ? 1 : (size_t)get(fault, "concurrent")->valuedouble, pending = 0;
  const cJSON *after = get(fault, "after");
  dubbo_queue *queue = NULL;
  dubbo_error *first = NULL;
  MUST(dubbo_queue_new(&queue, &err));
  for (size_t i = 0; i < count; i++) {
    uint64_t call_id = 0;
    dubbo_error *error = NULL;
    if (dubbo_reference_invoke_queued(reference, invocation, queue, i, &call_id, &error) == 0) {
      pending += 1;
      if (after != NULL) dubbo_reference_cancel(reference, call_id);
    } else if (first == NULL) {
      first = error;
    } else {
      dubbo_error_free(error);
    }
  }
  while (pending > 0) {
    dubbo_event event;
    pending -= dubbo_queue_poll(queue, &event, 1, UINT64_MAX);
    if (first == NULL) {
      first = event.error;
      event.error = NULL;
    }
    dubbo_event_clear(&event);
  }
  dubbo_queue_free(queue);
  return first;
}

/* The child prints its own line and ends. */
static void call_in_child(const char *name, const dubbo_reference *reference, const dubbo_invocation *invocation) {
  pid_t child = fork();
  if (child == 0) {
    dubbo_response *response = NULL;
    dubbo_error *error = NULL;
    dubbo_reference_invoke(reference, invocation, &response, &error);
    say(name, error);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static dubbo_error *provoke_call(const cJSON *fault, dubbo_reference *reference, bool *told) {
  const cJSON *call = get(fault, "call"), *before = get(fault, "before"), *timeout = get(call, "timeout"), *argument;
  const char *descriptor = get(call, "descriptor")->valuestring;
  dubbo_invocation *invocation = NULL;
  dubbo_error *error = NULL;
  MUST(dubbo_invocation_new(dubbo_text(get(call, "method")->valuestring), &invocation, &err));
  cJSON_ArrayForEach(argument, get(call, "args")) {
    char *type = next_type(&descriptor);
    if (error == NULL) dubbo_invocation_add(invocation, dubbo_text(type), tagged(argument), &error);
    free(type);
  }
  if (timeout != NULL) MUST(dubbo_invocation_set_timeout(invocation, (uint64_t)timeout->valuedouble, &err));
  if (before != NULL && strcmp(before->valuestring, "close") == 0) MUST(dubbo_reference_close(reference, 1000, &err));
  if (before != NULL && strcmp(before->valuestring, "fork") == 0) {
    call_in_child(get(fault, "name")->valuestring, reference, invocation);
    *told = true;
  } else if (error == NULL) {
    error = call_together(reference, fault, invocation);
  }
  dubbo_invocation_free(invocation);
  return error;
}

static dubbo_error *provoke_reference(const cJSON *fault, bool *told) {
  dubbo_options *options = NULL;
  dubbo_reference *reference = NULL;
  MUST(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &options, &err));
  dubbo_error *error = set_all(options, get(fault, "reference"));
  if (error == NULL && dubbo_reference_new(NULL, options, &reference, &error) == 0 && get(fault, "call") != NULL)
    error = provoke_call(fault, reference, told);
  dubbo_options_free(options);
  if (reference != NULL) MUST(dubbo_reference_close(reference, 1000, &err));
  dubbo_reference_free(reference);
  return error;
}

/* Nobody calls it. */
static void unused(void *user_data, dubbo_call *call) {
  (void)user_data;
  dubbo_call_free(call);
}

static dubbo_error *describe(const cJSON *fault, const char *interface, dubbo_service **service) {
  dubbo_options *options = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, unused, NULL};
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  set_option(options, "interface", interface);
  dubbo_error *error = set_all(options, get(fault, "service"));
  if (error == NULL) dubbo_service_new(options, &vtable, NULL, service, &error);
  dubbo_options_free(options);
  return error;
}

static dubbo_error *provoke_server(const cJSON *fault) {
  dubbo_options *options = NULL;
  dubbo_service *services[8];
  dubbo_server *server = NULL;
  const cJSON *interface;
  size_t count = 0;
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVER, &options, &err));
  dubbo_error *error = set_all(options, get(fault, "server"));
  cJSON_ArrayForEach(interface, get(fault, "exports")) {
    if (error == NULL) error = describe(fault, interface->valuestring, &services[count]);
    if (error == NULL) count += 1;
  }
  if (error == NULL) {
    dubbo_server_start(NULL, options, services, count, &server, &error);
  } else {
    for (size_t i = 0; i < count; i++) dubbo_service_free(services[i]);
  }
  dubbo_options_free(options);
  dubbo_server_free(server);
  return error;
}

int provoke(const options *options) {
  cJSON *file = read_faults(options);
  const cJSON *fault;
  if (file == NULL) {
    fprintf(stderr, "--faults names no file of faults\n");
    return 1;
  }
  cJSON_ArrayForEach(fault, get(file, "faults")) {
    if (get(get(fault, "not_in"), "c") != NULL) continue;
    bool told = false;
    dubbo_error *error = get(fault, "server") != NULL ? provoke_server(fault) : provoke_reference(fault, &told);
    if (!told) say(get(fault, "name")->valuestring, error);
    dubbo_error_free(error);
  }
  cJSON_Delete(file);
  printf("{\"done\":true}\n");
  return 0;
}
