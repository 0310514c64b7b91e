/* Whether a result is what a case expects, by the rules of tests/matrix/README.md. */
#include "peer.h"

#include <math.h>

/* Pairs of containers under comparison: meeting one again closes a cycle. */
typedef struct seen {
  size_t want, got;
  const struct seen *before;
} seen;

static bool same(const dubbo_value *want, const dubbo_value *got, const seen *before);

static bool same_str(dubbo_str a, dubbo_str b) { return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0); }

static bool is_close(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static double number(const dubbo_value *value) {
  double number = 0;
  MUST(dubbo_value_f64(value, &number, &err));
  return number;
}

/* The type without the one that an untyped container stands for. */
static dubbo_str plain_type(const dubbo_value *value, const char *usual) {
  dubbo_str type = dubbo_value_java_type(value);
  return same_text(type, usual) ? dubbo_text(NULL) : type;
}

static bool ends_with(dubbo_str text, const char *end) {
  size_t length = strlen(end);
  return text.len >= length && memcmp(text.data + text.len - length, end, length) == 0;
}

static bool same_lists(const dubbo_value *want, const dubbo_value *got, const seen *before) {
  size_t count = dubbo_value_len(want);
  const char *usual = "java.util.ArrayList";
  if (count != dubbo_value_len(got) || !same_str(plain_type(want, usual), plain_type(got, usual))) return false;
  bool is_set = ends_with(dubbo_value_java_type(want), "HashSet");
  for (size_t i = 0; i < count; i++) {
    bool found = !is_set && same(dubbo_value_item(want, i), dubbo_value_item(got, i), before);
    for (size_t j = 0; is_set && !found && j < count; j++)
      found = same(dubbo_value_item(want, i), dubbo_value_item(got, j), before);
    if (!found) return false;
  }
  return true;
}

static bool same_maps(const dubbo_value *want, const dubbo_value *got, const seen *before) {
  size_t count = dubbo_value_len(want);
  const char *usual = "java.util.HashMap";
  if (count != dubbo_value_len(got) || !same_str(plain_type(want, usual), plain_type(got, usual))) return false;
  for (size_t i = 0; i < count; i++) {
    bool found = false;
    for (size_t j = 0; !found && j < count; j++)
      found = same(dubbo_value_key(want, i), dubbo_value_key(got, j), before) &&
              same(dubbo_value_item(want, i), dubbo_value_item(got, j), before);
    if (!found) return false;
  }
  return true;
}

static bool is_default(const dubbo_value *value) {
  int64_t integer = 1;
  bool flag = true;
  dubbo_str text;
  switch (dubbo_value_type(value)) {
    case DUBBO_TYPE_NULL: return true;
    case DUBBO_TYPE_BOOL: MUST(dubbo_value_bool(value, &flag, &err)); return !flag;
    case DUBBO_TYPE_I32:
    case DUBBO_TYPE_I64: MUST(dubbo_value_i64(value, &integer, &err)); return integer == 0;
    case DUBBO_TYPE_F64: return number(value) == 0;
    case DUBBO_TYPE_STR: return dubbo_value_str(value, &text, NULL) == 0 && text.len == 1 && text.data[0] == 0;
    default: return false;
  }
}

/* Java sends every field of a class, also those that the case leaves out because they have no value. */
static bool same_objects(const dubbo_value *want, const dubbo_value *got, const seen *before) {
  dubbo_str class = dubbo_value_java_type(want);
  if (!same_str(class, dubbo_value_java_type(got))) return false;
  for (size_t i = 0; i < dubbo_value_len(want); i++) {
    const dubbo_value *other = dubbo_value_field(got, dubbo_value_field_name(want, i));
    if (other == NULL || !same(dubbo_value_item(want, i), other, before)) return false;
  }
  /* BigInteger and the like cache things in fields of their own. */
  if (class.len > 5 && memcmp(class.data, "java.", 5) == 0) return true;
  for (size_t i = 0; i < dubbo_value_len(got); i++)
    if (dubbo_value_field(want, dubbo_value_field_name(got, i)) == NULL && !is_default(dubbo_value_item(got, i)))
      return false;
  return true;
}

static bool same(const dubbo_value *want, const dubbo_value *got, const seen *before) {
  seen now = {dubbo_value_identity(want), dubbo_value_identity(got), before};
  if (now.want != 0 && now.got != 0)
    for (const seen *s = before; s != NULL; s = s->before)
      if (s->want == now.want && s->got == now.got) return true;
  uint32_t type = dubbo_value_type(want);
  if (type != dubbo_value_type(got)) return false;
  switch (type) {
    case DUBBO_TYPE_F64: return is_close(number(want), number(got));
    case DUBBO_TYPE_LIST: return same_lists(want, got, &now);
    case DUBBO_TYPE_MAP: return same_maps(want, got, &now);
    case DUBBO_TYPE_OBJECT:
    case DUBBO_TYPE_DECIMAL: return same_objects(want, got, &now);
    default: return dubbo_value_equal(want, got);
  }
}

bool is_same(const dubbo_value *want, const dubbo_value *got, const char *descriptor) {
  bool is_float = strcmp(descriptor, "F") == 0 || strcmp(descriptor, "Ljava/lang/Float;") == 0;
  if (is_float && dubbo_value_type(want) == DUBBO_TYPE_F64 && dubbo_value_type(got) == DUBBO_TYPE_F64)
    return is_close((float)number(want), (float)number(got)); /* a boxed Float is the shortest decimal of its width */
  return same(want, got, NULL);
}
