#!/bin/sh
# Compiles the picture kernels to WebAssembly. Without an argument it writes the committed files; with a folder, into that folder.
# No libc, no contraction of a*b+c, no fast-math: the same source draws the same pixels whatever compiles it.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cpu="$here/src/backends/cpu"
CLANG=${CLANG:-clang}

build() { # source, name of the output beside the kernels folder
  [ -f "$1" ] || return 0
  out="${target:-$(dirname "$(dirname "$1")")}/$2"
  "$CLANG" --target=wasm32 -std=c11 -O3 -msimd128 -mbulk-memory -mnontrapping-fptoint -ffreestanding -nostdlib -fno-builtin-memset \
    -fwrapv -fno-strict-aliasing -ffp-contract=off -Wall -Wextra -Wno-unused-function \
    -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=262144 -o "$out" "$1"
}
target=${1:-}
build "$cpu/engine/kernels/main.c" pictures.wasm
