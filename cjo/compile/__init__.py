"""From what authors write to the plan that the engine and the jobs run: `compile_workspace(folder) -> plan`."""

from cjo.compile.passes import compile_with_warnings, compile_workspace

__all__ = ["compile_with_warnings", "compile_workspace"]
