/* Making, reading, encoding and decoding values. */
#include "check.h"

static void scalars_give_back_what_they_were_made_of(void) {
  bool flag;
  int32_t i32;
  int64_t i64;
  double f64;
  dubbo_value *value = dubbo_value_new_bool(true);
  CHECK(dubbo_value_type(value) == DUBBO_TYPE_BOOL);
  OK(dubbo_value_bool(value, &flag, &err));
  CHECK(flag);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_i32(value, &i32, &err));
  dubbo_value_free(value);

  value = dubbo_value_new_i64(INT64_MIN);
  OK(dubbo_value_i64(value, &i64, &err));
  CHECK(i64 == INT64_MIN);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_i32(value, &i32, &err));
  dubbo_value_free(value);

  value = dubbo_value_new_i32(-7);
  OK(dubbo_value_i32(value, &i32, &err));
  OK(dubbo_value_i64(value, &i64, &err));
  CHECK(i32 == -7 && i64 == -7);
  dubbo_value_free(value);

  value = dubbo_value_new_f64(0.1);
  OK(dubbo_value_f64(value, &f64, &err));
  CHECK(f64 == 0.1);
  dubbo_value_free(value);

  value = dubbo_value_new_date(1700000000123);
  CHECK(dubbo_value_type(value) == DUBBO_TYPE_DATE);
  OK(dubbo_value_date(value, &i64, &err));
  CHECK(i64 == 1700000000123);
  dubbo_value_free(value);

  value = dubbo_value_new_null();
  CHECK(dubbo_value_type(value) == DUBBO_TYPE_NULL && dubbo_value_type(NULL) == DUBBO_TYPE_NULL);
  dubbo_value_free(value);
}

static void text_is_utf8_or_utf16(void) {
  dubbo_str text;
  dubbo_value *value = new_str("gr\xc3\xbcn");
  OK(dubbo_value_str(value, &text, &err));
  CHECK(is_text(text, "gr\xc3\xbcn"));
  dubbo_value_free(value);

  dubbo_str invalid = {"\xff", 1};
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_new_str(invalid, &value, &err));
  CHECK(value == NULL);

  const uint16_t lone[] = {'a', 0xd83d};
  OK(dubbo_value_new_utf16(lone, 2, &value, &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_str(value, &text, &err));
  dubbo_buf *units = NULL;
  OK(dubbo_value_utf16(value, &units, &err));
  dubbo_bytes view = dubbo_buf_view(units);
  CHECK(view.len == sizeof lone && memcmp(view.data, lone, sizeof lone) == 0);
  dubbo_buf_free(units);
  dubbo_value_free(value);
}

static void bytes_and_numbers(void) {
  const uint8_t data[] = {1, 0, 255};
  dubbo_bytes bytes = {data, sizeof data};
  dubbo_value *value = NULL;
  OK(dubbo_value_new_bytes(bytes, &value, &err));
  dubbo_bytes view;
  OK(dubbo_value_bytes(value, &view, &err));
  CHECK(view.len == 3 && memcmp(view.data, data, 3) == 0);
  dubbo_value_free(value);

  const char *integers[] = {"0", "-1", "123456789012345678901234567890"};
  for (size_t i = 0; i < 3; i++) {
    dubbo_buf *digits = NULL;
    OK(dubbo_value_new_integer(dubbo_text(integers[i]), &value, &err));
    CHECK(dubbo_value_type(value) == DUBBO_TYPE_DECIMAL);
    CHECK(is_text(dubbo_value_java_type(value), "java.math.BigInteger"));
    OK(dubbo_value_decimal(value, &digits, &err));
    view = dubbo_buf_view(digits);
    CHECK(view.len == strlen(integers[i]) && memcmp(view.data, integers[i], view.len) == 0);
    dubbo_buf_free(digits);
    dubbo_value_free(value);
  }
  dubbo_buf *digits = NULL;
  OK(dubbo_value_new_decimal(dubbo_text("-12.340"), &value, &err));
  OK(dubbo_value_decimal(value, &digits, &err));
  view = dubbo_buf_view(digits);
  CHECK(view.len == 7 && memcmp(view.data, "-12.340", 7) == 0);
  dubbo_buf_free(digits);
  dubbo_value_free(value);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_new_decimal(dubbo_text("1.2.3"), &value, &err));
}

static void containers_show_their_children(void) {
  dubbo_value *list = NULL, *map = NULL, *color = NULL;
  OK(dubbo_value_new_list(dubbo_text("java.util.LinkedList"), &list, &err));
  for (int32_t i = 0; i < 100; i++) OK(dubbo_value_push(list, dubbo_value_new_i32(i), &err));
  CHECK(dubbo_value_len(list) == 100 && dubbo_value_item(list, 100) == NULL);
  int32_t number;
  OK(dubbo_value_i32(dubbo_value_item(list, 99), &number, &err));
  CHECK(number == 99 && is_text(dubbo_value_java_type(list), "java.util.LinkedList"));

  OK(dubbo_value_new_map(dubbo_text(NULL), &map, &err));
  OK(dubbo_value_put(map, new_str("list"), list, &err));
  CHECK(dubbo_value_len(map) == 1 && dubbo_value_java_type(map).len == 0);
  CHECK(value_is(dubbo_value_key(map, 0), "list"));
  CHECK(dubbo_value_field(map, dubbo_text("list")) == dubbo_value_item(map, 0));
  CHECK(dubbo_value_field(map, dubbo_text("none")) == NULL);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_push(map, dubbo_value_new_null(), &err));
  dubbo_value_free(map);

  OK(dubbo_value_new_enum(dubbo_text("com.acme.Color"), dubbo_text("RED"), &color, &err));
  CHECK(is_text(dubbo_value_enum_name(color), "RED"));
  dubbo_value_free(color);
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_new_list(dubbo_text("no type"), &list, &err));
}

