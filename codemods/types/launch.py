"""Starts the type checker with limits on time and memory, an empty environment, and nothing to read but its folder.

`python -m codemods.types.launch FOLDER SECONDS MEMORY PROGRAM ARGUMENT…`
"""

from __future__ import annotations

import os
import resource
import sys

from codemods.workers.confine import SYSTEM, forget_environment, restrict_file_access

LOADERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def main(arguments: list[str]) -> None:
    folder, seconds, memory, *command = arguments
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    forget_environment([*os.environ])
    restrict_file_access([*SYSTEM, folder], [command[0], *LOADERS])
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": folder, "HOME": folder}
    os.execve(command[0], command, environment)  # noqa: S606 - it takes the place of this process


if __name__ == "__main__":
    main(sys.argv[1:])
