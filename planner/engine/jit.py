"""Compiles the kernel with numba where numba is; elsewhere the reference engine does the work in plain Python."""

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from planner.holding import held

numba: Any = importlib.import_module("numba") if importlib.util.find_spec("numba") else None
ir: Any = importlib.import_module("llvmlite.ir") if numba else None
indices: Any = importlib.import_module("planner.engine.indices") if numba else None

Function = TypeVar("Function", bound=Callable[..., Any])

HAS_NUMBA = numba is not None

_RULES = {"pipeline_class": indices.FromTheFront} if numba else {}
_OPTIONS = {"cache": True, "error_model": "numpy", "_nrt": False, **_RULES}
"""The kernel makes no arrays, so it need not count references to them: counting costs it nine tenths of its time."""


def cache_folder() -> Path:
    """Where compiled code is kept: a folder for each state of the engine's sources.

    numba looks only at the file of the function called from outside; a change in another would leave stale code.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "forrang" / "kernel" / state


def both_ways(function: Function) -> Function:
    """The function as it is, for Python, which compiled code may call too."""
    if numba is None:
        return function
    compiled: Function = numba.extending.register_jitable(forceinline=True, no_cfunc_wrapper=True, **_RULES)(function)
    return compiled


@both_ways
def wide(number: int) -> int:
    """In 64 bits, so that what is called with it need not be compiled for narrower numbers too."""
    return np.int64(number)  # type: ignore[return-value]


def fetch(rows: Any, place: int) -> None:
    """Asks the processor for a row that will be needed soon, so that nobody waits for memory then; changes nothing."""


def fetch_line(rows: Any, place: int, line: int) -> None:
    """As `fetch`, but one line of memory of a longer row."""


def jit(function: Function) -> Function:
    """The function compiled on its first call, and kept on disk for the next process; as it is without numba."""
    if numba is None:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        compiled: Function = numba.njit(**_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


def compile_once(function: Any, *arguments: Any) -> None:
    """Has the function compiled for such arguments, if it is not; what another process is compiling is waited for.

    Two that compiled the same at a time would each take twice as long.
    """
    if numba is None or function.signatures:
        return
    with ExitStack() as turn:
        with suppress(OSError):  # where nothing can be kept, each compiles for itself
            cache_folder().mkdir(parents=True, exist_ok=True)
            turn.enter_context(held(cache_folder() / "turn"))
        function.compile(tuple(map(numba.typeof, arguments)))


if numba is not None:

    @numba.extending.intrinsic  # type: ignore[untyped-decorator]
    def _prefetch(_: Any, rows: Any, __: Any, ___: Any) -> Any:
        def lines(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, given[0])
            start, width = builder.ptrtoint(array.data, given[1].type), builder.extract_value(array.strides, 0)
            pointer = ir.PointerType(ir.IntType(8))
            start = builder.add(start, builder.mul(given[2], ir.Constant(given[2].type, 64)))
            address = builder.inttoptr(builder.add(start, builder.mul(given[1], width)), pointer)
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", (pointer,), kind)
            builder.call(prefetch, [address, number(1), number(3), number(1)])  # to write, to all caches, data
            return context.get_dummy_value()

        return numba.types.void(rows, numba.types.intp, numba.types.intp), lines

    @numba.extending.overload(fetch, strict=False)  # type: ignore[untyped-decorator]
    def _fetch(rows: Any, place: Any) -> Any:  # noqa: ARG001
        return lambda rows, place: _prefetch(rows, place, 0)

    @numba.extending.overload(fetch_line, strict=False)  # type: ignore[untyped-decorator]
    def _fetch_line(rows: Any, place: Any, line: Any) -> Any:  # noqa: ARG001
        return lambda rows, place, line: _prefetch(rows, place, line)


def is_compiled(function: Callable[..., Any]) -> bool:
    """Whether the next call need not compile: it was compiled in this process, or its machine code is in the cache."""
    return bool(getattr(function, "signatures", ())) or any(cache_folder().glob("**/*.nbc"))
