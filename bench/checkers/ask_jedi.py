"""Run by the interpreter that has jedi: questions as JSON on standard input, definitions on standard output."""

import importlib
import json
import sys
from pathlib import Path


def main(folder: Path, root: Path) -> None:
    jedi = importlib.import_module("jedi")
    project = jedi.Project(folder, added_sys_path=[str(root)])
    scripts, answers = {}, []
    for path, line, column in json.load(sys.stdin):
        if path not in scripts:
            scripts[path] = jedi.Script(path=folder / path, project=project)
        try:
            found = scripts[path].goto(line, column, follow_imports=True)
        except Exception:  # whatever fails in it is no answer
            found = []
        answers.append([[str(one.module_path), one.line] for one in found if one.module_path and one.line])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
