"""A rule for compiled code: no row is counted from an array's end, so no index needs a look whether it is below 0.

That look at every row of every array cost the kernel a quarter to a third of its time. Whoever breaks the rule reads or
writes what is not theirs: with NUMBA_BOUNDSCHECK=1 the kernel, compiled anew, says so.
"""

import importlib
from typing import Any

types: Any = importlib.import_module("numba.types")
ir: Any = importlib.import_module("numba.core.ir")
compiler: Any = importlib.import_module("numba.core.compiler")
machinery: Any = importlib.import_module("numba.core.compiler_machinery")
typed_passes: Any = importlib.import_module("numba.core.typed_passes")


@machinery.register_pass(mutates_CFG=False, analysis_only=False)
class _FromTheFront(machinery.FunctionPass):  # type: ignore[misc]
    """Has arrays take their indices as unsigned numbers, of which numba knows that they are not below 0."""

    _name = "from_the_front"

    def __init__(self) -> None:
        machinery.FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Changes the types that rows are asked for with; whether anything changed."""
        for what, signature in list(state.calltypes.items()):
            place = isinstance(what, ir.SetItem) or (isinstance(what, ir.Expr) and what.op == "getitem")
            if place and isinstance(signature.args[0], types.Array):
                array, index, *value = signature.args
                del state.calltypes[what]  # numba lets no entry be written over
                state.calltypes[what] = signature.replace(args=(array, _unsigned(index), *value))
        return True


class FromTheFront(compiler.CompilerBase):  # type: ignore[misc]
    """numba's compiler with this rule."""

    def define_pipelines(self) -> list[Any]:
        """All of numba's passes, and this one once types are known."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_FromTheFront, typed_passes.NopythonTypeInference)
        passes.finalize()
        return [passes]


def _unsigned(index: Any) -> Any:
    """The type of an index, or of several, without a sign; what is no number stays as it is."""
    if isinstance(index, types.BaseTuple):
        return types.Tuple([_unsigned(one) for one in index])
    return types.uintp if isinstance(index, types.Integer) else index
