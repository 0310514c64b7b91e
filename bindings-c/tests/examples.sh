#!/bin/sh
# Runs the examples as a user would: built by their own CMake project, and once more by pkg-config, against an
# installation. Arguments: PREFIX, the folder of the examples, a folder to build in.
set -eu
prefix=$1 sources=$2 build=$3

cmake -S "$sources" -B "$build" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$build" >/dev/null

expect() { [ "$1" = "$2" ] || { printf 'got:\n%s\nwant:\n%s\n' "$1" "$2"; exit 1; }; }

expect "$("$build/loop" | sort)" "1 squared is 1
2 squared is 4
3 squared is 9"

# The provider says where it serves, and ends with its standard input.
rm -f "$build/input" "$build/output"
mkfifo "$build/input"
"$build/provider" 0 <"$build/input" >"$build/output" &
provider=$!
exec 3>"$build/input"
trap 'exec 3>&-; wait "$provider" 2>/dev/null || true' EXIT
until grep -q "^serving at " "$build/output"; do kill -0 "$provider"; sleep 0.05; done
url=$(sed -n 's/^serving at //p' "$build/output")
want="Hello world
refused with java.lang.IllegalArgumentException: no name"
expect "$("$build/consumer" "$url")" "$want"

# pkg-config finds the same library, and links it statically, too.
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
# shellcheck disable=SC2046
cc -o "$build/by-pkg-config" "$sources/consumer.c" $(pkg-config --cflags --libs polydubbo)
expect "$(LD_LIBRARY_PATH="$prefix/lib" "$build/by-pkg-config" "$url")" "$want"
# shellcheck disable=SC2046
cc -o "$build/static-by-pkg-config" "$sources/consumer.c" $(pkg-config --cflags polydubbo) "$prefix/lib/libpolydubbo.a" \
  $(pkg-config --libs --static polydubbo | sed 's/-lpolydubbo//; s/-L[^ ]*//')
expect "$("$build/static-by-pkg-config" "$url")" "$want"