static dubbo_value *new_node(void) {
  dubbo_str fields[] = {dubbo_text("next"), dubbo_text("value")};
  dubbo_class *class = NULL;
  dubbo_value *node = NULL;
  OK(dubbo_class_new(dubbo_text("com.acme.Node"), fields, 2, &class, &err));
  OK(dubbo_value_new_object(class, &node, &err));
  dubbo_class_free(class);
  return node;
}

static void objects_have_the_fields_of_their_class(void) {
  dubbo_value *node = new_node();
  OK(dubbo_value_set_field(node, dubbo_text("value"), dubbo_value_new_i32(7), &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_set_field(node, dubbo_text("other"), dubbo_value_new_i32(7), &err));
  CHECK(dubbo_value_len(node) == 2 && is_text(dubbo_value_field_name(node, 1), "value"));
  CHECK(is_text(dubbo_value_java_type(node), "com.acme.Node"));
  dubbo_buf *text = dubbo_value_print(node);
  dubbo_bytes view = dubbo_buf_view(text);
  dubbo_str printed = {(const char *)view.data, view.len};
  CHECK(is_text(printed, "com.acme.Node(next: null, value: 7)"));
  dubbo_buf_free(text);
  dubbo_value_free(node);
}

static dubbo_value *there_and_back(const dubbo_value *value) {
  dubbo_buf *body = NULL;
  dubbo_value *read = NULL;
  OK(dubbo_value_encode(value, DUBBO_PROFILE_PORTABLE, &body, &err));
  OK(dubbo_value_decode(dubbo_buf_view(body), &read, &err));
  dubbo_buf_free(body);
  return read;
}

static void what_is_shared_stays_shared_and_cannot_be_changed(void) {
  dubbo_value *list = NULL, *node = new_node();
  OK(dubbo_value_new_list(dubbo_text(""), &list, &err));
  OK(dubbo_value_push(list, dubbo_value_clone(node), &err));
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_set_field(node, dubbo_text("value"), dubbo_value_new_i32(7), &err));
  OK(dubbo_value_push(list, node, &err));
  dubbo_value *read = there_and_back(list);
  CHECK(dubbo_value_identity(dubbo_value_item(read, 0)) == dubbo_value_identity(dubbo_value_item(read, 1)));
  CHECK(dubbo_value_equal(list, read) && !dubbo_value_equal(list, NULL));
  dubbo_value_free(list);
  dubbo_value_free(read);
}

static void cycles_close_through_edges_that_do_not_own(void) {
  dubbo_value *a = new_node(), *b = new_node(), *back = NULL;
  OK(dubbo_value_new_back(a, &back, &err));
  OK(dubbo_value_set_field(b, dubbo_text("next"), back, &err));
  OK(dubbo_value_set_field(a, dubbo_text("next"), b, &err));
  OK(dubbo_value_set_field(a, dubbo_text("value"), dubbo_value_new_i32(1), &err));
  dubbo_value *read = there_and_back(a);
  const dubbo_value *around = dubbo_value_field(dubbo_value_field(read, dubbo_text("next")), dubbo_text("next"));
  CHECK(dubbo_value_type(around) == DUBBO_TYPE_OBJECT && dubbo_value_len(around) == 2);
  CHECK(dubbo_value_identity(around) == dubbo_value_identity(read));
  int32_t number;
  OK(dubbo_value_i32(dubbo_value_field(around, dubbo_text("value")), &number, &err));
  CHECK(number == 1 && dubbo_value_equal(a, read));
  dubbo_value *part = dubbo_value_clone(dubbo_value_field(read, dubbo_text("next")));
  dubbo_value_free(read);
  CHECK(dubbo_value_type(dubbo_value_field(part, dubbo_text("next"))) == DUBBO_TYPE_LOST);
  dubbo_buf *body = NULL;
  FAILS(DUBBO_ERR_SERIALIZATION, dubbo_value_encode(part, DUBBO_PROFILE_PORTABLE, &body, &err));
  dubbo_value_free(part);
  dubbo_value_free(a);
}

static void deep_and_hostile_bytes_are_refused(void) {
  static uint8_t deep[100000];
  memset(deep, 0x79, sizeof deep); /* lists of one element */
  dubbo_bytes bodies[] = {{deep, sizeof deep}, {(const uint8_t *)"\x40", 1}, {NULL, 0}, {(const uint8_t *)"\x90\x90", 2}};
  for (size_t i = 0; i < 4; i++) {
    dubbo_value *value = NULL;
    FAILS(DUBBO_ERR_SERIALIZATION, dubbo_value_decode(bodies[i], &value, &err));
    CHECK(value == NULL);
  }
  dubbo_bytes lying = {NULL, 5};
  dubbo_value *value = NULL;
  FAILS(DUBBO_ERR_INVALID_ARGUMENT, dubbo_value_decode(lying, &value, &err));
}

int main(void) {
  OK(dubbo_check_abi(DUBBO_ABI_VERSION, &err));
  RUN(scalars_give_back_what_they_were_made_of);
  RUN(text_is_utf8_or_utf16);
  RUN(bytes_and_numbers);
  RUN(containers_show_their_children);
  RUN(objects_have_the_fields_of_their_class);
  RUN(what_is_shared_stays_shared_and_cannot_be_changed);
  RUN(cycles_close_through_edges_that_do_not_own);
  RUN(deep_and_hostile_bytes_are_refused);
  return 0;
}
