/* Calls of steps: references, arguments, callback objects. */
#include "peer.h"

struct references {
  const options *options;
  struct made {
    char *key;
    dubbo_reference *reference;
    struct made *next;
  } *made;
};

references *new_references(const options *options) {
  references *references = allocate(1, sizeof *references);
  references->options = options;
  return references;
}

static dubbo_options *reference_options(const options *options, const char *interface, const cJSON *settings) {
  dubbo_options *target = NULL;
  const char *url = option(options, "url", NULL);
  const cJSON *setting;
  MUST(dubbo_options_new(DUBBO_OPTIONS_REFERENCE, &target, &err));
  set_option(target, "interface", interface);
  set_option(target, "application", option(options, "name", "c-peer"));
  set_option(target, "timeout", option(options, "timeout", "10000"));
  set_option(target, "retries", option(options, "retries", "0"));
  if (url != NULL) {
    set_option(target, "url", url);
    /* Nobody publishes them then. */
    set_option(target, "callbacks", "1000");
    set_option(target, "tell.2.callback", "true");
    set_option(target, "subscribe.1.callback", "true");
    set_option(target, "unsubscribe.1.callback", "false");
  }
  set_parameters(options, target);
  cJSON_ArrayForEach(setting, settings) set_option(target, setting->string, setting->valuestring);
  return target;
}

dubbo_reference *find_reference(references *references, const char *interface, const cJSON *settings,
                                dubbo_error **error) {
  char *own = settings == NULL ? NULL : cJSON_PrintUnformatted(settings);
  char *key = format("%s %s", interface, own == NULL ? "" : own);
  cJSON_free(own);
  for (struct made *made = references->made; made != NULL; made = made->next) {
    if (strcmp(made->key, key) != 0) continue;
    free(key);
    return made->reference;
  }
  dubbo_options *options = reference_options(references->options, interface, settings);
  struct made *made = allocate(1, sizeof *made);
  uint32_t code = dubbo_reference_new(NULL, options, &made->reference, error);
  dubbo_options_free(options);
  if (code != 0) {
    free(key);
    free(made);
    return NULL;
  }
  made->key = key;
  made->next = references->made;
  references->made = made;
  return made->reference;
}

void close_references(references *references) {
  for (struct made *made = references->made, *next; made != NULL; made = next) {
    next = made->next;
    MUST(dubbo_reference_close(made->reference, 1000, &err));
    dubbo_reference_free(made->reference);
    free(made->key);
    free(made);
  }
  free(references);
}

void free_outcome(outcome *outcome) {
  dubbo_response_free(outcome->response);
  dubbo_error_free(outcome->error);
}

char *next_type(const char **descriptor) {
  static const struct {
    char letter;
    const char *name;
  } PRIMITIVES[] = {{'Z', "boolean"}, {'B', "byte"}, {'S', "short"}, {'C', "char"},
                    {'I', "int"},     {'J', "long"}, {'F', "float"}, {'D', "double"}};
  size_t dimensions = strspn(*descriptor, "[");
  const char *at = *descriptor + dimensions;
  if (*at == 0) return NULL;
  char *name = allocate(strlen(at) + 2 * dimensions + 8, 1);
  if (*at == 'L') {
    size_t length = strcspn(at, ";");
    memcpy(name, at + 1, length - 1);
    for (char *c = name; *c != 0; c++)
      if (*c == '/') *c = '.';
    at += length;
  } else {
    for (size_t i = 0; i < sizeof PRIMITIVES / sizeof *PRIMITIVES; i++)
      if (PRIMITIVES[i].letter == *at) strcpy(name, PRIMITIVES[i].name);
  }
  for (size_t i = 0; i < dimensions; i++) strcat(name, "[]");
  *descriptor = at + 1;
  return name;
}

dubbo_invocation *invocation_of(const cJSON *step, listener **listeners) {
  const cJSON *argument, *attachment;
  const char *descriptor = cJSON_GetObjectItemCaseSensitive(step, "descriptor")->valuestring;
  dubbo_invocation *invocation = NULL;
  MUST(dubbo_invocation_new(dubbo_text(cJSON_GetObjectItemCaseSensitive(step, "method")->valuestring), &invocation, &err));
  if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(step, "generic"))) MUST(dubbo_invocation_set_generic(invocation, &err));
  cJSON_ArrayForEach(argument, cJSON_GetObjectItemCaseSensitive(step, "args")) {
    char *type = next_type(&descriptor);
    if (strcmp(cJSON_GetObjectItemCaseSensitive(argument, "t")->valuestring, "listener") == 0) {
      listener *known = find_listener(listeners, cJSON_GetObjectItemCaseSensitive(argument, "id")->valuestring);
      MUST(dubbo_invocation_add_callback(invocation, known->callback, &err));
    } else {
      MUST(dubbo_invocation_add(invocation, dubbo_text(type), tagged(argument), &err));
    }
    free(type);
  }
  cJSON_ArrayForEach(attachment, cJSON_GetObjectItemCaseSensitive(step, "attachments"))
      MUST(dubbo_invocation_set_attachment(invocation, dubbo_text(attachment->string), dubbo_text(attachment->valuestring), &err));
  bool one_way = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(step, "one_way"));
  MUST(dubbo_invocation_set_oneway(invocation, one_way, &err));
  return invocation;
}

/* Answers "heard " and the event, and keeps what it heard. */
static void changed(void *user_data, dubbo_call *call) {
  listener *listener = user_data;
  const dubbo_value *event = NULL;
  dubbo_str text;
  MUST(dubbo_call_arg(call, 0, &event, &err));
  MUST(dubbo_value_str(event, &text, &err));
  pthread_mutex_lock(&listener->lock);
  listener->heard[listener->count++ % 64] = copy_text(text);
  pthread_mutex_unlock(&listener->lock);
  char *answer = format("heard %.*s", (int)text.len, text.data);
  MUST(dubbo_call_reply_value(call, text_value(answer), &err));
  free(answer);
}

listener *find_listener(listener **all, const char *id) {
  for (listener *known = *all; known != NULL; known = known->next)
    if (strcmp(known->id, id) == 0) return known;
  listener *made = allocate(1, sizeof *made);
  *made = (listener){.id = id, .next = *all};
  pthread_mutex_init(&made->lock, NULL);
  dubbo_options *options = NULL;
  dubbo_service *service = NULL;
  dubbo_service_vtable vtable = {sizeof vtable, changed, NULL};
  MUST(dubbo_options_new(DUBBO_OPTIONS_SERVICE, &options, &err));
  set_option(options, "interface", API "Listener");
  MUST(dubbo_service_new(options, &vtable, made, &service, &err));
  MUST(dubbo_service_add_method(service, dubbo_text("changed"), dubbo_text("java.lang.String"), &err));
  MUST(dubbo_callback_new(service, &made->callback, &err));
  dubbo_options_free(options);
  return *all = made;
}

bool has_heard(listener *listener, const cJSON *want) {
  pthread_mutex_lock(&listener->lock);
  bool same = listener->count == (size_t)cJSON_GetArraySize(want);
  for (size_t i = 0; same && i < listener->count; i++)
    same = strcmp(listener->heard[i], cJSON_GetArrayItem(want, (int)i)->valuestring) == 0;
  pthread_mutex_unlock(&listener->lock);
  return same;
}

/* Providers may call the objects for as long as they are connected, so only their handles go. */
void free_listeners(listener *all) {
  for (; all != NULL; all = all->next) dubbo_callback_free(all->callback);
}
